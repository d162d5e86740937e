"""Areas under curves from the weights of true and false videos at every score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The distinct scores of a sample, the highest first; all arrays have shape (b,).

    Attributes:
        score: Probability.
        true: Weight of the true videos with this score.
        false: Weight of the false ones.
    """

    score: NDArray[np.float64]
    true: NDArray[np.float64]
    false: NDArray[np.float64]


def areas(true: NDArray[np.float64], false: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return roc_auc, average_precision and pr_auc of many weightings at once: arrays of shape (r,).

    The same as scikit-learn's ``roc_auc_score``, ``average_precision_score`` and ``auc`` of its
    ``precision_recall_curve``, which starts at recall 0 with precision 1. NaN where one of the truths is missing.

    Args:
        true: Shape (r, b): weight of true videos at every score, the highest score first.
        false: Shape (r, b): weight of false ones.
    """
    tp, fp = np.cumsum(true, axis=1), np.cumsum(false, axis=1)
    positives, negatives = tp[:, -1], fp[:, -1]
    there = (positives > 0) & (negatives > 0)
    precision = np.divide(tp, tp + fp, out=np.ones_like(tp), where=tp + fp > 0)
    before = np.concatenate([np.ones_like(precision[:, :1]), precision[:, :-1]], axis=1)
    found = {
        "roc_auc": ((tp - true / 2) * false).sum(axis=1) / np.where(there, positives * negatives, 1),
        "average_precision": (true * precision).sum(axis=1) / np.where(there, positives, 1),
        "pr_auc": (true * (precision + before) / 2).sum(axis=1) / np.where(there, positives, 1),
    }
    return {name: np.where(there, np.clip(value, 0.0, 1.0), np.nan) for name, value in found.items()}
