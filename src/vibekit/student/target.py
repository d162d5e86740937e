"""What a student learns: soft labels of one attribute, with how much each counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.attribute import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Soft labels of n videos.

    Attributes:
        name: Of the attribute.
        kind: binary, ordinal or categorical.
        labels: In the order of the logits; (True,) for binary.
        chance: Shape (n, k) float32: P(true) in one column for binary, else a distribution over the labels in each
            row; 0 where the weight is 0.
        weight: Shape (n,) float32: how much a video counts; 0 where nothing is known of it.
    """

    name: str
    kind: Kind
    labels: tuple[Label, ...]
    chance: NDArray[np.float32]
    weight: NDArray[np.float32]

    @property
    def width(self) -> int:
        """Number of logits."""
        return int(self.chance.shape[1])

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which videos have a label: shape (n,)."""
        return np.asarray(self.weight > 0)

    @property
    def is_binary(self) -> bool:
        """Whether it has one logit."""
        return self.kind is Kind.BINARY

    def at(self, rows: NDArray[np.int64]) -> Target:
        """Return some of the videos."""
        return replace(self, chance=self.chance[rows], weight=self.weight[rows])

    def counts(self, rows: NDArray[np.int64] | None = None) -> dict[str, int]:
        """Count the labelled videos by their more probable label: ``true`` and ``false``, or every label's name."""
        kept = self if rows is None else self.at(rows)
        chance = kept.chance[kept.known]
        if self.is_binary:
            true = int((chance[:, 0] >= 0.5).sum())
            return {"true": true, "false": len(chance) - true}
        best = np.bincount(chance.argmax(axis=1), minlength=self.width) if len(chance) else np.zeros(self.width, int)
        return {str(label): int(n) for label, n in zip(self.labels, best, strict=True)}

    def rarest(self, rows: NDArray[np.int64] | None = None) -> int:
        """Return the videos of the rarer side (binary: positives), or of the second most frequent label."""
        counts = self.counts(rows)
        if self.is_binary:
            return counts["true"]
        return sorted(counts.values())[-2] if len(counts) > 1 else 0


def probabilities(logits: NDArray[np.float32], *, binary: bool) -> NDArray[np.float64]:
    """Turn logits of shape (n, k) into probabilities of that shape: sigmoid (binary), else softmax over the labels."""
    from scipy.special import expit, softmax

    wide = logits.astype(np.float64)
    return np.asarray(expit(wide) if binary else softmax(wide, axis=1), np.float64)


def log_loss(logits: NDArray[np.float32], target: Target) -> float:
    """Return the weighted mean cross-entropy of soft labels in nats; NaN without a labelled video."""
    weight = target.weight.astype(np.float64)
    if not weight.any():
        return float("nan")
    z, q = logits.astype(np.float64), target.chance.astype(np.float64)
    if target.is_binary:
        loss = (np.logaddexp(0, z) - q * z)[:, 0]
    else:
        from scipy.special import log_softmax

        loss = -(q * log_softmax(z, axis=1)).sum(axis=1)
    return float((weight * loss).sum() / weight.sum())
