"""Two runs on the same golden videos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from support.scoring import NAME, NO, YES, Case, definition, make_golden, make_run, said
from vibekit.core.annotation import Answer
from vibekit.core.attribute import Choice, Kind
from vibekit.core.compare import CompareReport
from vibekit.errors import InputError
from vibekit.stages.compare import CompareConfig, compare

Rows = Sequence[tuple[bool, Answer | None, Answer | None]]

# truth, what A says, what B says
GOOD: Rows = [
    *[(True, YES, YES)] * 40,
    *[(False, NO, NO)] * 40,
    *[(True, said(False, 0.4, why="No box."), said(True, 0.9, why="The box is cut open."))] * 20,
    *[(False, NO, YES)] * 4,
]


def compared(folder: Path, rows: Rows, **options: object) -> CompareReport:
    """Write both runs and the golden set, and compare them."""
    a = make_run(folder / "a", {NAME: [row[1] for row in rows]})
    b = make_run(folder / "b", {NAME: [row[2] for row in rows]})
    golden = make_golden(folder / "golden", [Case(truth=row[0]) for row in rows])
    return compare(CompareConfig(a=a, b=b, golden=golden, draws=400, **options))  # type: ignore[arg-type]


def test_the_better_one_is_named_with_its_flips_and_reasons(tmp_path: Path) -> None:
    report = compared(tmp_path, list(GOOD))
    one = report.attributes[NAME]
    assert one.verdict == "b"
    assert one.words.startswith("B is better: F1 ")
    assert one.deltas["recall"].a == pytest.approx(40 / 60)
    assert one.deltas["recall"].b == 1.0
    assert one.deltas["precision"].difference.value == pytest.approx(60 / 64 - 1)
    assert one.mcnemar is not None
    assert (one.mcnemar.only_a, one.mcnemar.only_b, one.mcnemar.method) == (4, 20, "exact")
    assert one.mcnemar.p == pytest.approx(0.0015, abs=1e-4)
    assert one.n_flips == 24
    assert (one.flips[0].right, one.flips[0].rationale_a, one.flips[0].rationale_b) == (
        "b",
        "No box.",
        "The box is cut open.",
    )
    assert report.uses == 2


def test_no_difference_says_what_could_have_been_seen(tmp_path: Path) -> None:
    rows = [(True, YES, YES)] * 20 + [(False, NO, NO)] * 20 + [(True, YES, NO)] * 3 + [(True, NO, YES)] * 3
    one = compared(tmp_path, rows).attributes[NAME]
    assert one.verdict == "none"
    assert "no difference shown" in one.words
    assert one.detectable is not None
    assert 0.02 < one.detectable < 0.4
    assert f"a difference of {100 * one.detectable:.1f} points could have been seen" in one.words


def test_only_what_both_have_is_compared_and_the_rest_is_counted(tmp_path: Path) -> None:
    rows = [*GOOD, (True, YES, None), (True, None, YES), (True, said(None), YES), (True, None, None)]
    one = compared(tmp_path, rows).attributes[NAME]
    assert (one.n, one.only_a, one.only_b, one.neither) == (104, 1, 2, 1)
    assert one.outcomes_a.abstain == 1
    assert one.outcomes_a.missing == 2
    assert any("1 golden videos have a label of A only and 2 of B only" in note for note in one.notes)


def test_different_definitions_are_said(tmp_path: Path) -> None:
    other = definition(question="Is something unpacked?")
    a = make_run(tmp_path / "a", {NAME: [row[1] for row in GOOD]})
    b = make_run(tmp_path / "b", {NAME: [row[2] for row in GOOD]}, other)
    golden = make_golden(tmp_path / "golden", [Case(truth=row[0]) for row in GOOD], accepts=(other.fingerprint,))
    one = compare(CompareConfig(a=a, b=b, golden=golden, draws=200)).attributes[NAME]
    assert one.definition_a != one.definition_b
    assert any("asked with different definitions" in note for note in one.notes)


def test_other_kinds_are_compared_by_accuracy(tmp_path: Path) -> None:
    moods = tuple(Choice(label=name, meaning=name) for name in ("happy", "sad", "calm"))
    mood = definition("mood", kind=Kind.CATEGORICAL, choices=moods, edge_cases=())
    truth = ["happy", "sad", "calm"] * 20
    a = make_run(tmp_path / "a", {"mood": [said("happy")] * 60}, mood)
    b = make_run(tmp_path / "b", {"mood": [said(label) for label in truth]}, mood)
    golden = make_golden(tmp_path / "golden", [Case(truth=label) for label in truth], mood)
    one = compare(CompareConfig(a=a, b=b, golden=golden, draws=200)).attributes["mood"]
    assert (one.primary, one.verdict) == ("accuracy", "b")
    assert one.deltas["accuracy"].difference.value == pytest.approx(2 / 3)
    assert one.positives is None


def test_nothing_in_common_is_unknown_and_the_same_run_twice_is_refused(tmp_path: Path) -> None:
    rows = [(True, YES, None), (False, None, NO)]
    one = compared(tmp_path, rows).attributes[NAME]
    assert (one.n, one.verdict, one.p) == (0, "unknown", None)
    with pytest.raises(InputError, match="the same run twice"):
        compare(CompareConfig(a=tmp_path / "a", b=tmp_path / "x" / ".." / "a", golden=tmp_path / "golden"))


def test_the_report_is_written_and_nothing_else_is_overwritten(tmp_path: Path) -> None:
    report = compared(tmp_path, list(GOOD), out=tmp_path / "out")
    assert [Path(name).name for name in report.files] == ["compare.html", "compare.md", "compare.json"]
    assert all(Path(name).stat().st_size > 500 for name in report.files)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    config = CompareConfig(a=tmp_path / "a", b=tmp_path / "b", golden=tmp_path / "golden", out=tmp_path / "mine")
    with pytest.raises(InputError, match="holds something else than a report"):
        compare(config)
