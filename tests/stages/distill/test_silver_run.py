"""Runs and tables as silver sources: what is learnt of a label, and what its answers cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.scoring import NO, YES, annotation, definition, lost, make_run
from vibekit.core.annotation import Annotation, Status, Usage
from vibekit.core.attribute import Kind
from vibekit.core.golden import GoldenAttribute
from vibekit.errors import InputError
from vibekit.formats.annotations import to_row
from vibekit.formats.jsonl import Appender
from vibekit.stages.distill.run_costs import measured_costs
from vibekit.stages.distill.silver import SilverSet, read_silver, soft_labels

MOOD = GoldenAttribute(name="mood", kind=Kind.CATEGORICAL, allowed=("calm", "sad", "none"))
CALMING = GoldenAttribute(name="calming", kind=Kind.BINARY, allowed=(True, False))


def test_a_label_stays_the_likeliest_however_unsure() -> None:
    chance = soft_labels(MOOD, np.array([2, 1, 0]), np.array([0.2, 0.9, np.nan]), smoothing=0.05)
    assert chance.argmax(axis=1).tolist() == [2, 1, 0]
    assert chance.sum(axis=1) == pytest.approx(np.ones(3))
    assert chance[1, 1] == 0.9


def test_a_false_label_of_one_half_is_not_true() -> None:
    chance = soft_labels(CALMING, np.array([1, 0, 1]), np.array([0.5, 0.5, 0.3]), smoothing=0.05)
    assert (chance[:, 0] >= 0.5).tolist() == [False, True, False]
    assert chance[2, 0] == 0.3


def test_probabilities_of_the_label_are_refused_where_those_of_true_are_meant(tmp_path: Path) -> None:
    path = tmp_path / "silver.parquet"
    columns = {
        "video_id": [f"v{n}" for n in range(6)],
        "attribute": ["calming"] * 6,
        "label": ["true", "false"] * 3,
        "probability": [0.9, 0.8] * 3,
    }
    pq.write_table(pa.table(columns), path)
    with pytest.raises(InputError, match="3 of 3 false labels of 'calming'"):
        read_silver([path], attributes=(), weights={}, smoothing=0.05)


def line(n: int, **changes: object) -> Annotation:
    plain = replace(
        annotation(n, definition("calming"), YES), usage=Usage(prompt=100), cost_usd=0.002, latency_s=1.0, attempts=1
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def costs(folder: Path, lines: list[Annotation]) -> tuple[float | None, float | None]:
    """Return seconds a call and US dollars for 1,000 videos."""
    appender = Appender(folder / "annotations.jsonl")
    for one in lines:
        appender.append(to_row(one))
    appender.close()
    found = measured_costs(folder / "annotations.jsonl", {"calming": definition("calming").fingerprint})
    paid = found.paid.get("calming")
    return found.latency_s, None if paid is None else paid.usd / paid.videos * 1000


def test_known_replies_copies_and_older_definitions_cost_the_teacher_nothing(tmp_path: Path) -> None:
    known = {"usage": Usage(), "cost_usd": 0.0, "latency_s": 0.0, "attempts": 0}
    lines = [
        line(0),
        line(1, latency_s=3.0),
        line(2, latency_s=2.0),
        line(3, **known),
        line(4, duplicate_of="clips/v0.mp4", cost_usd=0.0),
        line(5, definition="older"),
    ]
    latency, usd = costs(tmp_path, lines)
    assert latency == 2.0
    assert usd == pytest.approx(2.0)


def test_failed_answers_are_paid_too(tmp_path: Path) -> None:
    lines = [line(0), line(1, answer=lost(Status.ERROR)), line(1)]
    assert costs(tmp_path, lines)[1] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("changes", "usd"),
    [
        ({"attempts": 0, "cost_usd": 0.0}, None),  # all known from another run
        ({"cost_usd": 0.0}, None),  # tokens of a model without a price
        ({"cost_usd": 0.0, "usage": Usage(), "latency_s": 0.0}, 0.0),  # an annotator without a model
    ],
)
def test_money_that_is_not_known_is_not_zero(tmp_path: Path, changes: dict[str, object], usd: float | None) -> None:
    assert costs(tmp_path, [line(n, **changes) for n in range(4)])[1] == usd


def silver(*runs: Path) -> SilverSet:
    return read_silver(runs, attributes=(), weights={}, smoothing=0.05)


def test_a_teacher_of_two_attributes_in_two_runs_costs_both(tmp_path: Path) -> None:
    one = make_run(tmp_path / "one", {"calming": [YES, NO]})
    two = make_run(tmp_path / "two", {"energetic": [YES, NO]})
    alone = [silver(run).usd_per_1000 or 0.0 for run in (one, two)]
    assert min(alone) > 0
    assert silver(one, two).usd_per_1000 == pytest.approx(sum(alone))
    assert silver(one, one).usd_per_1000 == pytest.approx(alone[0])


def test_the_order_of_rows_moves_nothing(tmp_path: Path) -> None:
    ids, paths = ("a", "b", "c"), ("a.mp4", "b.mp4", "c.mp4")
    plain = {"video_id": ids, "path": paths, "calming": [0.1, 0.5, 0.9]}
    for name, order in (("one", [0, 1, 2]), ("two", [2, 0, 1])):
        pq.write_table(pa.table(plain).take(order), tmp_path / f"{name}.parquet")
    one, two = (silver(tmp_path / f"{name}.parquet") for name in ("one", "two"))
    assert (one.ids, one.paths) == (two.ids, two.paths) == (ids, paths)
    assert np.array_equal(one.targets[0].chance, two.targets[0].chance)
