"""What ``vibekit golden adjudicate`` decided: the shape of its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A label that differs from the one before; ``none`` stands for no label."""

    video_id: str
    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A video that somebody should look at again.

    Attributes:
        video_id: Which video.
        attribute: Which attribute.
        path: Its file; empty when not known.
        split: tune or test.
        votes: Label -> how many raters gave it at the first look.
        label: What it got; ``none`` for nothing.
        probability: Posterior (binary: P(true)); None without a model.
        doubt: 0 when everything speaks for the label, towards 1 otherwise.
        why: Why it is here.
    """

    video_id: str
    attribute: str
    path: str
    split: str
    votes: Mapping[str, int]
    label: str
    probability: float | None
    doubt: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterErrors:
    """What the model says of one rater.

    Attributes:
        rater: Name.
        n: Labels, hidden repeats included.
        error_rate: P(the rater is wrong), over the estimated mix of true labels.
        confusion: True label -> label given -> probability.
    """

    rater: str
    n: int
    error_rate: float
    confusion: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReport:
    """Dawid and Skene's model as fitted.

    Attributes:
        prior: Label -> how common it is.
        raters: Those who err most first.
        smoothing: Ratings added to every cell of a rater's table.
        log_likelihood: Of the ratings.
        steps: Of EM.
        converged: EM came to rest.
        warnings: Why it may not be trusted.
    """

    prior: Mapping[str, float]
    raters: tuple[RaterErrors, ...]
    smoothing: float
    log_likelihood: float
    steps: int
    converged: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeReport:
    """What became of one attribute.

    Attributes:
        name: Of the attribute.
        n_items: Videos of the set.
        decided: Videos with a label now.
        undecided: Videos with answers and no label: a tie, abstentions, too few raters.
        without: Videos that nobody answered and that have no label from before.
        experts: Rows that an expert settled, or was to settle.
        imported: Rows that stand as they were imported.
        new: Rows that were not there before.
        changed: Labels that differ from those before.
        labels: Label -> videos.
        queue: Videos to look at again, worst first.
        model: With the method dawid-skene.
    """

    name: str
    n_items: int
    decided: int
    undecided: int
    without: int
    experts: int
    imported: int
    new: int
    changed: tuple[Changed, ...]
    labels: Mapping[str, int]
    queue: tuple[Queued, ...]
    model: ModelReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """An expert's ruling on a video of the tune split that the definition does not name yet."""

    video_id: str
    attribute: str
    path: str
    label: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicateReport:
    """``data`` of ``vibekit golden adjudicate --json``.

    Attributes:
        golden: The golden set.
        method: majority, expert or dawid-skene.
        attributes: Name -> what became of it.
        labels: The written file; empty with ``--dry-run``.
        backup: Where the labels before were put; empty when none changed.
        precedents: Rulings that may become precedents.
        warnings: For people.
    """

    golden: str
    method: str
    attributes: Mapping[str, AttributeReport]
    labels: str = ""
    backup: str = ""
    precedents: tuple[Precedent, ...] = ()
    warnings: tuple[str, ...] = ()
