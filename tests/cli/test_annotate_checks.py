"""``vibekit annotate --repeat`` and ``--ablate`` against a loopback service: what is sent, said, paid and returned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.gemini_answers import message_text
from support.gemini_server import GeminiServer
from support.modal import write_copies
from vibekit.cli.main import run

CLIPS = 8


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


@pytest.fixture
def folder(
    tmp_path: Path,
    small_clips: Path,
    server: GeminiServer,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Path:
    """A folder with eight clips and titles, half of which the service calls calming, and this process in it."""
    names = [f"c{n}.mp4" for n in range(CLIPS)]
    write_copies(small_clips / getattr(request, "param", "calm.mp4"), tmp_path / "clips", names)
    rows = [f"{name},Words about {n} here" for n, name in enumerate(names)]
    (tmp_path / "clips.csv").write_text("\n".join(["file,title", *rows]) + "\n")
    server.labels = {f"Words about {n} here": {"calming": n % 2 == 0} for n in range(CLIPS)}
    monkeypatch.chdir(tmp_path)
    for name in ("GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "a-key")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
    return tmp_path


def vibekit(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["annotate", *words, "--json"])
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert said["exit_code"] == code
    return code, said


def first_run(capsys: pytest.CaptureFixture[str], *words: str) -> None:
    base = ("clips", "-a", "calming", "--metadata", "clips.csv", "--out", "run", "--frames", "2", "--workers", "1")
    assert vibekit(capsys, *base, *words)[0] == 0


def test_a_repetition_sends_the_same_questions_past_the_cache(
    folder: Path, server: GeminiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    first_run(capsys, "--temperature", "0.5")
    before = {json.dumps(body, sort_keys=True) for body in server.bodies}
    (folder / "clips.csv").unlink()
    code, said = vibekit(capsys, "--repeat", "run", "--out", "again", "--workers", "1")
    assert code == 0
    assert {json.dumps(body, sort_keys=True) for body in server.bodies[CLIPS:]} == before
    assert len(server.calls) == 2 * CLIPS
    found = said["data"]["attributes"]["calming"]
    assert (found["agreement"]["labels"]["k"], found["asked_otherwise"], found["differences"]) == (CLIPS, 0, [])
    assert json.loads((folder / "again" / "repeat.json").read_text())["attributes"]["calming"] == found
    assert vibekit(capsys, "--repeat", "run", "--out", "again", "--workers", "1")[1]["data"]["total"]["requests"] == 0


def test_the_runs_own_copy_of_a_prompt_is_used(
    folder: Path, server: GeminiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "project", "--quiet"]) == 0
    mine = folder / "mine.md"
    mine.write_text(
        (folder / "project" / "prompts" / "judge.md").read_text().replace("# System\n", "# System\nBe kind.\n")
    )
    first_run(capsys, "--prompt", "mine.md")
    assert "Be kind." in json.dumps(server.bodies[0])
    mine.write_text("gone")
    _, said = vibekit(capsys, "--repeat", "run", "--workers", "1")
    assert said["data"]["attributes"]["calming"]["differences"] == []
    assert "Be kind." in json.dumps(server.bodies[-1])


def test_flips_are_shown_to_people(
    folder: Path,  # noqa: ARG001
    server: GeminiServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first_run(capsys)
    server.labels["Words about 1 here"] = {"calming": {"label": True, "rationale": "now\x1b[31m it soothes"}}
    capsys.readouterr()
    assert run(["annotate", "--repeat", "run", "--workers", "1", "-q"]) == 0
    out = capsys.readouterr().out
    assert "calming: 87.5 % (7 of 8, 95 % interval 52.9-97.8 %) of the labels are the same" in out
    assert "  false -> true  clips/c1.mp4" in out
    assert "    now:    now\\x1b[31m it soothes" in out
    assert "\x1b" not in out


def test_failed_answers_are_counted_and_exit_with_6(
    folder: Path,  # noqa: ARG001
    server: GeminiServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first_run(capsys)
    server.faults = ["safety"]
    code, said = vibekit(capsys, "--repeat", "run", "--workers", "1", "--concurrency", "1")
    assert code == 6
    assert said["data"]["attributes"]["calming"]["agreement"]["outcomes"] == {"ok -> blocked": 1, "ok -> ok": 7}
    assert [e["code"] for e in said["errors"]] == ["blocked"]


@pytest.mark.parametrize("folder", ["silent.mp4"], indirect=True)
def test_an_ablation_shows_that_the_label_comes_from_the_words(
    folder: Path, server: GeminiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ("clips", "-a", "calming", "--metadata", "clips.csv", "--frames", "2", "--workers", "1", "--ablate")
    code, plan = vibekit(capsys, *base, "text,frames", "--dry-run")
    assert (code, plan["data"]["total"]["calls"]) == (0, 3 * CLIPS)
    assert not server.calls
    code, said = vibekit(capsys, *base, "text,frames")
    assert code == 0
    texts = [message_text(body) for body in server.bodies]
    pictures = [json.dumps(body).count("inlineData") for body in server.bodies]
    assert len(texts) == 3 * CLIPS
    assert sum("Words about" in text for text in texts) == 2 * CLIPS
    assert sum(n == 0 for n in pictures) == CLIPS
    assert all("Words about" in text for text, n in zip(texts, pictures, strict=True) if n == 0)
    found = said["data"]["attributes"]["calming"]
    assert found["source"]["words_suffice"]
    assert {c: r["kept"]["k"] for c, r in found["conditions"].items()} == {
        "without-text": 4,
        "only-text": 8,
        "without-frames": 8,
        "only-frames": 4,
    }
    assert {Path(e["path"]).name for e in found["examples"]} == {"c1.mp4", "c3.mp4", "c5.mp4", "c7.mp4"}
    assert (folder / "runs" / "clips-ablation" / "ablation.json").exists()
    capsys.readouterr()
    assert run(["annotate", *base, "text,frames", "-q"]) == 0
    out = capsys.readouterr().out
    assert "calming: the label comes from the words" in out
    assert "WARNING: the label can be had from the words about the video alone" in out
    assert "only-text" in out
    assert len(server.calls) == 3 * CLIPS


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing argument 'VIDEOS...'."),
        (("-a", "calming"), "Missing argument 'VIDEOS...'."),
        (("clips", "-a", "calming", "--ablate", " , "), "--ablate names nothing to withhold"),
        (("clips", "-a", "calming", "--share", "0.5"), "--share goes with --repeat and --ablate"),
        (("clips", "--ablate", "text", "--repeat", "run"), "--repeat and --ablate are two checks"),
        (("--repeat", "run", "--batch"), "--repeat and --ablate ask directly"),
        (("--ablate", "text"), "Missing argument 'VIDEOS...'."),
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, envelope = vibekit(capsys, *words)
    assert code == 2
    assert envelope["errors"][0]["message"] == said
    assert envelope["errors"][0]["code"] == "usage"


def test_a_run_that_is_not_there_says_what_to_type(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "runs").mkdir()
    (folder / "runs" / "clips").mkdir()
    code, said = vibekit(capsys, "--repeat", "runs/clip")
    assert code == 3
    assert said["errors"][0]["hint"] == "did you mean 'clips'?"
