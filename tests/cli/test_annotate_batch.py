"""``vibekit annotate --batch`` as a process: flags, exit codes, the envelope, Ctrl-C, and kill -9 at any moment."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.batch_project import BatchProject
from support.gemini_server import GeminiServer

CLIPS = 12


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, small_clips: Path, server: GeminiServer) -> BatchProject:
    return BatchProject(tmp_path, small_clips / "calm.mp4", server, clips=CLIPS)


def test_left_looked_at_and_collected(project: BatchProject, server: GeminiServer) -> None:
    server.batches.polls = 1
    left = project.shell("--batch", "--no-wait", "--batch-requests", "5", "--json")
    assert left.returncode == 0, left.stderr
    assert (json.loads(left.stdout)["data"]["waiting"], json.loads(left.stdout)["status"]) == (CLIPS, "success")
    looked = project.shell("--batch", "--status", videos=False)
    assert looked.returncode == 0, looked.stderr
    assert looked.stdout.count("running") == 3
    assert f"{CLIPS} questions wait" in looked.stdout
    done = project.shell("--batch", "--json", videos=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["attributes"]["calming"]["statuses"] == {"ok": CLIPS}
    rows = json.loads(project.shell("--batch", "--status", "--json", videos=False).stdout)["data"]["jobs"]
    assert [(row["state"], row["requests"], row["answered"]) for row in rows] == [
        ("collected", 5, 5), ("collected", 5, 5), ("collected", 2, 2),
    ]  # fmt: skip
    assert project.wrong() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--status",), "--status goes with --batch"),
        (("--no-wait",), "--no-wait goes with --batch"),
        (("--batch", "--status", "--cancel"), "give one of them"),
        (("--batch", "--force"), "needs videos"),
        (("--batch", "--dry-run"), "needs videos"),
    ],
)
def test_options_that_do_not_go_together_are_2(project: BatchProject, words: tuple[str, ...], said: str) -> None:
    done = project.shell(*words, videos=False)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_batch_that_names_neither_videos_nor_a_run_is_2(project: BatchProject) -> None:
    command = [*project.command(videos=False)[:4], "--batch"]
    done = subprocess.run(command, cwd=project.folder, env=project.env(), capture_output=True, text=True, check=False)
    assert (done.returncode, "--out" in done.stderr) == (2, True)


def test_a_run_without_jobs_is_3_and_says_what_to_type(project: BatchProject) -> None:
    done = project.shell("--batch", "--status", videos=False)
    assert (done.returncode, "no such run" in done.stderr) == (3, True)


def test_what_cannot_be_asked_again_is_6_and_says_so(project: BatchProject, server: GeminiServer) -> None:
    server.batches.drop = 0.5
    assert project.shell("--batch", "--no-wait").returncode == 0
    done = project.shell("--batch", "--thinking", "high", videos=False)
    assert done.returncode == 6
    assert "the command with their videos asks again" in done.stderr


def test_ctrl_c_leaves_the_jobs_to_the_next_command(project: BatchProject, server: GeminiServer) -> None:
    server.batches.polls = 1000
    command = project.command("--batch", "--batch-requests", "5")
    with subprocess.Popen(command, cwd=project.folder, env=project.env(), stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: project.actions("get_batch") > 3)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the jobs go on" in stderr
    assert "Traceback" not in stderr
    for job in server.batches.jobs.values():
        job["left"] = 0
    assert project.shell("--batch").returncode == 0
    assert (len(server.batches.jobs), server.paid_twice, project.labelled()) == (3, 0, CLIPS)


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_and_nothing_paid_twice(
    project: BatchProject, server: GeminiServer
) -> None:
    chance = random.Random(7)
    server.batches.polls = 4
    words = ("--batch", "--batch-requests", "3", "--workers", "1")
    kills = 0
    while kills < 12:
        before = len(server.log)
        with subprocess.Popen(
            project.command(*words), cwd=project.folder, env=project.env(), stderr=subprocess.DEVNULL
        ) as process:
            wait_until(another(process, server, before + chance.randint(1, 5)))
            time.sleep(chance.random() * 0.1)
            if process.poll() is not None:
                break
            process.kill()
            kills += 1
    done = project.shell(*words)
    assert done.returncode == 0, done.stderr
    assert kills > 4
    assert server.paid_twice == 0
    assert sum(len(job["lines"]) for job in server.batches.jobs.values()) == CLIPS
    keys = [line["key"] for line in project.lines()]
    assert len(keys) == len(set(keys)) == CLIPS
    assert (project.wrong(), server.calls) == ([], [])
    assert json.loads((project.out / "run.json").read_text())["status"] == "complete"


def another(process: subprocess.Popen[bytes], server: GeminiServer, requests: int) -> Callable[[], bool]:
    return lambda: len(server.log) >= requests or process.poll() is not None


def wait_until(true: Callable[[], bool], *, timeout_s: float = 60.0) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("it never happened")
        time.sleep(0.01)
