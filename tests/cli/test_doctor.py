from __future__ import annotations

import json
from pathlib import Path

import pytest

from vibekit.cli.main import run

KEY = "test-key-never-shown"


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_ready_without_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "warn  key" in said
    assert "to mend key: " in said
    assert said.endswith("ready\n")


def test_not_ready_is_4_and_an_envelope(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "vibekit.yaml").write_text("annotate:\n  frames: many\n", "utf-8")
    assert run(["doctor", "--json"]) == 4
    envelope = json.loads(capsys.readouterr().out)
    assert (envelope["command"], envelope["status"], envelope["exit_code"]) == ("doctor", "error", 4)
    assert envelope["data"]["ready"] is False
    assert any(error["message"].startswith("settings: vibekit.yaml:2") for error in envelope["errors"])
    assert all(error["hint"] for error in envelope["errors"])


def test_a_key_is_never_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert run(["doctor"]) == 0
    said = capsys.readouterr()
    assert "an API key is set" in said.out
    assert KEY not in said.out + said.err
