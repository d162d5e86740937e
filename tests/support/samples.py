"""Binary samples for tests: from counts, drawn at random, and a stratified one that R's survey package answered for."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vibekit.metrics.sample import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRATIFIED = Path(__file__).parents[1] / "metrics" / "stratified.csv"
"""Made data (seed 7): 300 videos of 86 creators, 120 of 17,000, 100 of 2,000 and 80 of 1,000 drawn."""
WEIGHTS = {"low": 17_000 / 120, "mid": 2_000 / 100, "high": 1_000 / 80}


def of_counts(tp: int, fp: int, fn: int, tn: int) -> Sample:
    """Return a simple random sample with these counts."""
    truth = np.repeat([True, False, True, False], [tp, fp, fn, tn])
    predicted = np.repeat([True, True, False, False], [tp, fp, fn, tn])
    n = tp + fp + fn + tn
    return Sample(truth=truth, predicted=predicted, weight=np.ones(n), group=np.arange(n))


def drawn(seed: int, n: int, *, group_size: int = 1, weighted: bool = False, prevalence: float = 0.3) -> Sample:
    """Return videos with probabilities; those of one group are alike, weights are 1, 5 and 20."""
    random = np.random.default_rng(seed)
    group = np.arange(n) // group_size
    taste = random.normal(0, 1, group.max() + 1)[group]
    odds = random.normal(np.log(prevalence / (1 - prevalence)), 1.5, n) + taste
    probability = np.round(1 / (1 + np.exp(-odds)), 3)
    weight = random.choice(np.array([1.0, 5.0, 20.0]), n) if weighted else np.ones(n)
    truth = random.random(n) < probability
    return Sample(truth=truth, predicted=probability >= 0.5, weight=weight, group=group, probability=probability)


def stratified(*, creators: bool) -> Sample:
    """Return the made case, by its strata or clustered by its creators, who reach over strata."""
    with STRATIFIED.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) for _ in range(int(row["videos"]))]
    strata = [row["stratum"] for row in rows]
    return Sample(
        truth=np.array([row["golden"] == "1" for row in rows]),
        predicted=np.array([row["predicted"] == "1" for row in rows]),
        weight=np.array([WEIGHTS[s] for s in strata]),
        group=codes([row["creator"] for row in rows]) if creators else np.arange(len(rows)),
        stratum=codes(strata),
    )


def codes(names: list[str]) -> NDArray[np.int64]:
    """Return 0 .. k - 1 in the order of the names."""
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)
