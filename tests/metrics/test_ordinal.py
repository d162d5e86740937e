"""Labels on a scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score, mean_absolute_error

from vibekit.metrics.classes import ClassSample
from vibekit.metrics.ordinal import ordinal


def scale_sample(truth: list[int], predicted: list[int], weight: list[float]) -> ClassSample:
    return ClassSample(
        truth=np.array(truth, dtype=np.int64),
        predicted=np.array(predicted, dtype=np.int64),
        labels=("1", "2", "3"),
        weight=np.array(weight),
        group=np.arange(len(truth)),
    )


def test_the_printout_of_sas() -> None:
    # SAS PROC FREQ, as kept in the tests of statsmodels: 3 x 3 table, linear weights .4701, ASE .1457
    counts = {(0, 1): 4, (0, 2): 1, (1, 1): 8, (2, 1): 1, (2, 2): 5}
    pairs = [pair for pair, k in counts.items() for _ in range(k)]
    found = ordinal(scale_sample([a for a, _ in pairs], [b for _, b in pairs], [1.0] * len(pairs)), (1, 2, 3))
    kappa = found["linear_kappa"]
    assert kappa.value == pytest.approx(0.4701, abs=1e-4)
    assert kappa.low is not None
    assert kappa.high is not None
    # the standard error of 19 videos, roughly: Student's interval of the draws
    assert kappa.high - kappa.low == pytest.approx(2 * 2.1 * 0.1457, rel=0.25)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(1, 4)), min_size=2, max_size=40))
def test_values_as_scikit_learn_and_scipy(rows: list[tuple[int, int, int]]) -> None:
    truth, predicted, weight = (list(column) for column in zip(*rows, strict=True))
    found = ordinal(scale_sample(truth, predicted, [float(w) for w in weight]), (1, 2, 3), draws=20)
    assert found["mae"].value == pytest.approx(mean_absolute_error(truth, predicted, sample_weight=weight))
    if len({*truth, *predicted}) == 1:
        assert found["quadratic_kappa"].value is None
        assert found["quadratic_kappa"].note == "one label only on both sides"
    else:
        for name, kind in (("quadratic_kappa", "quadratic"), ("linear_kappa", "linear")):
            theirs = cohen_kappa_score(truth, predicted, weights=kind, sample_weight=weight, labels=[0, 1, 2])
            assert found[name].value == pytest.approx(theirs)
    if len(set(truth)) > 1 and len(set(predicted)) > 1:
        theirs = spearmanr(np.repeat(truth, weight), np.repeat(predicted, weight)).statistic
        assert found["spearman"].value == pytest.approx(theirs)
    else:
        assert found["spearman"].value is None
        assert found["spearman"].note == "one side does not vary"
