"""``vibekit score`` and ``vibekit compare`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.scoring import NAME, Case, confusion, make_both, make_run, said
from vibekit.cli.main import run
from vibekit.core.golden import Split

QUICK = ["--draws", "200", "--quiet"]


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A run and a golden set with 80 right and 20 wrong of each truth, and a working folder."""
    monkeypatch.chdir(tmp_path)
    made = make_both(tmp_path, confusion(tp=80, fp=20, fn=20, tn=80))
    return str(made[0]), str(made[1])


def test_json_has_what_scripts_rely_on(sides: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", sides[0], "--golden", sides[1], "--json", "--no-report", *QUICK]) == 0
    envelope = json.loads(capsys.readouterr().out)
    one = envelope["data"]["attributes"][NAME]
    for metric in ("precision", "recall", "f1", "prevalence"):
        assert set(one[metric]) >= {"value", "low", "high"}
    assert one["f1"]["value"] == pytest.approx(0.8)
    assert (one["n"], one["tp"], one["fp"], one["fn"], one["tn"], one["coverage"]) == (200, 80, 20, 20, 80, 1.0)
    assert envelope["status"] == "success"


def test_text_is_readable_in_a_hundred_columns(sides: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["score", sides[0], "--golden", sides[1], *QUICK]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = next(line for line in lines if line.startswith(NAME))
    assert "80.00 71" in table
    assert all(len(line) <= 100 for line in lines if line.startswith((NAME, "  ", " " * 8)))
    report = Path("reports/run-golden")
    assert lines[-1] == f"report: {report / 'report.html'}"
    assert sorted(path.name for path in report.iterdir()) == ["report.html", "report.json", "report.md"]


def test_a_failed_gate_is_exit_seven_and_says_by_how_much(
    sides: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["score", sides[0], "--golden", sides[1], "--no-report", *QUICK]
    assert run([*command, "--min-f1", "0.75"]) == 7
    out = capsys.readouterr().out
    assert "gate FAILED: f1 of unboxing: lower end" in out
    assert "points short" in out
    assert run([*command, "--min-f1", "0.75", "--gate", "value"]) == 0
    assert run([*command, "--min-f1", f"{NAME}=0.6", "--min-recall", "macro=0.6", "--json"]) == 0
    assert run([*command, "--min-precision", "0.9", "--json"]) == 7
    envelope = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert envelope["exit_code"] == 7
    assert [error["item"] for error in envelope["errors"] if error["code"] == "gate"] == [NAME]
    assert envelope["data"]["passed"] is False


@pytest.mark.parametrize(
    "words",
    [
        ["--min-f1", "75"],
        ["--min-f1", "calming="],
        ["--threshold-goal", "recall=0.9"],
        ["--threshold-goal", "cost=1"],
        ["--threshold-goal", "precision=1.5"],
        ["--draws", "5"],
        ["--epsilon", "2"],
        ["--errors", "-1"],
        ["--split", "dev"],
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(sides: tuple[str, str], words: list[str]) -> None:
    assert run(["score", sides[0], "--golden", sides[1], *words]) == 2
    assert not Path("reports").exists()


def test_a_summary_is_appended_for_github(
    sides: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = Path("summary.md")
    summary.write_text("before\n")
    command = ["score", sides[0], "--golden", sides[1], "--no-report", "--format", "github", *QUICK]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert run(command) == 0
    assert summary.read_text().startswith("before\n#")
    assert "| ---" not in capsys.readouterr().out
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert run(command) == 0
    assert "| ---" in capsys.readouterr().out
    assert run([*command[:-3], "--format", "markdown", *QUICK]) == 0
    assert capsys.readouterr().out.startswith("# ")


def test_what_is_no_report_is_not_overwritten(sides: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("years of work")
    assert run(["score", sides[0], "--golden", sides[1], "--out", "mine", *QUICK]) == 3
    assert "holds something else" in capsys.readouterr().err
    # and the test split was not looked at for nothing
    assert "uses: []" in (Path(sides[1]) / "golden.yaml").read_text()
    assert run(["score", sides[0], "--golden", sides[1], "--out", "new", *QUICK]) == 0
    assert run(["score", sides[0], "--golden", sides[1], "--out", "new", *QUICK]) == 0


def test_everything_at_once_is_written_as_json_without_nan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [
        Case(
            truth=n % 3 == 0,
            said=said(n % 2 == 0, n / 100, why="exclude 1"),
            split=list(Split)[n % 2],
            weight=1 + n % 3,
        )
        for n in range(100)
    ]
    run_, golden = make_both(tmp_path, cases)
    out = tmp_path / "report"
    command = ["score", str(run_), "-g", str(golden), "--by", "creator", "--out", str(out), "--json", *QUICK]
    assert run(command) == 0
    printed = json.loads(capsys.readouterr().out)["data"]
    kept = json.loads((out / "report.json").read_text())
    assert kept.pop("version") == 1
    assert kept == printed


def test_compare_says_who_is_better(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = confusion(tp=80, fp=20, fn=20, tn=80)
    a, golden = make_both(tmp_path, cases)
    b = make_run(tmp_path / "b", {NAME: [said(case.truth) for case in cases]})
    command = ["compare", str(a), str(b), "--golden", str(golden), *QUICK]
    assert run(command) == 0
    out = capsys.readouterr().out
    assert f"{NAME}: B is better: F1 20.0 points higher" in out
    assert "McNemar p <0.001" in out
    assert "30 more flips" in out
    assert run([*command, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["attributes"][NAME]["verdict"] == "b"
    assert data["uses"] == 4
    assert run([*command, "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("# ")


@pytest.mark.slow
def test_a_real_run_of_the_built_in_annotator_end_to_end(
    small_clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["-a", "calming", "-a", "energetic", "--annotator", "signals", "--out", "runs/r1", "-q"]
    assert run(["annotate", str(small_clips), *asked]) == 0
    rows = [f"{name}.mp4,{int(name != 'busy')},{int(name == 'busy')}" for name in ("calm", "busy", "silent")]
    Path("golden.csv").write_text("\n".join(["file,calming,energetic", *rows]) + "\n")
    capsys.readouterr()
    assert run(["score", "runs/r1", "--golden", "golden.csv", "--json", *QUICK]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    for one in data["attributes"].values():
        assert one["n"] == 3
        assert one["probability_source"] == "signals"
    html = Path("reports/r1-golden/report.html").read_text()
    wrong = [error for one in data["attributes"].values() for error in one["errors"]]
    assert ("data:image/jpeg" in html) == bool(wrong)
