from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from vibekit.cli.main import run
from vibekit.core.status import Part, State, StatusReport
from vibekit.errors import InputError
from vibekit.formats.labels_manifest import read_labels_manifest, write_labels_manifest
from vibekit.formats.student import read_student, write_student
from vibekit.stages.status import StatusConfig, status

pytestmark = pytest.mark.slow


@pytest.fixture
def project(demo_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a finished chain, somewhere else than where it was made; the working directory is in it."""
    folder = tmp_path / "project"
    shutil.copytree(demo_folder, folder, ignore=shutil.ignore_patterns("reports", "index.html"))
    monkeypatch.chdir(folder)
    return folder


def look() -> StatusReport:
    return status(StatusConfig(folder=Path()))


def states(report: StatusReport) -> dict[Part, State]:
    return {row.part: row.state for row in report.items}


def words(report: StatusReport, part: Part) -> str:
    return "; ".join(p.words for row in report.items if row.part is part for p in row.problems)


def mends(report: StatusReport, part: Part) -> list[str]:
    return [p.mend for row in report.items if row.part is part for p in row.problems]


def edit(path: Path, **values: object) -> None:
    row = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**row, **values}), "utf-8")


def test_a_finished_chain_is_current_wherever_it_lies(project: Path) -> None:
    report = look()
    assert set(states(report).values()) == {State.CURRENT}, report
    assert list(states(report)) == [
        Part.DEFINITIONS, Part.RUN, Part.EMBEDDINGS, Part.STUDENT, Part.LABELS, Part.INDEX,
    ]  # fmt: skip
    assert report.mend == ()
    chain = {row.part: row.made_from for row in report.items}
    assert chain[Part.STUDENT] == ("runs/demo", "embeddings/demo")
    assert chain[Part.LABELS] == ("students/demo", "embeddings/demo")
    assert chain[Part.INDEX] == ("labels/demo", "embeddings/demo")
    assert states(status(StatusConfig(folder=project))) == states(report)


def test_a_changed_definition_makes_everything_after_it_stale(project: Path) -> None:
    path = project / "attributes" / "calming.yaml"
    path.write_text(path.read_text("utf-8").replace("wind down?", "come to rest?"), "utf-8")
    report = look()
    assert states(report) == {
        Part.DEFINITIONS: State.CURRENT, Part.RUN: State.STALE, Part.EMBEDDINGS: State.CURRENT,
        Part.STUDENT: State.STALE, Part.LABELS: State.STALE, Part.INDEX: State.STALE,
    }  # fmt: skip
    assert "definition of calming" in words(report, Part.INDEX)
    assert [line.split()[1] for line in report.mend] == ["demo", "distill", "predict", "index"]


def test_a_broken_definition_is_damaged(project: Path) -> None:
    (project / "attributes" / "calming.yaml").write_text("name: calming\nkind: binery\n", "utf-8")
    report = look()
    assert states(report)[Part.DEFINITIONS] is State.DAMAGED
    assert "calming.yaml" in words(report, Part.DEFINITIONS)


def test_an_interrupted_run_and_what_follows_it(project: Path) -> None:
    edit(project / "runs/demo/run.json", status="interrupted", stopped="max-cost", argv=["vibekit", "annotate", "x"])
    report = look()
    assert states(report)[Part.RUN] is State.UNFINISHED
    assert "max-cost" in words(report, Part.RUN)
    assert mends(report, Part.RUN) == ["vibekit annotate x"]
    assert states(report)[Part.STUDENT] is states(report)[Part.LABELS] is states(report)[Part.INDEX] is State.BEHIND
    assert "made from runs/demo, which is unfinished" in words(report, Part.STUDENT)


def test_a_run_whose_process_is_there_and_one_whose_process_died(project: Path) -> None:
    path = project / "runs/demo/run.json"
    edit(path, status="running", pid=os.getpid())
    assert states(look())[Part.RUN] is State.RUNNING
    assert mends(look(), Part.RUN) == [""]
    edit(path, pid=2**22 + 1)
    assert states(look())[Part.RUN] is State.UNFINISHED


def test_answers_that_are_missing(project: Path) -> None:
    edit(project / "runs/demo/run.json", counts={"files": 60, "ok": 112, "abstain": 3, "error": 2, "media_error": 1})
    report = look()
    assert words(report, Part.RUN) == "without an answer: 2 error, 1 media_error"


def test_a_run_that_was_asked_again_and_one_with_more_labels(project: Path) -> None:
    path = project / "runs/demo/run.json"
    run_file = json.loads(path.read_text("utf-8"))
    attributes = run_file["attributes"]
    edit(path, counts={**run_file["counts"], "ok": run_file["counts"]["ok"] + 7})
    assert "7 labels that it was not trained on" in words(look(), Part.STUDENT)
    edit(path, attributes={**attributes, "calming": {**attributes["calming"], "recipe": "00"}})
    report = look()
    assert "asked again since" in words(report, Part.STUDENT)
    assert states(report)[Part.LABELS] is State.BEHIND
    (mend,) = mends(report, Part.STUDENT)
    assert shlex.split(mend)[:3] == ["vibekit", "distill", "runs/demo"]
    assert "--cv 5" in mend


def test_labels_of_another_student_and_other_thresholds(project: Path) -> None:
    student, tensors = read_student(project / "students/demo")
    heads = (replace(student.heads[0], threshold=0.9), *student.heads[1:])
    write_student(project / "students/demo", replace(student, heads=heads), tensors)
    report = look()
    assert words(report, Part.LABELS) == "students/demo has other thresholds since: calming"
    assert mends(report, Part.LABELS)[0].endswith("--out labels/demo --force")
    write_student(
        project / "students/demo", replace(student, heads=(replace(heads[0], slope=2.0), *heads[1:])), tensors
    )
    assert "another student since" in words(look(), Part.LABELS)
    assert run(shlex.split(mends(report, Part.LABELS)[0])[1:]) == 0
    report = look()
    assert states(report)[Part.LABELS] is State.CURRENT
    assert states(report)[Part.INDEX] is State.STALE
    assert "has other labels since: calming, energetic" in words(report, Part.INDEX)
    assert run(shlex.split(mends(report, Part.INDEX)[0])[1:]) == 0
    assert states(look())[Part.INDEX] is State.CURRENT


def test_a_mended_index_keeps_the_thresholds_given_by_hand(project: Path) -> None:
    by_hand = shlex.split("vibekit index update-labels indexes/demo --labels labels/demo --threshold calming=0.9")
    assert run(by_hand[1:]) == 0
    student, tensors = read_student(project / "students/demo")
    heads = (replace(student.heads[0], slope=2.0), *student.heads[1:])
    write_student(project / "students/demo", replace(student, heads=heads), tensors)
    assert run(shlex.split(mends(look(), Part.LABELS)[0])[1:]) == 0
    (mend,) = mends(look(), Part.INDEX)
    assert shlex.split(mend) == by_hand


def test_embeddings_that_grew(project: Path) -> None:
    shutil.copy(project / "clips/lake.mp4", project / "clips/copy.mp4")
    with (project / "clips/copy.mp4").open("ab") as clip:
        clip.write(b"\0" * 64)
    assert run(["embed", "clips", "--embedder", "av", "--out", "embeddings/demo", "-q"]) == 0
    report = look()
    assert states(report)[Part.EMBEDDINGS] is State.CURRENT
    assert "81 videos by now, 80 are labelled" in words(report, Part.LABELS)
    assert "81 vectors by now" in words(report, Part.INDEX)
    for part in (Part.LABELS, Part.INDEX):
        assert run(shlex.split(mends(look(), part)[0])[1:]) == 0
    assert states(look())[Part.LABELS] is State.CURRENT


def test_labels_that_are_not_whole(project: Path) -> None:
    folder = project / "labels/demo"
    next(folder.glob("part-*.parquet")).unlink()
    assert states(look())[Part.LABELS] is State.DAMAGED
    labels = read_labels_manifest(folder)
    write_labels_manifest(folder, replace(labels, status=type(labels.status)("running")))
    assert states(look())[Part.LABELS] is State.UNFINISHED
    assert run(shlex.split(mends(look(), Part.LABELS)[0])[1:]) == 0
    assert states(look())[Part.LABELS] is State.CURRENT


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("runs/demo/run.json", Part.RUN),
        ("embeddings/demo/embeddings.json", Part.EMBEDDINGS),
        ("students/demo/student.json", Part.STUDENT),
        ("labels/demo/labels.json", Part.LABELS),
        ("indexes/demo/index.json", Part.INDEX),
    ],
)
def test_a_manifest_that_cannot_be_read_is_damaged_and_named(project: Path, file: str, part: Part) -> None:
    (project / file).write_text('{"version": ', "utf-8")
    report = look()
    assert states(report)[part] is State.DAMAGED
    assert file in words(report, part)


def test_a_truncated_shard_and_a_truncated_index_file(project: Path) -> None:
    shard = next((project / "embeddings/demo").glob("part-*.arrow"))
    os.truncate(shard, shard.stat().st_size - 8)
    assert "truncated" in words(look(), Part.EMBEDDINGS)
    data = next((project / "indexes/demo/data").glob("rows-*"))
    os.truncate(data, 10)
    assert f"{data.name} has 10 bytes" in words(look(), Part.INDEX)
    data.unlink()
    assert f"{data.name} is missing" in words(look(), Part.INDEX)


def test_what_was_begun_and_not_finished(project: Path) -> None:
    (project / "embeddings/demo/embeddings.json").unlink()
    (project / "indexes/i2/building-0123").mkdir(parents=True)
    report = look()
    assert states(report)[Part.EMBEDDINGS] is State.UNFINISHED
    assert [row.state for row in report.items if row.path == "indexes/i2"] == [State.UNFINISHED]


def test_a_golden_set_without_ratings(project: Path) -> None:
    folder = project / "golden/g1"
    assert run(["golden", "sample", "clips", "-a", "calming", "-n", "5", "--out", str(folder), "-q"]) == 0
    report = look()
    assert states(report)[Part.GOLDEN] is State.UNFINISHED
    assert mends(report, Part.GOLDEN) == ["vibekit golden label golden/g1"]


def test_what_was_put_aside_and_foreign_files_are_left_out(project: Path) -> None:
    shutil.copytree(project / "runs/demo", project / "runs/demo.before-20261121")
    (project / "site").mkdir()
    (project / "site/index.json").write_text("[]", "utf-8")
    assert set(states(look()).values()) == {State.CURRENT}
    assert len(look().items) == 6


def test_an_empty_folder_and_none(tmp_path: Path) -> None:
    assert status(StatusConfig(folder=tmp_path)).items == ()
    with pytest.raises(InputError, match="no such folder"):
        status(StatusConfig(folder=tmp_path / "none"))


def test_from_the_command_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--check"]) == 0
    assert "everything is current" in capsys.readouterr().out
    edit(project / "runs/demo/run.json", status="interrupted", argv=["vibekit", "annotate", "clips", "--out", "r"])
    assert run(["status"]) == 0
    said = capsys.readouterr().out
    assert "mend: vibekit annotate clips --out r" in said
    assert run(["status", "--check", "--json"]) == 7
    envelope = json.loads(capsys.readouterr().out)
    assert envelope["data"]["counts"]["unfinished"] == 1
    assert envelope["data"]["mend"] == ["vibekit annotate clips --out r"]
    assert run(["status", "nowhere"]) == 3


def test_a_command_that_was_typed_elsewhere_goes_there_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(project / "runs/demo/run.json", status="interrupted", argv=["vibekit", "annotate", "v", "--out", "runs/demo"])
    monkeypatch.chdir(project.parent)
    report = status(StatusConfig(folder=Path("project")))
    assert mends(report, Part.RUN) == ["cd project && vibekit annotate v --out runs/demo"]
