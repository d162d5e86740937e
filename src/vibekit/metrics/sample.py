"""What a score is computed from: truth and prediction of every video, with its weight and its group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Binary truth and prediction of n videos; all arrays have shape (n,).

    Attributes:
        truth: What holds.
        predicted: What was said.
        weight: One over the inclusion probability; all ones for a simple random sample.
        group: Codes 0 .. g - 1 of creator or series; videos of one group are resampled together.
        stratum: Codes 0 .. h - 1 of the stratum that a video was drawn from; None without strata.
        probability: P(true) as predicted; NaN where there is none; None when there are none at all.
    """

    truth: NDArray[np.bool_]
    predicted: NDArray[np.bool_]
    weight: NDArray[np.float64]
    group: NDArray[np.int64]
    stratum: NDArray[np.int64] | None = None
    probability: NDArray[np.float64] | None = None

    @classmethod
    def of_right(
        cls,
        right: NDArray[np.bool_],
        *,
        weight: NDArray[np.float64],
        group: NDArray[np.int64],
        stratum: NDArray[np.int64] | None = None,
    ) -> Sample:
        """Dress right and wrong as a sample whose accuracy and recall are the share of right answers."""
        return cls(truth=np.ones(len(right), bool), predicted=right, weight=weight, group=group, stratum=stratum)

    def only(self, keep: NDArray[np.bool_]) -> Sample:
        """Return some of the videos."""
        return Sample(
            truth=self.truth[keep],
            predicted=self.predicted[keep],
            weight=self.weight[keep],
            group=self.group[keep],
            stratum=None if self.stratum is None else self.stratum[keep],
            probability=None if self.probability is None else self.probability[keep],
        )
