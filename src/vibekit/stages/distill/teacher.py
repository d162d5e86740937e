"""The teacher's probabilities, held against the golden tune split and corrected where they are off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.calibrators import fit
from vibekit.metrics.sample import Sample
from vibekit.student.threshold import best_f1, levels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.stages.distill.data import Data, GoldenRows
    from vibekit.student.target import Target
    from vibekit.student.threshold import Levels

ENOUGH, EACH = 50, 10
"""Golden tune videos, and of either truth, from which the teacher is calibrated."""
REPRESENTATIVE = 200
"""Held-out videos outside of the golden set from which expected counts are taken over them alone: a golden set may have
been drawn so that it has more positives."""
HALF = 0.5
STEEPEST = 20.0
"""Slopes from a tenth to this are believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """One attribute as the teacher labels it.

    Attributes:
        target: Soft labels, corrected.
        threshold: From which the teacher's video counts as positive (binary).
        words: What was corrected; empty when nothing was.
    """

    target: Target
    threshold: float = HALF
    words: str = ""

    def codes(self) -> NDArray[np.int64]:
        """Return the teacher's label: 1 or 0 for binary, else the place of the likeliest; rows without one are 0."""
        chance = self.target.chance
        if self.target.is_binary:
            return np.asarray(chance[:, 0] >= self.threshold, np.int64)
        return np.asarray(chance.argmax(axis=1), np.int64)


def golden_sample(
    golden: GoldenRows, name: str, rows: NDArray[np.int64], group: NDArray[np.int64], score: NDArray[np.float64],
    predicted: NDArray[np.bool_] | None = None,
) -> Sample:  # fmt: skip
    """Return the binary sample of some golden rows.

    Args:
        golden: Golden labels.
        name: A binary attribute; its first allowed label is true.
        rows: Rows with a golden label.
        group: Shape (n,): of all rows.
        score: Probability of these rows.
        predicted: Of these rows; None for one half and more.
    """
    return Sample(
        truth=golden.label[name][rows] == 0,
        predicted=score >= HALF if predicted is None else predicted,
        weight=golden.weight[rows],
        group=group[rows],
        stratum=None if golden.stratum is None else golden.stratum[rows],
        probability=score.astype(np.float64),
    )


def tune_rows(data: Data, name: str) -> NDArray[np.int64]:
    """Return golden tune rows with a label of an attribute."""
    golden = data.golden
    if golden is None or name not in golden.label:
        return np.zeros(0, np.int64)
    return np.flatnonzero(golden.tune & (golden.label[name] >= 0))


def calibrated_teacher(data: Data, target: Target) -> Teacher:
    """Correct a teacher's probabilities by Platt scaling on the golden tune split, where it is large enough.

    Args:
        data: Rows and golden labels.
        target: Soft labels as the sources gave them.
    """
    if not target.is_binary or data.golden is None:
        return Teacher(target=target)
    rows = tune_rows(data, target.name)
    rows = rows[target.known[rows]]
    if len(rows) == 0:
        return Teacher(target=target)
    sample = golden_sample(data.golden, target.name, rows, data.group, target.chance[rows, 0].astype(np.float64))
    if not enough(sample.truth):
        positives = int(sample.truth.sum())
        words = f"not calibrated: {positives} positives among {len(rows)} golden tune videos are too few"
        return Teacher(target=target, words=words)
    found = fit("platt", sample)
    if found.calibrator is None:
        return Teacher(target=target, words=f"not calibrated: {found.note}")
    slope, intercept = found.calibrator.parameters["slope"], found.calibrator.parameters["intercept"]
    if not 1 / STEEPEST <= slope <= STEEPEST:
        words = f"not calibrated: the golden tune split asks for a slope of {slope:.2f}, which is not believed"
        return Teacher(target=target, words=words)
    known = target.known
    chance = np.zeros_like(target.chance)
    chance[known, 0] = found.calibrator.apply(target.chance[known, 0].astype(np.float64))
    corrected = replace(target, chance=chance)
    words = f"slope {slope:.2f}, intercept {intercept:+.2f} from {len(rows)} golden tune videos"
    aside = data.parts.held_out[known[data.parts.held_out]]
    levels = expected_levels(chance[aside, 0].astype(np.float64), data.golden.tune[aside], data.golden.weight[aside])
    return Teacher(target=corrected, threshold=best_f1(levels), words=words)


def enough(truth: NDArray[np.bool_]) -> bool:
    """Say whether golden tune labels are enough to calibrate by."""
    positives = int(truth.sum())
    return len(truth) >= ENOUGH and min(positives, len(truth) - positives) >= EACH


def expected_levels(score: NDArray[np.float64], golden: NDArray[np.bool_], weight: NDArray[np.float64]) -> Levels:
    """Return what calibrated probabilities of held-out videos are expected to hold.

    A threshold from them varies much less than one from the few golden labels themselves.

    Args:
        score: Shape (n,): calibrated to people.
        golden: Shape (n,): golden tune videos, drawn by the golden set's design.
        weight: Shape (n,): one over their inclusion probability.
    """
    plain = ~golden
    kept = plain if int(plain.sum()) >= REPRESENTATIVE else golden if golden.any() else plain
    return levels_of(score[kept], score[kept], weight[kept])
