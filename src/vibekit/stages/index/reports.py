"""What the commands around an index did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibekit.core.index import IndexManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """A build.

    Attributes:
        path: The index.
        index: Its generation, whole.
        nothing_to_do: It had been built from the same already.
        steps: Files that were made now.
        resumed: Files that an earlier, killed build had made.
        seconds: Wall time.
        peak_memory: Most bytes that the process held, mapped files included; 0 where not known.
        bytes: Of all files of the generation.
        bytes_per_video: The same for each row.
        warnings: For people.
    """

    path: str
    index: IndexManifest
    nothing_to_do: bool = False
    steps: int = 0
    resumed: int = 0
    seconds: float = 0.0
    peak_memory: int = 0
    bytes: int = 0
    bytes_per_video: float = 0.0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReport:
    """Videos added or removed, or labels changed.

    Attributes:
        path: The index.
        index: Its new generation, whole.
        nothing_to_do: There was nothing to change; the generation is the one that was there.
        added: Videos that were not there.
        replaced: Videos that were there.
        kept_labels: Of them, those with another vector and a label that was not given anew.
        removed: Videos that are gone.
        unknown: Ids to remove that were not there.
        labelled: Attributes with new labels.
        compacted: Added rows were merged into cluster order, removed ones dropped.
        seconds: Wall time.
        warnings: For people.
    """

    path: str
    index: IndexManifest
    nothing_to_do: bool = False
    added: int = 0
    replaced: int = 0
    kept_labels: int = 0
    removed: int = 0
    unknown: int = 0
    labelled: tuple[str, ...] = ()
    compacted: bool = False
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """Something that has changed since it went into an index.

    Attributes:
        item: Attribute or file that it is about.
        words: What changed.
        mend: The command that mends it.
    """

    item: str
    words: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoReport:
    """What an index is made of.

    Attributes:
        path: The index.
        index: Its generation.
        bytes: Of all files of the generation.
        bytes_per_video: The same for each row.
        tail_share: Share of the rows that were added since.
        removed_share: Share of the rows that are gone.
        ages_days: Attribute -> days since its labels entered.
        stale: What has changed since.
    """

    path: str
    index: IndexManifest
    bytes: int
    bytes_per_video: float
    tail_share: float
    removed_share: float
    ages_days: dict[str, float]
    stale: tuple[Stale, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A file that is not what it was.

    Attributes:
        role: That it plays.
        path: The file.
        problem: What is wrong.
        mend: What to rebuild.
    """

    role: str
    path: str
    problem: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallRow:
    """What share of the true nearest was found with one restriction.

    Attributes:
        restriction: Canonical text; empty for none.
        words: The same for people.
        k: Results asked for.
        plan: How the queries were answered.
        matched: Videos that match.
        recall: Mean over the queries of the worst kind: videos inside and outside, users inside and anywhere.
        low: Lower end of the 95 % interval of the mean.
        high: Upper end.
        queries: How many of all kinds.
        missed: The whole interval lies below the target.
    """

    restriction: str
    words: str
    k: int
    plan: str
    matched: int
    recall: float
    low: float
    high: float
    queries: int
    missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """Whether an index is whole and finds what it should.

    Attributes:
        path: The index.
        generation: Its name.
        files: Looked at.
        target: Recall that efforts were chosen for.
        damaged: Files that are not what they were.
        recalls: Measured now.
        mend: What to type where recall is too low.
        warnings: For people.
    """

    path: str
    generation: str
    files: int
    target: float
    damaged: tuple[Damaged, ...] = ()
    recalls: tuple[RecallRow, ...] = ()
    mend: str = ""
    warnings: tuple[str, ...] = ()
