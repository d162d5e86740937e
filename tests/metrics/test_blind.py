"""Strata that show no positive and may hide some."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from support.samples import of_counts, stratified
from vibekit.metrics.blind import blind_strata, hidden_positives


def test_none_among_120_of_17000_may_be_425() -> None:
    (found,) = blind_strata(stratified(creators=False))
    assert (found.n, round(found.videos)) == (120, 17_000)
    assert found.hidden == pytest.approx(425)
    assert found.recall == pytest.approx(987.5 / (1287.5 + 425))
    assert found.prevalence == pytest.approx((1287.5 + 425) / 20_000)


def test_nothing_to_say_without_strata_or_where_little_can_hide() -> None:
    assert blind_strata(of_counts(5, 5, 5, 5)) == ()
    assert blind_strata(of_counts(0, 0, 0, 0)) == ()
    assert blind_strata(stratified(creators=False), worth=0.5) == ()
    equal = replace(of_counts(5, 0, 0, 15), stratum=np.arange(20) // 10)
    assert blind_strata(equal) == ()
    assert hidden_positives(equal) == 0.0
    none = replace(of_counts(0, 0, 0, 20), stratum=np.arange(20) // 10)
    assert hidden_positives(none) == 3.0
