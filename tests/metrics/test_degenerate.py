"""Small and odd samples: a number has an interval or a note, and no interval has length zero."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vibekit.metrics.binary import binary
from vibekit.metrics.bootstrap import bootstrap
from vibekit.metrics.calibration import reliability
from vibekit.metrics.calibrators import METHODS, fit
from vibekit.metrics.paired import against_rest, paired
from vibekit.metrics.ppi import prevalence
from vibekit.metrics.ranking import ranking
from vibekit.metrics.sample import Sample
from vibekit.metrics.several import averages
from vibekit.metrics.threshold import Goal, choose

if TYPE_CHECKING:
    from vibekit.core.estimate import Estimate

DRAWS = 40


def an_odd_sample(random: np.random.Generator) -> Sample:
    n = int(random.integers(0, 12))
    probability = np.where(random.random(n) < 0.1, np.nan, random.choice([0.0, 0.2, 0.5, 1.0], n))
    return Sample(
        truth=random.random(n) < random.random(),
        predicted=random.random(n) < random.random(),
        weight=random.choice([1.0, 1.0, 30.0], n),
        group=random.integers(0, max(1, n), n) if random.random() < 0.5 else np.arange(n),
        stratum=random.integers(0, 3, n) if random.random() < 0.6 else None,
        probability=probability if random.random() < 0.8 else None,
    )


def holds(found: Estimate, *, length: bool) -> bool:
    if found.value is None:
        return bool(found.note) and found.low is None
    if found.low is None or found.high is None:
        return bool(found.note)
    return found.low <= found.value <= found.high and (found.low < found.high or not length)


@pytest.mark.parametrize("seed", range(150))
def test_every_number_has_an_interval_or_a_note(seed: int) -> None:
    random = np.random.default_rng(seed)
    sample = an_odd_sample(random)
    n = len(sample.truth)
    other = replace(sample, predicted=random.random(n) < 0.5)
    ranks, trust = ranking(sample, draws=DRAWS), reliability(sample, draws=DRAWS)
    corpus = prevalence(sample, random.random(50).round())
    closed = [*binary(sample).estimates.values(), *(b.share for b in trust.bins)]
    if corpus.ppi.value is not None:
        closed.append(corpus.ppi)
    assert all(holds(found, length=True) for found in closed)
    compared = [*paired(sample, other, draws=DRAWS).values()]
    compared += against_rest(sample, random.random(n) < 0.5, draws=DRAWS).values()
    assert all(c.p is None or 0 <= c.p <= 1 for c in compared)
    macro, micro = averages([sample, other], draws=DRAWS)
    by_draws = [
        *bootstrap(sample, draws=DRAWS).values(),
        *(c.difference for c in compared),
        *(ranks.roc_auc, ranks.average_precision, ranks.pr_auc),
        *(trust.brier, trust.ece, trust.mce),
        *macro.values(),
        *micro.values(),
    ]
    assert all(holds(found, length=False) for found in by_draws)
    for goal in (Goal(), Goal(kind="precision", precision=0.8, lower=True), Goal(kind="cost")):
        chosen = choose(sample, goal)
        assert (chosen.value is None) <= bool(chosen.note)
    if seed % 10 == 0:
        assert all(fit(method, sample).calibrator or fit(method, sample).note for method in METHODS)
