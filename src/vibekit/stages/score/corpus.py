"""How common an attribute is in the whole run: golden labels and predictions together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.score_parts import Corpus
from vibekit.metrics.ppi import prevalence
from vibekit.stages.score.decide import TRUE
from vibekit.stages.score.predictions import NO_LABEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.metrics.sample import Sample
    from vibekit.stages.score.decide import Decided
    from vibekit.stages.score.predictions import Predictions
    from vibekit.stages.score.truth import Truth

IMPORTED = "import"
"""Method of a set whose videos were drawn elsewhere."""
OFF = 0.1
"""How far the videos that the golden set stands for may be from those of the run, as a share."""


def corpus_of(
    truth: Truth, predictions: Predictions, rows: NDArray[np.int64], decided: Decided, sample: Sample
) -> Corpus | None:
    """Estimate the prevalence in the run by prediction-powered inference.

    It holds only where the golden videos are a probability sample of the very videos of the run: their draw must be
    known, and they must stand for about as many videos as the run has.

    Args:
        truth: The golden set.
        predictions: The run or table.
        rows: Of every golden video, its row in it; negative where there is none.
        decided: Its labels.
        sample: The scored videos with a predicted label.

    Returns:
        None when the run has no more videos than the golden set.
    """
    if predictions.n <= truth.n:
        return None
    said = decided.label[decided.label != NO_LABEL]
    n = len(said)
    reason = _unfit(truth, predictions.n, rows)
    if reason:
        return Corpus(n=n, note=f"not estimated: {reason}")
    found = prevalence(sample, np.asarray(said == TRUE, np.float64))
    rests = (
        f"rests on the golden videos being a sample of the {predictions.n:,} videos of this run, drawn with the "
        f"inclusion probabilities that the golden set gives; speaks of the {n:,} with a label"
    )
    return Corpus(
        n=found.n,
        predicted=found.predicted,
        human_only=found.human_only,
        ppi=found.ppi,
        power=found.power,
        note=f"{found.note}; {rests}" if found.note else rests,
    )


def _unfit(truth: Truth, n: int, rows: NDArray[np.int64]) -> str:
    drawn = truth.golden is not None and truth.golden.draw.get("method", IMPORTED) != IMPORTED
    # who brings inclusion probabilities along knows how the videos were drawn
    if not drawn and bool((truth.weight == 1).all()):
        return "it is not known how the golden videos were drawn, so that they stand for no more than themselves"
    stands_for = float(truth.weight.sum())
    if abs(stands_for - n) > OFF * n:
        return (
            f"the golden videos stand for {stands_for:,.0f} videos, and the run has {n:,}: they are not a sample of it"
        )
    lost = rows < 0
    if float(truth.weight[lost].sum()) > OFF * stands_for:
        return f"{int(lost.sum())} of {truth.n} golden videos are not in the run: they are not a sample of it"
    return ""
