"""Two answers to the same question, many times: how far labels and probabilities agree, and which way they move."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

from vibekit.core.annotation import Status
from vibekit.core.attribute import Kind
from vibekit.formats.annotations import label_text
from vibekit.stages.consistency.agreement import (
    Rate,
    cells,
    cohen_kappa,
    exact_change,
    margins,
    rank_correlation,
    rate,
    squared_steps,
    weighted_kappa,
)
from vibekit.stages.consistency.resample import of_counts, of_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.core.annotation import Annotation, Answer
    from vibekit.core.estimate import Estimate

TRUE = label_text(True)
NOT_ASKED = "not asked"
"""In place of a status, where a second answer is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two answers about one video and attribute; ``second`` is None when it was not asked to the end."""

    video_id: str
    first: Annotation
    second: Annotation | None

    @property
    def outcome(self) -> str:
        """How it was answered before and now, in two words."""
        now = str(self.second.answer.status) if self.second else NOT_ASKED
        return f"{self.first.answer.status} -> {now}"

    @property
    def labels(self) -> tuple[str, str] | None:
        """Both labels as text; None unless there are two."""
        if self.second is None or self.first.answer.label is None or self.second.answer.label is None:
            return None
        return label_text(self.first.answer.label), label_text(self.second.answer.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A video whose label changed, with both reasons."""

    video_id: str
    path: str
    before: str
    after: str
    probability_before: float | None
    probability_after: float | None
    rationale_before: str
    rationale_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How the probabilities of a binary attribute moved.

    Attributes:
        n: Videos with two labels and two probabilities from the same source.
        sources: ``verbal -> logprob`` and so on: how many pairs cannot be compared because of it.
        mean_abs: Mean distance; None without any.
        mean: Mean of second minus first.
        rank_correlation: Spearman's rho; None where a side does not vary.
    """

    n: int
    sources: dict[str, int]
    mean_abs: float | None
    mean: Estimate
    rank_correlation: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How the labels of an ordinal attribute moved.

    Attributes:
        weighted_kappa: With quadratic weights.
        mean_abs: Mean distance in steps.
        mean: Mean of second minus first.
        rank_correlation: Spearman's rho.
    """

    weighted_kappa: Estimate
    mean_abs: float | None
    mean: Estimate
    rank_correlation: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What many pairs come to.

    Attributes:
        pairs: Videos that were to be compared.
        outcomes: ``ok -> blocked`` and so on: how many of the pairs.
        labels: Among pairs with two labels, those with the same one.
        counts: ``true -> false``: how many of the pairs with two labels.
        before: Label -> how many had it first, among pairs with two labels.
        after: Label -> how many have it now.
        kappa: Cohen's; its value is None when there is one label only.
        up: Labels that became true (binary) or higher (ordinal).
        down: Labels that became false or lower.
        change_p: McNemar's exact p for ``up`` against ``down``; None for categorical attributes.
        shift: Of the probabilities; binary only.
        steps: Ordinal only.
    """

    pairs: int
    outcomes: dict[str, int]
    labels: Rate
    counts: dict[str, int]
    before: dict[str, int]
    after: dict[str, int]
    kappa: Estimate
    up: int = 0
    down: int = 0
    change_p: float | None = None
    shift: Shift | None = None
    steps: Steps | None = field(default=None)


def compare(pairs: Sequence[Pair], kind: Kind) -> Agreement:
    """Compare answers; pairs that lack a label are counted in ``outcomes`` and nowhere else."""
    counts = cells(pair.labels for pair in pairs if pair.labels is not None)
    up, down = _moves(counts, kind)
    before, after = margins(counts)
    n = sum(counts.values())
    return Agreement(
        pairs=len(pairs),
        outcomes=dict(sorted(Counter(pair.outcome for pair in pairs).items())),
        labels=rate(sum(k for (a, b), k in counts.items() if a == b), n),
        counts={f"{a} -> {b}": k for (a, b), k in sorted(counts.items())},
        before=dict(sorted(before.items())),
        after=dict(sorted(after.items())),
        kappa=of_counts(counts, cohen_kappa),
        up=up,
        down=down,
        change_p=None if kind is Kind.CATEGORICAL else exact_change(up, down),
        shift=_shift(pairs) if kind is Kind.BINARY else None,
        steps=_steps(counts) if kind is Kind.ORDINAL else None,
    )


def kept_of_each(pairs: Sequence[Pair]) -> dict[str, Rate]:
    """Return for each first label how many of the videos with two labels kept it."""
    had: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for labels in (pair.labels for pair in pairs):
        if labels is not None:
            had[labels[0]] += 1
            kept[labels[0]] += labels[0] == labels[1]
    return {label: rate(kept[label], n) for label, n in sorted(had.items())}


def flips(pairs: Sequence[Pair]) -> tuple[Flip, ...]:
    """Return every changed label, the largest change of probability first."""
    found = [_flip(p, *p.labels) for p in pairs if p.labels is not None and p.labels[0] != p.labels[1]]
    return tuple(sorted(found, key=lambda f: (-_distance(f), f.path)))


def _flip(pair: Pair, before: str, after: str) -> Flip:
    assert pair.second is not None
    one, two = pair.first.answer, pair.second.answer
    return Flip(
        video_id=pair.video_id,
        path=pair.second.path,
        before=before,
        after=after,
        probability_before=one.probability,
        probability_after=two.probability,
        rationale_before=one.rationale,
        rationale_after=two.rationale,
    )


def _distance(flip: Flip) -> float:
    if flip.probability_before is None or flip.probability_after is None:
        return 0.0
    return abs(flip.probability_after - flip.probability_before)


def _moves(counts: Mapping[tuple[str, str], int], kind: Kind) -> tuple[int, int]:
    if kind is Kind.CATEGORICAL:
        return 0, 0
    place = (lambda label: int(label == TRUE)) if kind is Kind.BINARY else int
    up = sum(k for (a, b), k in counts.items() if place(b) > place(a))
    down = sum(k for (a, b), k in counts.items() if place(b) < place(a))
    return up, down


def _shift(pairs: Sequence[Pair]) -> Shift:
    sources: Counter[str] = Counter()
    first: list[float] = []
    second: list[float] = []
    for one, two in ((p.first.answer, p.second.answer) for p in pairs if p.labels is not None and p.second):
        if not _comparable(one, two):
            sources[f"{one.probability_source or 'none'} -> {two.probability_source or 'none'}"] += 1
        elif one.probability is not None and two.probability is not None:
            first.append(one.probability)
            second.append(two.probability)
    moved = [b - a for a, b in zip(first, second, strict=True)]
    return Shift(
        n=len(moved),
        sources=dict(sources),
        mean_abs=fmean(map(abs, moved)) if moved else None,
        mean=of_mean(moved),
        rank_correlation=rank_correlation(first, second),
    )


def _comparable(one: Answer, two: Answer) -> bool:
    both = one.status is two.status is Status.OK and one.probability is not None and two.probability is not None
    return both and one.probability_source == two.probability_source


def _steps(counts: Mapping[tuple[str, str], int]) -> Steps:
    first = [int(a) for (a, _), k in counts.items() for _ in range(k)]
    second = [int(b) for (_, b), k in counts.items() for _ in range(k)]
    moved = [float(b - a) for a, b in zip(first, second, strict=True)]
    return Steps(
        weighted_kappa=of_counts(counts, lambda some: weighted_kappa(some, squared_steps(some))),
        mean_abs=fmean(map(abs, moved)) if moved else None,
        mean=of_mean(moved),
        rank_correlation=rank_correlation(first, second),
    )
