"""``vibekit predict`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from support.student import space_of, vectors_of, write_small_embeddings, write_small_student
from vibekit.cli.main import run
from vibekit.cli.predict import RuntimeOption
from vibekit.student.runtimes import AUTO, RUNTIMES

COMMAND = ["predict", "s", "--embeddings", "e", "--out", "l"]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a student and embeddings of 60 videos."""
    monkeypatch.chdir(tmp_path)
    write_small_student(Path("s"), space_of())
    write_small_embeddings(Path("e"), space_of(), vectors_of(60), per_shard=40, failed=(5,))
    return tmp_path


def test_options_name_every_runtime() -> None:
    assert {option.value for option in RuntimeOption} == {AUTO, *RUNTIMES}


@pytest.mark.usefixtures("work")
def test_text_says_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--runtime", "onnx"]) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].split() == ["attribute", "label", "from", "videos", "share"]
    assert any(line.startswith("calming    true     0.420") for line in lines)
    assert any(line.startswith("60 videos, 1 without labels, by onnx") for line in lines)
    assert any(line.startswith("against numpy on 59 videos") for line in lines)
    assert "1 videos have no vector" in said.err
    assert "next: vibekit score l --golden GOLDEN" in said.err
    assert run([*COMMAND, "--runtime", "onnx", "-q"]) == 0
    assert "(2 of 2 parts were there already)" in capsys.readouterr().out


@pytest.mark.usefixtures("work")
def test_json_has_what_scripts_rely_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--json", "-q", "--threads", "1"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["labels"]["status"] == "complete"
    assert (data["labels"]["rows"], data["labels"]["without"], data["threads"]) == (60, 1, 1)
    assert [part["name"] for part in data["labels"]["parts"]] == ["part-00000.parquet", "part-00001.parquet"]
    assert set(data["labels"]["counts"]) == {"mood", "calming", "outdoors", "level"}


def test_vectors_that_are_not_finite_end_in_partial(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors = vectors_of(10)
    vectors[2, 2] = np.nan
    write_small_embeddings(work / "odd", space_of(), vectors, per_shard=10)
    assert run(["predict", "s", "-e", "odd", "-o", "l", "--json", "-q"]) == 6
    envelope = json.loads(capsys.readouterr().out)
    assert [error["code"] for error in envelope["errors"]] == ["warning", "not_finite"]


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--runtime", "onxn"], 2, "'torch'. Did you mean 'onnx'?"),
        (["--threads", "-1"], 2, "0 or more"),
        (["--ray-address", "auto"], 2, "add --engine ray"),
        (["--out", "s/student.json"], 3, "is a file, not a folder"),
        (["--embeddings", "s"], 3, "this is a student, not embeddings"),
    ],
)
def test_what_is_wrong_is_said(words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, *words]) == code
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("work")
def test_a_folder_that_is_no_student(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", "e", "-e", "e", "-o", "l"]) == 3
    assert "this is embeddings, not a student" in capsys.readouterr().err
