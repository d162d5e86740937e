"""A golden set: which videos were drawn with which probability, what raters said of them, and what holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.attribute import Attribute, Kind, Label


class Split(StrEnum):
    """What a golden video may be used for."""

    TUNE = "tune"
    TEST = "test"


class EventKind(StrEnum):
    """What a rater did."""

    RATING = "rating"
    ABSTAIN = "abstain"
    SKIP = "skip"
    UNDO = "undo"
    NOTE = "note"


class Role(StrEnum):
    """In which role somebody rates: an expert's ruling stands above the raters' votes."""

    RATER = "rater"
    EXPERT = "expert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of ``items.csv``: a video of the golden set.

    Attributes:
        video_id: Content hash; for a plain table without hashes, the text that names the video.
        path: Where the file lay at the draw; empty when not known.
        stratum: Which stratum it was drawn from; empty for a simple random draw.
        inclusion_probability: Chance that the draw had to pick it, in (0, 1]; its weight is one over this.
        group: Creator or series; a group stays on one side of the split and is resampled as one. Empty: its own group.
        split: tune or test.
        round: Calibration round in which it came to the raters, from 1.
        columns: Further metadata columns, for slices.
    """

    video_id: str
    path: str = ""
    stratum: str = ""
    inclusion_probability: float = 1.0
    group: str = ""
    split: Split = Split.TEST
    round: int = 1
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of ``ratings.jsonl``: something a rater did, never changed afterwards.

    Attributes:
        rater: Name, ``[a-z0-9_-]{1,32}`` on the page.
        video_id: Which video.
        attribute: Which attribute.
        kind: rating, abstain, skip, undo or note.
        value: The label of a rating; None otherwise.
        repeat: 0 for the first time that this rater sees this video for this attribute, 1 for the first hidden
            repeat, and so on: a repeat never overwrites an earlier answer.
        ts: ISO 8601, UTC.
        seconds: Time on the video until the answer; None when not measured.
        watched: Share of the video that was played, 0 to 1; None when not measured.
        note: Words of the rater (kind note, or beside an answer).
        definition: Fingerprint of the definition that was shown; empty when not known.
        role: rater or expert.
        round: Calibration round, from 1.
    """

    rater: str
    video_id: str
    attribute: str
    kind: EventKind
    value: Label | None = None
    repeat: int = 0
    ts: str = ""
    seconds: float | None = None
    watched: float | None = None
    note: str = ""
    definition: str = ""
    role: Role = Role.RATER
    round: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenLabel:
    """One line of ``labels.csv``: what holds for a video and an attribute.

    Attributes:
        video_id: Which video.
        attribute: Which attribute.
        label: The trusted answer; None when there is none (a tie, or all abstained).
        probability: Posterior of the label (binary: P(true)); None when the method gives none.
        n_raters: How many raters answered.
        agreement: Share of the raters' votes that are this label; None without raters.
        source: majority, expert, dawid-skene or import.
        note: Why there is no label, or the expert's words.
    """

    video_id: str
    attribute: str
    label: Label | None
    probability: float | None = None
    n_raters: int = 0
    agreement: float | None = None
    source: str = "import"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenAttribute:
    """What a golden set knows of an attribute.

    Attributes:
        name: Of the attribute.
        kind: binary, ordinal or categorical.
        allowed: Labels that may be given, in the order of the definition.
        fingerprint: Of the definition that was rated; empty when the set came without one (a plain table).
        accepts: Fingerprints for which the labels hold as well: the same definition with precedents added.
        definition: The definition itself, as copied into the set; None when there is none.
    """

    name: str
    kind: Kind
    allowed: tuple[Label, ...]
    fingerprint: str = ""
    accepts: tuple[str, ...] = ()
    definition: Attribute | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One look at the locked test split, kept in ``golden.yaml``.

    Attributes:
        ts: ISO 8601, UTC.
        command: score or compare.
        labels: The run or table that was scored.
        definitions: Attribute -> fingerprint.
        forced: True when ``--i-know`` was needed.
    """

    ts: str
    command: str
    labels: str
    definitions: Mapping[str, str]
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenSet:
    """A golden set, read whole.

    Attributes:
        path: The folder ``golden/G``, or the plain table.
        items: Video id -> item, in file order.
        attributes: Name -> what is known of it.
        events: What raters did, in file order.
        labels: (video id, attribute) -> what holds. Of a set that was not adjudicated: the majority of its ratings.
        draw: How the sample was drawn, as written into ``golden.yaml``.
        uses: Looks at the test split so far.
        names: What the table wrote for a video (path, file name, id) -> video id, where that differs.
        is_folder: False for a plain table, which cannot count uses.
        warnings: For people.
    """

    path: Path
    items: Mapping[str, Item]
    attributes: Mapping[str, GoldenAttribute]
    events: tuple[Event, ...] = ()
    labels: Mapping[tuple[str, str], GoldenLabel] = field(default_factory=dict)
    draw: Mapping[str, Any] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    is_folder: bool = True
    warnings: tuple[str, ...] = ()
