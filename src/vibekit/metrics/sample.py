"""What a score is computed from: truth and prediction of every video, with its weight and its group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
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
