"""``doctor`` finds out what an OpenAI-compatible server can do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from support.openai_server import OpenAIServer
from vibekit.cli.main import run
from vibekit.stages.annotate.options import AnnotateOptions
from vibekit.stages.checks import Check, Level
from vibekit.stages.doctor_server import server_checks

KEY = "test-key-never-shown"


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(logprobs="odd") as running:
        yield running


def checks(server: OpenAIServer, *, ask: bool = True, **options: Any) -> dict[str, Check]:  # noqa: ANN401
    return {c.name: c for c in server_checks(AnnotateOptions(base_url=server.url, **options), ask=ask)}


def test_a_server_that_can_do_everything(server: OpenAIServer) -> None:
    found = checks(server, audio=True)
    assert [(c.name, c.level) for c in found.values() if c.level is not Level.OK] == []
    assert list(found) == [
        "address", "key", "model", "picture", "two pictures", "16 frames", "JSON", "probabilities", "sound",
    ]  # fmt: skip
    assert "tiny-vl" in found["model"].found
    assert len(server.bodies) == 6
    pictures = [part for part in server.bodies[2]["messages"][0]["content"] if part["type"] == "image_url"]
    assert len(pictures) == 16


@pytest.mark.parametrize(
    ("change", "name", "level", "said"),
    [
        ({"blind": True}, "two pictures", Level.WARN, "the model says: green"),
        ({"most_images": 4}, "16 frames", Level.FAIL, "At most 4 image"),
        ({"schema": False}, "JSON", Level.FAIL, "response_format"),
        ({"logprobs": "refused"}, "probabilities", Level.WARN, "logprobs"),
        ({"logprobs": "ignored"}, "probabilities", Level.OK, "those that the model states are kept"),
        ({"always": "length"}, "picture", Level.WARN, "thinks for long"),
        ({"always": "500"}, "picture", Level.FAIL, "500"),
        ({"always": "tool_calls"}, "picture", Level.FAIL, "without a word"),
        ({"always": "prose_of_the_blind"}, "picture", Level.WARN, "the model says: I cannot see"),
        ({"models": ["a", "b"]}, "model", Level.FAIL, "a, b"),
        ({"valid_keys": {"x"}}, "model", Level.FAIL, "refuses the key"),
    ],
)
def test_what_a_server_lacks_is_told(
    server: OpenAIServer, change: dict[str, Any], name: str, level: Level, said: str
) -> None:
    for field, value in change.items():
        setattr(server, field, value)
    found = checks(server)
    assert found[name].level is level
    assert said in found[name].found
    assert all(c.mend for c in found.values() if c.level is not Level.OK)


def test_without_asking_only_what_is_set_is_looked_at(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    found = checks(server, ask=False)
    assert list(found) == ["address", "key"]
    assert server.log == []
    assert KEY not in json.dumps([asdict(c) for c in found.values()])


def test_a_key_on_an_open_road_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    found = {c.name: c for c in server_checks(AnnotateOptions(base_url="http://gpu.example:8000/v1"), ask=False)}
    assert found["key"].level is Level.WARN
    assert "tunnel" in found["key"].mend


def test_the_command_asks_the_users_own_server(server: OpenAIServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--annotator", "openai", "--base-url", server.url]) == 0
    said = capsys.readouterr().out
    assert "ok    probabilities" in said or "ok  probabilities" in said
    assert len(server.bodies) == 5
    assert run(["doctor", "--annotator", "openai", "--base-url", "http://127.0.0.1:9/v1", "--json"]) == 4
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert any("start the server" in error["hint"] for error in errors)


def test_settings_of_the_file_are_taken(
    server: OpenAIServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "vibekit.yaml").write_text(f"annotate:\n  annotator: openai\n  base_url: {server.url}\n", "utf-8")
    assert run(["doctor"]) == 0
    assert server.log == []
    assert "the only one of the server" in capsys.readouterr().out
    assert run(["doctor", "--online"]) == 0
    assert len(server.bodies) == 5
