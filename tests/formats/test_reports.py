"""Reports as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.score_reports import report, rich, undefined
from vibekit.core.estimate import Estimate
from vibekit.core.score import ScoreReport
from vibekit.core.score_parts import ErrorItem, Gate
from vibekit.errors import InputError
from vibekit.formats import compare_report, score_report
from vibekit.formats.dataclass_row import from_row, to_row

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
estimates = st.builds(Estimate, value=numbers, low=numbers, high=numbers, note=st.text())
gates = st.builds(
    Gate,
    attribute=st.text(),
    metric=st.text(),
    at_least=st.floats(0, 1),
    bound=st.text(),
    measured=numbers,
    passed=st.booleans(),
)
reports = st.builds(
    ScoreReport,
    labels=st.text(),
    golden=st.text(),
    split=st.text(),
    attributes=st.just({}),
    cost_usd=numbers,
    macro=st.dictionaries(st.text(), estimates, max_size=3),
    gates=st.tuples(gates),
    passed=st.none() | st.booleans(),
    uses=st.none() | st.integers(),
    warnings=st.lists(st.text(), max_size=3).map(tuple),
)


@given(reports)
def test_a_report_survives_json(made: ScoreReport) -> None:
    assert from_row(ScoreReport, json.loads(json.dumps(to_row(made), allow_nan=False))) == made


def test_samples_and_rich_reports_survive_a_file(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for made in (score_report.SAMPLE, report(rich(), undefined())):
        score_report.write_score_report(path, made)
        assert score_report.read_score_report(path) == made
    compare_report.write_compare_report(path, compare_report.SAMPLE)
    assert compare_report.read_compare_report(path) == compare_report.SAMPLE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "this one reads version 1"),
        ({"version": True}, "no version"),
        ({"labels": 5}, "labels: text is needed, not 5"),
        ({"uses": 1.5}, "uses: a whole number is needed"),
        ({"forced": 1}, "forced: true or false is needed"),
        ({"cost_usd": "1"}, "cost_usd: a number is needed"),
        ({"attributes": []}, "attributes: an object is needed"),
        ({"attributes": {"calming": {"name": "calming"}}}, "attributes.calming.title: missing"),
        ({"gates": {}}, "gates: a list is needed"),
        ({"colour": "red"}, "colour: unknown key"),
        ({"macro": {"f1": {"value": float("nan")}}}, "NaN is no number"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"version": 1, **to_row(score_report.SAMPLE), **change}))
    with pytest.raises(InputError, match=said):
        score_report.read_score_report(path)


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "{}"])
def test_what_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(InputError, match="not a report"):
        score_report.read_score_report(path)


def test_evidence_keeps_its_shape() -> None:
    item = ErrorItem(
        video_id="v", path="", golden="true", predicted="false", evidence=((0.0, 1.5, "a"), (2.0, 3.0, ""))
    )
    row = json.loads(json.dumps(to_row(item)))
    assert from_row(ErrorItem, row) == item
    with pytest.raises(ValueError, match="a list of 3"):
        from_row(ErrorItem, {**row, "evidence": [[0.0, 1.0]]})
    assert from_row(ErrorItem, {**row, "probability": 1}) == replace(item, probability=1)
