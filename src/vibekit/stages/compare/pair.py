"""The labels of two runs or tables for the golden videos that both have a label for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.sample import Sample
from vibekit.stages.score.attribute import joined_of, threshold_now
from vibekit.stages.score.decide import decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.score_parts import Outcomes
    from vibekit.core.scoring import Decision
    from vibekit.stages.score.definitions import Owned
    from vibekit.stages.score.join import Joined
    from vibekit.stages.score.sides import Labels
    from vibekit.stages.score.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two joins of the same golden videos, in the same order.

    Attributes:
        a: The first, cut to the videos that both have a label for.
        b: The second, likewise.
        outcomes_a: Of all golden videos, before the cut.
        outcomes_b: Likewise.
        only_a: Golden videos with a label of the first only.
        only_b: Of the second only.
        neither: Without any label.
        notes: How labels came about.
    """

    a: Joined
    b: Joined
    outcomes_a: Outcomes
    outcomes_b: Outcomes
    only_a: int
    only_b: int
    neither: int
    notes: tuple[str, ...] = ()

    @property
    def right_a(self) -> NDArray[np.bool_]:
        """Where the first is right."""
        return np.asarray(self.a.predicted == self.a.truth)

    @property
    def right_b(self) -> NDArray[np.bool_]:
        """Where the second is right."""
        return np.asarray(self.b.predicted == self.b.truth)

    def samples(self) -> tuple[Sample, Sample]:
        """Return both as binary samples."""
        return self.a.sample(), self.b.sample()

    def correctness(self) -> tuple[Sample, Sample]:
        """Return both as samples whose recall is the accuracy: every video is to be found, and is when it is right."""
        return _right(self.a, self.right_a), _right(self.b, self.right_b)


def pair_of(
    truth: Truth,
    sides: tuple[Labels, Labels],
    name: str,
    within: NDArray[np.bool_],
    mine: Mapping[str, Owned],
    decision: Decision,
) -> Pair:
    """Join both sides; a video that the definition of either names as an example is left out of both.

    Args:
        truth: The golden set.
        sides: The two.
        name: Of the attribute.
        within: Golden videos of the split.
        mine: The user's definitions, for their thresholds.
        decision: What counts as the label.
    """
    kind = truth.attributes[name].kind
    free = within & ~sides[0].named[name] & ~sides[1].named[name]
    left_out = int((within & ~free & (truth.labels[name] >= 0)).sum())
    joins, notes = [], []
    for letter, labels in zip("AB", sides, strict=True):
        column = labels.predictions.columns[name]
        decided = decide(column, kind, threshold=threshold_now(name, labels, mine), decision=decision)
        joins.append(joined_of(truth, labels, name, decided, free))
        notes += [f"{letter}: {note}" for note in decided.notes]
    if left_out:
        notes.append(f"{left_out} golden videos that a definition names as examples are left out")
    a, b = joins
    both = a.answered & b.answered
    return Pair(
        a=a.only(both),
        b=b.only(both),
        outcomes_a=a.outcomes(),
        outcomes_b=b.outcomes(),
        only_a=int((a.answered & ~b.answered).sum()),
        only_b=int((b.answered & ~a.answered).sum()),
        neither=int((~a.answered & ~b.answered).sum()),
        notes=tuple(notes),
    )


def _right(joined: Joined, right: NDArray[np.bool_]) -> Sample:
    return Sample.of_right(right, weight=joined.weight, group=joined.group, stratum=joined.stratum)
