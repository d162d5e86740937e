"""Golden labels and predicted ones of an attribute, side by side, with a count of everything that is not scored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from vibekit.core.score_parts import Outcomes
from vibekit.metrics.sample import Sample
from vibekit.stages.score.decide import TRUE
from vibekit.stages.score.predictions import NO_LABEL, Outcome
from vibekit.stages.score.truth import UNDECIDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.stages.score.decide import Decided
    from vibekit.stages.score.predictions import Column
    from vibekit.stages.score.truth import Truth

_T = TypeVar("_T", bound=np.generic)

MISSING = -1
"""Row of a golden video that is not in the run or table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The golden videos of an attribute that have a golden label; all arrays have shape (n,).

    Attributes:
        place: Row in the golden set.
        row: Row in the predictions; ``MISSING`` where there is none.
        truth: Place of the golden label among the allowed ones.
        outcome: Codes of ``Outcome``.
        predicted: Place of the predicted label; ``NO_LABEL`` where there is none.
        probability: As predicted; NaN where there is none.
        weight: One over the inclusion probability.
        group: Codes of creator or series.
        stratum: Codes of the stratum; None without strata.
        undecided: Golden videos that are left out because they have no golden label.
        named: Golden videos that are left out because the definition names them as examples.
    """

    place: NDArray[np.int64]
    row: NDArray[np.int64]
    truth: NDArray[np.int64]
    outcome: NDArray[np.int8]
    predicted: NDArray[np.int64]
    probability: NDArray[np.float64]
    weight: NDArray[np.float64]
    group: NDArray[np.int64]
    stratum: NDArray[np.int64] | None
    undecided: int = 0
    named: int = 0

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Which videos have a predicted label."""
        return np.asarray(self.predicted != NO_LABEL)

    def only(self, keep: NDArray[np.bool_]) -> Joined:
        """Return some of the videos."""
        return replace(
            self,
            place=self.place[keep],
            row=self.row[keep],
            truth=self.truth[keep],
            outcome=self.outcome[keep],
            predicted=self.predicted[keep],
            probability=self.probability[keep],
            weight=self.weight[keep],
            group=self.group[keep],
            stratum=None if self.stratum is None else self.stratum[keep],
        )

    def sample(self) -> Sample:
        """Return the videos of a binary attribute as a sample; those without a label count as predicted false."""
        return Sample(
            truth=self.truth == TRUE,
            predicted=self.predicted == TRUE,
            weight=self.weight,
            group=self.group,
            stratum=self.stratum,
            probability=self.probability if np.isfinite(self.probability).any() else None,
        )

    def outcomes(self) -> Outcomes:
        """Count what became of the videos."""
        counts = np.bincount(self.outcome, minlength=len(Outcome)).tolist()
        return Outcomes(
            golden=len(self.truth),
            ok=counts[Outcome.OK],
            abstain=counts[Outcome.ABSTAIN],
            blocked=counts[Outcome.BLOCKED],
            failed=counts[Outcome.FAILED],
            missing=counts[Outcome.MISSING],
            undecided=self.undecided,
            named=self.named,
        )


def join(
    truth: Truth,
    name: str,
    column: Column,
    decided: Decided,
    *,
    rows: NDArray[np.int64],
    within: NDArray[np.bool_],
    named: NDArray[np.bool_],
    undecided: bool = False,
) -> Joined:
    """Put the two sides together.

    Args:
        truth: The golden set.
        name: Of the attribute.
        column: What the run or table says of it.
        decided: Its labels, after a threshold where one is needed.
        rows: Of every golden video, its row in the predictions; ``MISSING`` where there is none.
        within: Golden videos of the split.
        named: Golden videos that the definition names.
        undecided: Take videos without a golden label too; their ``truth`` is negative.
    """
    labels = truth.labels[name]
    place = np.flatnonzero(within & ~named & (labels >= (UNDECIDED if undecided else 0)))
    row = rows[place]
    there = row != MISSING
    at = np.where(there, row, 0)
    # without a single video in the run there is nothing to look up
    empty = len(column.outcome) == 0
    return Joined(
        place=place,
        row=row,
        truth=labels[place],
        outcome=_taken(column.outcome, at, there, Outcome.MISSING, empty=empty),
        predicted=_taken(decided.label, at, there, NO_LABEL, empty=empty),
        probability=_taken(column.probability, at, there, np.nan, empty=empty),
        weight=truth.weight[place],
        group=truth.group[place],
        stratum=None if truth.stratum is None else truth.stratum[place],
        undecided=int((within & (labels == UNDECIDED)).sum()),
        named=int((within & named & (labels >= 0)).sum()),
    )


def _taken(
    values: NDArray[_T], at: NDArray[np.int64], there: NDArray[np.bool_], otherwise: float, *, empty: bool
) -> NDArray[_T]:
    if empty:
        return np.full(len(at), otherwise, values.dtype)
    return np.where(there, values[at], np.array(otherwise, values.dtype))
