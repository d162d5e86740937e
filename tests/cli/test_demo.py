from __future__ import annotations

import json
from pathlib import Path

import pytest

from vibekit.cli.main import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a first demo was run."""
    made = tmp_path_factory.mktemp("demo")
    assert run(["demo", str(made), "--quiet"]) == 0
    return made


def test_the_table_and_what_comes_next(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", str(folder)]) == 0
    said = capsys.readouterr()
    lines = [line.split("  ") for line in said.out.splitlines() if ".mp4" in line]
    assert len(lines) == 16
    assert "14 of 14 labels are what the clips were made for." in said.out
    assert "not from understanding" in said.out
    assert f"{folder}/runs/demo/annotations.jsonl" in said.out
    assert "vibekit annotate YOUR-VIDEOS" in said.err


def test_quiet_leaves_only_the_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", str(folder), "-q"]) == 0
    assert capsys.readouterr().err == ""


def test_json_holds_the_same_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", str(folder), "--json"]) == 0
    envelope = json.loads(capsys.readouterr().out)
    assert envelope["status"] == "success"
    assert envelope["data"]["right"] == envelope["data"]["checked"] == 14
    row = envelope["data"]["rows"][0]
    assert (row["clip"], row["attribute"], row["label"]) == ("lake.mp4", "calming", True)


def test_a_folder_that_cannot_be_used_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(["demo", str(tmp_path / "file")]) == 3
    assert "hint: name another folder" in capsys.readouterr().err
