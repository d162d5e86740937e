from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from vibekit.cli.init import init


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(*args: str) -> str:
    app = typer.Typer()
    app.command()(init)
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_what_was_written_is_listed() -> None:
    lines = _run("p", "--attributes", "calming, energetic").splitlines()
    assert "wrote attributes/calming.yaml" in lines
    assert len(lines) == sum(path.is_file() for path in Path("p").rglob("*"))
    assert _run("p", "--attributes", "calming,energetic", "-q") == "nothing to write\n"


def test_what_was_kept_is_listed() -> None:
    Path("README.md").write_text("mine")
    found = json.loads(_run("--json", "-q"))
    assert found["data"]["kept"] == ["README.md"]
    assert "README.md" in found["errors"][0]["message"]
    assert "replaced README.md" in _run("--force")
