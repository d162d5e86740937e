"""``vibekit annotate --annotator openai`` against a loopback server that speaks OpenAI's wire format."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.openai_server import OpenAIServer

KEY = "a-secret-key-of-the-user"
CLIPS = 4


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(logprobs="odd", sure=0.8, others={"true": ["false"], "false": ["true"]}) as running:
        yield running


class Project:
    """A folder with clips and metadata, and the command line in it."""

    def __init__(self, folder: Path, clips: Path, server: OpenAIServer) -> None:
        self.folder = folder
        self.server = server
        self.small_clips = clips
        (folder / "clips").mkdir()
        source = (clips / "calm.mp4").read_bytes()
        rows = ["file,title"]
        for n in range(CLIPS):
            # bytes behind the last box are ignored by players, and make another video of it
            (folder / "clips" / f"c{n}.mp4").write_bytes(source + b"\x00\x00\x00\x0cfree" + bytes([n] * 4))
            rows.append(f"c{n}.mp4,Title number {n} of many")
            server.labels[f"Title number {n} of many"] = {"calming": n % 2 == 0}
        (folder / "clips.csv").write_text("\n".join(rows) + "\n")
        (folder / "vibekit.yaml").write_text(
            f"annotate:\n  annotator: openai\n  base_url: {server.url}\n  frames: 3\n  frame_size: 64\n  workers: 1\n"
        )

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        prefixes = ("GOOGLE_", "GEMINI_", "VIBEKIT_", "OPENAI_")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(prefixes)}
        base = ["annotate", "clips", "-a", "calming", "--metadata", "clips.csv", "--out", "run", "--no-cache"]
        return subprocess.run(
            [sys.executable, "-m", "vibekit", *base, *words],
            cwd=self.folder,
            env={**clean, "OPENAI_API_KEY": KEY, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "run" / "annotations.jsonl").read_text().splitlines()]

    def run_json(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "run" / "run.json").read_text())
        return content


@pytest.fixture
def project(tmp_path: Path, small_clips: Path, server: OpenAIServer) -> Project:
    return Project(tmp_path, small_clips, server)


def test_the_main_job(project: Project, server: OpenAIServer) -> None:
    done = project.run("--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["attributes"]["calming"]["labels"] == {"false": 2, "true": 2}
    assert len(server.bodies) == CLIPS
    for line in project.lines():
        n = int(Path(line["path"]).stem[1:])
        assert line["label"] is (n % 2 == 0)
        assert line["probability"] == pytest.approx(0.8 if line["label"] else 0.2)
        assert (line["probability_source"], line["model"], line["cost_usd"]) == ("logprob", "tiny-vl", 0.0)
        assert line["media"] == "frames n=3 near=0.5 64px q85 -audio pyav"
        assert line["usage"]["cached"] == 500
    assert "without the sound" in done.stderr
    assert project.run_json()["settings"]["model"] == "tiny-vl"
    for path in (project.folder / "run").rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()
    again = project.run()
    assert again.returncode == 0
    assert len(server.bodies) == CLIPS


def test_another_address_is_another_question(project: Project, server: OpenAIServer) -> None:
    assert project.run("--limit", "1").returncode == 0
    with OpenAIServer(labels=server.labels) as other:
        assert project.run("--limit", "1", "--base-url", other.url).returncode == 0
        assert len(other.bodies) == 1


def test_faults_end_in_the_scripted_labels(project: Project, server: OpenAIServer) -> None:
    server.faults = ["500", "malformed_json", "reset", "wrong_echo", "429", "ok", "fenced", "503"]
    done = project.run("--max-attempts", "12")
    assert done.returncode == 0, done.stderr
    assert {line["path"]: line["label"] for line in project.lines()} == {
        f"clips/c{n}.mp4": n % 2 == 0 for n in range(CLIPS)
    }


def test_no_price_is_no_error_without_a_limit_on_money(project: Project, server: OpenAIServer) -> None:
    done = project.run("--dry-run")
    assert done.returncode == 0, done.stderr
    assert "no price is known" in done.stdout
    assert server.bodies == []
    limited = project.run("--max-cost", "1")
    assert limited.returncode == 3
    assert "--prices" in limited.stderr


@pytest.mark.parametrize("modality", ["text", "audio"])
def test_a_video_of_which_nothing_can_be_shown_is_not_asked_about(
    project: Project, server: OpenAIServer, modality: str
) -> None:
    (project.folder / "loud.yaml").write_text(
        "name: loud\nversion: 1\ntitle: Loud\nkind: binary\nquestion: Is it loud?\ndefinition: It is loud.\n"
        f"modalities: [{modality}]\n"
    )
    (project.folder / "clips.csv").write_text("file,title\nc0.mp4,Title number 0 of many\n")
    for n in range(1, CLIPS):
        silent = project.small_clips / "silent.mp4"
        (project.folder / "clips" / f"c{n}.mp4").write_bytes(
            silent.read_bytes() + b"\x00\x00\x00\x0cfree" + bytes([n] * 4)
        )
    done = project.run("-a", "./loud.yaml", "--audio")
    assert done.returncode == 6, done.stderr
    lines = {(line["path"], line["attribute"]): line for line in project.lines()}
    assert lines["clips/c0.mp4", "loud"]["status"] == "ok"
    for n in range(1, CLIPS):
        line = lines[f"clips/c{n}.mp4", "loud"]
        assert (line["status"], line["label"], line["attempts"]) == ("media_error", None, 0)
        assert "nothing to judge it by" in line["reason"]
    assert len(server.bodies) == CLIPS + 1


@pytest.mark.parametrize(
    ("change", "words", "code", "said"),
    [
        ({"models": ["a", "b"]}, (), 3, "give --model 'a'"),
        ({}, ("--model", "tiny-v"), 5, "did you mean 'tiny-vl'?"),
        ({"schema": False}, (), 5, "response_format"),
        ({"most_images": 1}, (), 5, "refuses the pictures"),
        ({"valid_keys": {"another"}}, (), 4, "export OPENAI_API_KEY"),
        ({}, ("--media", "video"), 3, "sends frames"),
        ({"models": []}, (), 5, "usually ends in /v1"),
        ({}, ("--base-url", "http://127.0.0.1:9/v1"), 5, "start the server"),
    ],
)
def test_what_is_wrong_for_every_video_stops_at_once(
    project: Project, server: OpenAIServer, change: dict[str, Any], words: tuple[str, ...], code: int, said: str
) -> None:
    for name, value in change.items():
        setattr(server, name, value)
    done = project.run("--concurrency", "1", *words)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert KEY not in done.stderr
    assert "Traceback" not in done.stderr
    assert len(server.bodies) < CLIPS
