"""``golden label`` as a stage and as a command: finds files, holds its lock, loses nothing when it is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from shutil import copyfile

import pytest

from support.labelling import Client, events, served, write_clips, write_set
from vibekit.cli.main import run
from vibekit.core.golden import Role, Split
from vibekit.errors import InputError, UsageError, VibekitError
from vibekit.stages.golden.label import LabelConfig


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_clips(tmp_path_factory.mktemp("clips"), 3, seconds=0.3)


@pytest.fixture
def golden(tmp_path: Path, clips: list[Path]) -> Path:
    return write_set(tmp_path / "golden" / "g", clips)


def refused(**options: object) -> VibekitError:
    with pytest.raises(VibekitError) as caught, served(LabelConfig(**options)):  # type: ignore[arg-type]
        pytest.fail("it was served")
    return caught.value


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"raters": ("Anna",)}, "rater 'Anna'"),
        ({"raters": ("a/b",)}, "rater 'a/b'"),
        ({"raters": ("anna", "anna")}, "comes twice"),
        ({"repeats": 0.9}, "--repeats 0.9"),
        ({"repeats": float("nan")}, "--repeats nan"),
        ({"min_watched": 1.5}, "--min-watched 1.5"),
        ({"min_watched": -0.1}, "--min-watched"),
    ],
)
def test_options_that_make_no_sense(golden: Path, options: dict[str, object], said: str) -> None:
    error = refused(path=golden, **options)
    assert isinstance(error, UsageError)
    assert said in error.message


def test_inputs_that_cannot_be_rated(tmp_path: Path, golden: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("video,attribute,label\na.mp4,calming,true\n")
    cases = [
        refused(path=tmp_path / "nothing"),
        refused(path=tmp_path),
        refused(path=table),
        refused(path=golden, attributes=("calmin",)),
        refused(path=golden, split=Split.TUNE),
        refused(path=golden, round=7),
        refused(path=golden, queue=(("nowhere", "calming"),)),
        refused(path=golden, videos=(tmp_path / "nowhere",)),
    ]
    assert [type(error) for error in cases] == [InputError] * len(cases)
    assert "vibekit golden import" in cases[2].hint
    assert "did you mean 'calming'?" in cases[3].hint
    assert not any((folder / "ratings.jsonl").exists() for folder in (tmp_path, tmp_path / "nothing"))


def test_a_changed_definition_is_not_rated_further(golden: Path) -> None:
    path = golden / "attributes" / "calming.yaml"
    path.write_text(path.read_text("utf-8").replace("wind down?", "fall asleep?"), "utf-8")
    error = refused(path=golden)
    assert "changed since the set was made" in error.message
    path.unlink()
    assert "no definition of 'calming'" in refused(path=golden).message


def test_files_that_moved_are_found_by_content_the_missing_ones_are_named(tmp_path: Path, clips: list[Path]) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    (new / "deep").mkdir(parents=True)
    for n, clip in enumerate(clips):
        copyfile(clip, old / f"{n}.mp4")
    golden = write_set(tmp_path / "golden" / "g", sorted(old.iterdir()))
    (old / "0.mp4").rename(new / "deep" / "renamed.mp4")
    (old / "1.mp4").rename(new / "another.mp4")
    (old / "2.mp4").unlink()
    copyfile(new / "another.mp4", new / "2.mp4")
    error = refused(path=golden)
    assert "none of its 3 videos is there" in error.message
    assert "--videos DIR" in error.hint
    with served(LabelConfig(path=golden, videos=(new,), raters=("anna",))) as server:
        client = server.client()
        assert client.get("/api/progress").json["progress"]["total"] == 2
        while task := client.next():
            assert client.get(task["media"]).status == 200
            client.rate(task, True)
    assert "1 of 3 videos are not there" in server.said[0]
    assert server.report is not None
    assert server.report.missing == (str(old / "2.mp4"),)


def test_one_page_for_a_set_at_a_time(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        error = refused(path=golden)
        assert f"page http://127.0.0.1:{server.port}" in error.message
        assert str(os.getpid()) in error.message
        taken = refused(path=golden, port=server.port)
        assert isinstance(taken, UsageError)
    with served(LabelConfig(path=golden)):
        pass


def test_an_expert_does_not_rule_under_a_raters_name(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        client = server.client()
        client.rate(client.next(), True)
    assert "take another name" in refused(path=golden, raters=("anna",), role=Role.EXPERT).message
    with served(LabelConfig(path=golden, role=Role.EXPERT)) as server:
        assert server.client().post("/api/name", {"name": "anna"}).json["code"] == "other_role"


@pytest.mark.parametrize("words", [["--by", "day"], ["--split", "train"], ["--port", "70000"], ["--raters", "A B"]])
def test_the_command_refuses_what_makes_no_sense(
    golden: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["golden", "label", str(golden), *words]) == 2
    assert words[0].removeprefix("--").rstrip("s") in capsys.readouterr().err


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(golden: Path) -> None:
    command = [sys.executable, "-m", "vibekit", "golden", "label", str(golden), "--raters", "anna,ben", "--json"]

    def started() -> tuple[subprocess.Popen[str], list[str]]:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first["status"] == "serving"
        return process, [link["url"] for link in first["data"]["links"]]

    def client(url: str) -> Client:
        found = Client(int(url.split(":")[2].split("/")[0]))
        found.join(url)
        return found

    process, urls = started()
    with process:
        anna, ben = client(urls[0]), client(urls[1])
        for rater, value in ((anna, True), (ben, False), (anna, True)):
            assert rater.rate(rater.next(), value).status == 200
        process.kill()
    assert [(e.rater, e.value) for e in events(golden)] == [("anna", True), ("ben", False), ("anna", True)]
    with (golden / "ratings.jsonl").open("ab") as log:
        log.write(b'{"rater":"anna","vid')
    process, urls = started()
    with process:
        anna = client(urls[0])
        assert anna.get("/api/progress").json["progress"]["done"] == 2
        assert anna.rate(anna.next(), False).status == 200
        assert anna.next() is None
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    envelope = json.loads(said)
    assert (envelope["command"], envelope["status"], envelope["exit_code"]) == ("golden label", "success", 0)
    assert [(r["rater"], r["answered"], r["new"], r["left"]) for r in envelope["data"]["raters"]] == [
        ("anna", 3, 1, 0),
        ("ben", 1, 0, 2),
    ]
    assert len(events(golden)) == 4
