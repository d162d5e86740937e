"""How long a score takes: 1,000,000 videos, 20 attributes, 50,000 creators, 2,000 draws of creators; and a plain loop.

Each repetition is a process of its own that reads Parquet (made before, not timed) column by column. Counts-based:
precision, recall, F1, specificity, accuracy, prevalence, Brier score, calibration error, macro and micro. Ranking:
areas under both curves, the curves, intervals from binned scores. The plain peer resamples creators in a loop with
scikit-learn at a smaller size, where both are timed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import process
from benchmarks.results import spread, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.options import Options
    from vibekit.metrics.sample import Sample

VIDEOS, QUICK_VIDEOS = 1_000_000, 50_000
ATTRIBUTES = 20
A_GROUP = 20
RUNS = 3
SEED = 7
PLAIN_VIDEOS, PLAIN_DRAWS = 20_000, 200
AIM = {"counts_s": 60.0, "ranking_s": 30.0, "peak_mb": 4000.0}


def run(options: Options) -> dict[str, Any]:
    """Make the table, score it three times in fresh processes, and time the plain loop beside."""
    n = options.count(VIDEOS, quick=QUICK_VIDEOS)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "labels.parquet"
        write(path, n, attributes=ATTRIBUTES)
        runs = [_measured(path, Path(folder)) for _ in range(RUNS)]
    keys = ("counts_s", "ranking_s", "peak_mb")
    return {
        "videos": n,
        "attributes": ATTRIBUTES,
        "groups": n // A_GROUP,
        "draws": runs[0]["draws"],
        **{key: spread([r[key] for r in runs], digits=1) for key in keys},
        "aim": AIM,
        "plain": plain(),
    }


def show(result: dict[str, Any]) -> None:
    """Print what the processes took, and the plain loop."""
    rows: list[tuple[object, ...]] = [("", "min", "median", "max", "aim")]
    rows += [(key, *result[key].values(), AIM[key]) for key in AIM]
    print(f"{result['videos']} videos x {result['attributes']} attributes, {result['groups']} creators")
    print(table(rows))
    p = result["plain"]
    print(
        f"{p['videos']} videos, {p['draws']} draws: precision, recall and F1 in {p['own_s']['median']:.3f} s here, "
        f"in {p['sklearn_s']['median']:.2f} s with scikit-learn in a loop ({p['ratio']:.0f} times)"
    )


def write(path: Path, n: int, *, attributes: int) -> None:
    """Write golden labels and probabilities of n videos: skewed group sizes, weights of three strata."""
    random = np.random.default_rng(SEED)
    groups = max(1, n // A_GROUP)
    columns: dict[str, NDArray[Any]] = {
        "group": np.minimum((groups * random.random(n) ** 1.5).astype(np.int64), groups - 1),
        "weight": random.choice(np.array([1.0, 5.0, 20.0]), n),
    }
    for a in range(attributes):
        taste = random.normal(0, 1, groups)[columns["group"]]
        odds = random.normal(-2.5 + a / 10, 1.5, n) + taste
        probability = 1 / (1 + np.exp(-odds))
        columns[f"truth_{a}"] = random.random(n) < probability
        columns[f"probability_{a}"] = probability.astype(np.float32)
    pq.write_table(pa.table(columns), path)


def measure(path: Path) -> dict[str, Any]:
    """Score every attribute of a table: seconds of the two kinds of metrics, reading included in the first."""
    from vibekit.metrics.binary import binary
    from vibekit.metrics.bootstrap import bootstrap
    from vibekit.metrics.calibration import reliability
    from vibekit.metrics.ranking import ranking
    from vibekit.metrics.resample import DRAWS
    from vibekit.metrics.several import averages

    started = time.monotonic()
    samples = [_read(path, a) for a in range(ATTRIBUTES)]
    scores = [(binary(s), bootstrap(s), reliability(s)) for s in samples]
    averages(samples)
    counts_s = time.monotonic() - started
    started = time.monotonic()
    ranks = [ranking(s) for s in samples]
    ranking_s = time.monotonic() - started
    assert all(b.estimates["f1"].low and r.ece.low is not None for b, _, r in scores)
    assert all(r.roc_auc.low for r in ranks)
    return {"counts_s": counts_s, "ranking_s": ranking_s, "draws": DRAWS}


def plain() -> dict[str, Any]:
    """Time P, R and F1 with intervals over resampled creators: ours and a loop over scikit-learn, in turns."""
    from vibekit.metrics.confusion import RATIOS, cells_by_unit
    from vibekit.metrics.resample import resample
    from vibekit.metrics.units import units_of

    with TemporaryDirectory() as folder:
        path = Path(folder) / "labels.parquet"
        write(path, PLAIN_VIDEOS, attributes=1)
        sample = _read(path, 0)
    own, theirs = [], []
    for seed in range(RUNS):
        started = time.monotonic()
        units = units_of(sample.group)
        drawn = resample(units, cells_by_unit(sample, units.unit, units.n), draws=PLAIN_DRAWS, seed=seed)
        ours = {name: np.percentile(RATIOS[name].of(drawn), [2.5, 97.5]) for name in ("precision", "recall", "f1")}
        own.append(time.monotonic() - started)
        started = time.monotonic()
        loop = np.percentile(_loop(sample, seed), [2.5, 97.5], axis=0)
        theirs.append(time.monotonic() - started)
        apart = max(float(np.abs(ours[name] - loop[:, i]).max()) for i, name in enumerate(ours))
        assert apart < 0.02, f"the loop says something else: {apart}"
    return {
        "videos": PLAIN_VIDEOS,
        "draws": PLAIN_DRAWS,
        "own_s": spread(own),
        "sklearn_s": spread(theirs),
        "ratio": round(sorted(theirs)[1] / sorted(own)[1], 1),
    }


def _loop(sample: Sample, seed: int) -> list[tuple[float, float, float]]:
    from sklearn.metrics import precision_recall_fscore_support

    random = np.random.default_rng(seed)
    members = np.split(np.argsort(sample.group, kind="stable"), np.cumsum(np.bincount(sample.group))[:-1])
    found = []
    for _ in range(PLAIN_DRAWS):
        taken = np.concatenate([members[i] for i in random.integers(0, len(members), len(members))])
        p, r, f, _ = precision_recall_fscore_support(
            sample.truth[taken], sample.predicted[taken], average="binary", sample_weight=sample.weight[taken]
        )
        found.append((float(p), float(r), float(f)))
    return found


def _read(path: Path, attribute: int) -> Sample:
    from vibekit.metrics.sample import Sample

    read = pq.read_table(path, columns=["group", "weight", f"truth_{attribute}", f"probability_{attribute}"])
    probability = read[f"probability_{attribute}"].to_numpy().astype(np.float64)
    return Sample(
        truth=read[f"truth_{attribute}"].to_numpy(),
        predicted=probability >= 0.5,
        weight=read["weight"].to_numpy(),
        group=read["group"].to_numpy(),
        probability=probability,
    )


def _measured(path: Path, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.score", str(path)]
    used = process.run(command, env=dict(os.environ), folder=folder)
    result: dict[str, Any] = {**json.loads(used.stdout), "peak_mb": used.peak_mb or 0.0}
    return result


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
