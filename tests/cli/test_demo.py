from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vibekit.cli.main import run


@pytest.fixture(scope="module")
def folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of where a first demo was run."""
    return Path(shutil.copytree(demo_folder, tmp_path_factory.mktemp("cli") / "demo"))


@pytest.mark.slow
def test_the_stages_the_searches_and_what_comes_next(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", str(folder)]) == 0
    said = capsys.readouterr()
    assert [line.split()[1] for line in said.out.splitlines()[:8]] == [
        "define", "annotate", "score", "embed", "distill", "predict", "index", "search",
    ]  # fmt: skip
    assert "nearest to dance.mp4, calming:" in said.out
    assert "from understanding" in said.out
    assert f"{folder}/index.html" in said.out
    assert "vibekit annotate YOUR-VIDEOS" in said.err
    assert f"vibekit status {folder}" in said.err


@pytest.mark.slow
def test_quiet_leaves_only_the_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", str(folder), "-q"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_json_holds_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", str(folder), "--json"]) == 0
    envelope = json.loads(capsys.readouterr().out)
    assert envelope["status"] == "success"
    assert len(envelope["data"]["stages"]) == 8
    assert envelope["data"]["page"] == f"{folder}/index.html"
    assert envelope["data"]["searches"][1]["restrict"] == "calming"


def test_a_folder_that_cannot_be_used_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(["demo", str(tmp_path / "file")]) == 3
    assert "hint: name another folder" in capsys.readouterr().err
