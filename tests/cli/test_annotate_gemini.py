"""``vibekit annotate`` against a loopback server that speaks Gemini's wire format: labels, faults, keys, money."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.gemini_server import GeminiServer

KEY = "a-secret-key-of-the-user"
CLIPS = 6


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


class Project:
    """A folder with clips and metadata, and the command line in it."""

    def __init__(self, folder: Path, clips: Path, server: GeminiServer) -> None:
        self.folder = folder
        self.server = server
        self.titles: dict[str, str] = {}
        (folder / "clips").mkdir()
        source = (clips / "calm.mp4").read_bytes()
        rows = ["file,title,secret_label"]
        for n in range(CLIPS):
            # bytes behind the last box are ignored by players, and make another video of it
            (folder / "clips" / f"c{n}.mp4").write_bytes(source + b"\x00\x00\x00\x0cfree" + bytes([n] * 4))
            self.titles[f"c{n}.mp4"] = f"Title number {n} of many"
            rows.append(f"c{n}.mp4,{self.titles[f'c{n}.mp4']},LEAKED-{n}")
        (folder / "clips.csv").write_text("\n".join(rows) + "\n")
        self.script = {t: {"calming": n % 2 == 0} for n, t in enumerate(self.titles.values())}
        server.labels = {title: dict(labels) for title, labels in self.script.items()}

    def command(self, *words: str) -> list[str]:
        base = ["annotate", "clips", "-a", "calming", "--metadata", "clips.csv", "--out", "run", "--workers", "1"]
        return [sys.executable, "-m", "vibekit", *base, *words]

    def env(self, **more: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("GOOGLE_", "GEMINI_", "VIBEKIT_"))}
        clean["VIBEKIT_CACHE_DIR"] = os.environ["VIBEKIT_CACHE_DIR"]
        return {**clean, "GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": self.server.url, **more}

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.env(**env),
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

    def check_labels(self) -> None:
        for line in self.lines():
            if line["label"] is not None:
                assert line["label"] == self.script[self.titles[Path(line["path"]).name]]["calming"]


@pytest.fixture
def project(tmp_path: Path, small_clips: Path, server: GeminiServer) -> Project:
    return Project(tmp_path, small_clips, server)


def test_the_main_job(project: Project, server: GeminiServer) -> None:
    done = project.run("--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["data"]["attributes"]["calming"]["labels"] == {"false": 3, "true": 3}
    assert said["data"]["spent_usd"] > 0
    project.check_labels()
    assert len(server.calls) == CLIPS
    first = project.lines()[0]
    assert first["probability_source"] == "verbal"
    assert first["rationale"]
    assert first["model"] == "gemini-3.8-flash"
    assert first["cost_usd"] > 0
    again = project.run()
    assert again.returncode == 0
    assert len(server.calls) == CLIPS


def test_no_other_column_and_no_file_name_leaves_the_machine(project: Project, server: GeminiServer) -> None:
    assert project.run().returncode == 0
    sent = json.dumps(server.bodies)
    assert "Title number 3 of many" in sent
    assert "LEAKED" not in sent
    assert "secret_label" not in sent
    assert "c3.mp4" not in sent


def test_the_key_is_nowhere(project: Project) -> None:
    done = project.run("-a", "energetic", "--limit", "2")
    for path in (project.folder / "run").rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes()
    assert KEY not in done.stdout + done.stderr


def test_a_missing_key_is_4_and_says_what_to_type(project: Project) -> None:
    done = project.run(GEMINI_API_KEY="")
    assert done.returncode == 4
    assert "GEMINI_API_KEY" in done.stderr
    assert not (project.folder / "run").exists()


def test_a_wrong_key_is_4_and_not_shown(project: Project, server: GeminiServer) -> None:
    server.valid_keys = {"another-key"}
    done = project.run()
    assert done.returncode == 4
    assert KEY not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert project.run_json()["status"] == "interrupted"
    server.valid_keys = set()
    assert project.run().returncode == 0


def test_an_unknown_model_is_5(project: Project, server: GeminiServer) -> None:
    server.rates = {"404": 1.0}
    done = project.run("--model", "gemini-0-nonsense")
    assert done.returncode == 5
    assert "gemini-0-nonsense" in done.stderr


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("safety", "blocked"),
        ("block_prompt", "blocked"),
        ("empty", "empty"),
        ("no_parts", "empty"),
        ("thought_only", "empty"),
        ("malformed_json", "invalid"),
        ("fenced", "invalid"),
        ("max_tokens", "invalid"),
        ("wrong_types", "invalid"),
        ("missing_key", "invalid"),
        ("wrong_echo", "invalid"),
    ],
)
def test_no_bad_answer_is_ever_a_label(project: Project, server: GeminiServer, fault: str, status: str) -> None:
    server.rates = {fault: 1.0}
    done = project.run("--limit", "2", "--json")
    assert done.returncode == 6
    assert {(line["status"], line["label"]) for line in project.lines()} == {(status, None)}
    assert {e["code"] for e in json.loads(done.stdout)["errors"]} == {status}


def test_mixed_faults_end_in_the_scripted_labels(project: Project, server: GeminiServer) -> None:
    kinds = ("429", "500", "503", "reset", "malformed_json", "wrong_echo", "empty")
    server.rates = dict.fromkeys(kinds, 0.05)
    done = project.run("-a", "calming", "--max-attempts", "12")
    assert done.returncode == 0, done.stderr
    project.check_labels()
    assert {line["label"] for line in project.lines()} == {True, False}


def test_failed_rows_are_asked_again_and_answered_ones_are_not(project: Project, server: GeminiServer) -> None:
    server.faults = ["400", "ok", "ok", "ok", "ok", "ok"]
    assert project.run("--concurrency", "1").returncode == 6
    before = len(server.calls)
    assert project.run().returncode == 0
    assert len(server.calls) == before + 1


def test_a_blocked_video_is_not_paid_for_again(project: Project, server: GeminiServer) -> None:
    server.rates = {"safety": 1.0}
    assert project.run("--limit", "1").returncode == 6
    before = len(server.calls)
    assert project.run("--limit", "1").returncode == 6
    assert len(server.calls) == before


def test_max_cost_stops_before_it_is_passed(project: Project, server: GeminiServer) -> None:
    one = json.loads(project.run("--limit", "1", "--json", "--out", "probe").stdout)["data"]["spent_usd"]
    expected = json.loads(project.run("--dry-run", "--json").stdout)["data"]["estimate_usd"] / CLIPS
    limit = expected + 2.5 * one
    done = project.run("--max-cost", str(limit), "--json", "--concurrency", "1")
    assert done.returncode == 6
    data = json.loads(done.stdout)["data"]
    assert data["stopped"] == "max-cost"
    assert 0 < data["spent_usd"] <= limit
    assert 0 < len(project.lines()) < CLIPS
    assert project.run().returncode == 0
    assert len({line["key"] for line in project.lines()}) == CLIPS
    # the answer of the probe is known from there
    assert len(server.calls) == CLIPS


def test_a_dry_run_needs_no_key_and_asks_nothing(project: Project, server: GeminiServer) -> None:
    done = project.run("--dry-run", "--json", GEMINI_API_KEY="")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)["data"]
    assert data["calls"] == CLIPS
    assert data["estimate_usd"] > 0
    assert data["tokens"]["prompt"] > 0
    assert server.log == []
    assert not (project.folder / "run").exists()


def test_several_attributes_in_one_call_share_the_video(project: Project, server: GeminiServer) -> None:
    done = project.run("-a", "energetic", "--attributes-per-call", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert len(server.calls) == CLIPS
    assert len(project.lines()) == 2 * CLIPS
    project.server.labels = {}


def test_samples_vote(project: Project, server: GeminiServer) -> None:
    done = project.run("--samples", "3", "--limit", "2")
    assert done.returncode == 0, done.stderr
    assert len(server.calls) == 6
    assert {line["probability_source"] for line in project.lines()} == {"votes"}
    project.check_labels()


def test_ctrl_c_drains_and_keeps_and_the_same_command_completes(project: Project, server: GeminiServer) -> None:
    server.latency_s = 1.5
    with subprocess.Popen(
        project.command("--concurrency", "2"), cwd=project.folder, env=project.env(), stderr=subprocess.PIPE, text=True
    ) as process:
        wait_until(lambda: server.in_flight >= 2)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 130
    assert "Traceback" not in stderr
    kept = len(project.lines())
    assert kept == len(server.calls) >= 2
    assert project.run_json()["status"] == "interrupted"
    server.latency_s = 0.0
    assert project.run().returncode == 0
    assert len(server.calls) == CLIPS
    assert server.answered_twice == 0


def test_the_second_process_is_told_who_holds_the_run(project: Project, server: GeminiServer) -> None:
    server.latency_s = 3.0
    with subprocess.Popen(project.command(), cwd=project.folder, env=project.env(), stderr=subprocess.DEVNULL) as first:
        wait_until(lambda: server.in_flight >= 1)
        second = project.run()
        assert second.returncode == 3
        assert f"process {first.pid}" in second.stderr
        server.latency_s = 0.0
        assert first.wait(timeout=60) == 0


@pytest.mark.slow
def test_killed_at_any_moment_the_same_command_completes_and_pays_for_little_twice(
    project: Project, server: GeminiServer
) -> None:
    server.latency_s = 0.15
    in_flight = 0
    for kill in range(6):
        with subprocess.Popen(
            project.command("--concurrency", "2"), cwd=project.folder, env=project.env(), stderr=subprocess.DEVNULL
        ) as process:
            before = len(server.calls)
            # a little later each time: while reading files, while asking, while writing
            wait_until(lambda n=before, k=kill: len(server.calls) >= n + k % 3 or process.poll() is not None)
            time.sleep(0.05 * kill)
            process.kill()
            in_flight += server.in_flight
    server.latency_s = 0.0
    done = project.run()
    assert done.returncode == 0, done.stderr
    keys = [line["key"] for line in project.lines()]
    assert len(keys) == len(set(keys)) == CLIPS
    assert project.run_json()["status"] == "complete"
    project.check_labels()
    assert server.answered_twice <= in_flight + 6 * 2


def test_what_another_run_has_paid_for_is_in_no_estimate(project: Project, server: GeminiServer) -> None:
    first = json.loads(project.run("--json").stdout)["data"]
    said = json.loads(project.run("--json", "--dry-run", "--out", "other").stdout)["data"]
    assert (said["calls"], said["from_cache"], said["estimate_usd"]) == (0, CLIPS, 0.0)
    again = json.loads(project.run("--json", "--out", "other").stdout)["data"]
    assert (again["requests"], again["from_cache"], again["spent_usd"]) == (0, CLIPS, 0.0)
    assert again["attributes"] == first["attributes"]
    anew = json.loads(project.run("--json", "--dry-run", "--out", "third", "--no-cache").stdout)["data"]
    assert (anew["calls"], anew["from_cache"]) == (CLIPS, 0)
    assert len(server.calls) == CLIPS


def wait_until(true: Any, *, timeout_s: float = 60.0) -> None:  # noqa: ANN401 - a condition
    end = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("it never happened")
        time.sleep(0.02)
