"""Slices by metadata, and the prevalence in the whole run."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.scoring import NAME, NO, YES, Case, make_golden, make_run
from vibekit.core.score import AttributeScore
from vibekit.errors import InputError
from vibekit.stages.score import ScoreConfig, score


def cases() -> list[Case]:
    """Return videos whose labels are bad in one language, with few positives in another."""
    return [
        *[Case(truth=True, said=YES, columns={"tongue": "en"})] * 60,
        *[Case(truth=False, said=NO, columns={"tongue": "en"})] * 60,
        *[Case(truth=True, said=NO, columns={"tongue": "de"})] * 20,
        *[Case(truth=True, said=YES, columns={"tongue": "de"})] * 10,
        *[Case(truth=False, said=NO, columns={"tongue": "de"})] * 30,
        *[Case(truth=True, said=YES, columns={"tongue": "fr"})] * 5,
    ]


def scored(folder: Path, *by: str) -> AttributeScore:
    """Score them by columns."""
    run = make_run(folder / "run", {NAME: [case.said for case in cases()]})
    golden = make_golden(folder / "golden", cases())
    return score(ScoreConfig(labels=run, golden=golden, by=by, draws=400, report=False)).attributes[NAME]


def test_a_worse_slice_is_found_and_a_small_one_suppressed(tmp_path: Path) -> None:
    slices = {one.value: one for one in scored(tmp_path, "tongue").slices}
    assert slices["en"].f1.value == 1.0
    assert slices["de"].recall.value == pytest.approx(1 / 3)
    assert slices["de"].difference.value is not None
    assert slices["de"].difference.value < -0.3
    assert slices["de"].q is not None
    assert slices["de"].p is not None
    assert slices["de"].p <= slices["de"].q < 0.05
    assert slices["fr"].f1.value is None
    assert "5 golden positives, fewer than 20" in slices["fr"].note


def test_what_a_run_knows_of_its_videos_can_be_a_column(tmp_path: Path) -> None:
    slices = scored(tmp_path, "language", "creator").slices
    assert {one.value for one in slices if one.column == "language"} == {"en", "de"}
    assert {one.value for one in slices if one.column == "creator"} == {f"maker {n}" for n in range(7)}


def test_an_unknown_column_is_an_error_that_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'tonge'") as refused:
        scored(tmp_path, "tonge")
    assert "did you mean 'tongue'?" in refused.value.hint


def corpus_case(folder: Path, *, weight: float, drawn: bool) -> AttributeScore:
    """Score a run of 400 videos on a golden set of 100 of them."""
    truth = [n % 4 == 0 for n in range(100)]
    run = make_run(folder / "run", {NAME: [YES if n % 4 == 0 or n % 10 == 1 else NO for n in range(400)]})
    golden = make_golden(
        folder / "golden",
        [Case(truth=label, weight=weight) for label in truth],
        draw={"method": "random", "videos": 400} if drawn else None,
    )
    return score(ScoreConfig(labels=run, golden=golden, draws=200, report=False)).attributes[NAME]


def test_the_prevalence_in_the_run_is_estimated_from_both(tmp_path: Path) -> None:
    corpus = corpus_case(tmp_path, weight=4, drawn=True).corpus
    assert corpus is not None
    assert corpus.n == 400
    assert corpus.predicted == pytest.approx(0.35, abs=0.06)
    assert corpus.ppi.value == pytest.approx(0.25, abs=0.05)
    assert corpus.ppi.low is not None


@pytest.mark.parametrize(("weight", "drawn", "why"), [(1, False, "not known how"), (1, True, "stand for 100 videos")])
def test_it_is_not_estimated_where_the_golden_set_is_no_sample_of_the_run(
    tmp_path: Path, weight: float, drawn: bool, why: str
) -> None:
    corpus = corpus_case(tmp_path, weight=weight, drawn=drawn).corpus
    assert corpus is not None
    assert corpus.ppi.value is None
    assert why in corpus.note


def test_it_is_not_estimated_from_golden_videos_of_another_run(tmp_path: Path) -> None:
    """As many videos, and yet not the same ones."""
    run = make_run(tmp_path / "run", {NAME: [None] * 70 + [YES if n % 4 == 0 else NO for n in range(400)]})
    golden = make_golden(
        tmp_path / "golden", [Case(truth=n % 4 == 0, weight=4) for n in range(100)], draw={"method": "random"}
    )
    corpus = score(ScoreConfig(labels=run, golden=golden, draws=200, report=False)).attributes[NAME].corpus
    assert corpus is not None
    assert corpus.ppi.value is None
    assert "70 of 100 golden videos are not in the run" in corpus.note
