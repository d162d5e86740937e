"""``kill -9`` at random moments: nothing that was written is lost, and nothing that was written is paid for again.

``VIBEKIT_TEST_KILLS=300`` kills more often than a hundred times in all; ``VIBEKIT_TEST_SEED`` draws other moments.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from support.gemini_server import GeminiServer
from support.questions import CALMING, a_video
from vibekit.stages.annotate.plan import Call

CLIPS, ATTRIBUTES = 40, ("calming", "energetic")
QUESTIONS = CLIPS * len(ATTRIBUTES)
CONCURRENCY = 4
KILLS = int(os.environ.get("VIBEKIT_TEST_KILLS", "100"))
SEED = int(os.environ.get("VIBEKIT_TEST_SEED", "1"))
KILLS_IN_A_ROUND = 13
LATENCY_S = 0.04
PHASES = ("start", "reading", "asking", "asking", "asking", "end")


@dataclass(frozen=True)
class Mode:
    """A way of asking.

    Attributes:
        name: Of the test.
        words: Added to the command.
        lost: Answers that a kill may lose at most: given, and not yet written.
        remembers: Another run about the same asks nothing.
        jobs: Answers are not lost with the command: they wait at the service, and nothing is paid for twice.
    """

    name: str
    words: tuple[str, ...]
    lost: int
    remembers: bool = False
    jobs: bool = False


MODES = (
    Mode("direct", ("--no-cache",), CONCURRENCY),
    Mode("direct with a cache", ("--cache",), CONCURRENCY, remembers=True),
    Mode("batch", ("--no-cache", "--batch", "--batch-requests", "9"), QUESTIONS, jobs=True),
)


@dataclass
class Round:
    """One run that is killed until it is complete, and what was seen of it.

    Attributes:
        folder: Holds clips and the run.
        server: Answers as scripted, and counts.
        mode: How it asks.
        dice: Draws the moments.
        seen: Question -> answers given to it when its line was first seen.
        lost: Answers that kills took along.
    """

    folder: Path
    server: GeminiServer
    mode: Mode
    dice: Random
    seen: dict[str, int] = field(default_factory=dict)
    lost: int = 0

    @property
    def out(self) -> Path:
        return self.folder / "run"

    def command(self) -> list[str]:
        wanted = [word for name in ATTRIBUTES for word in ("-a", name)]
        fixed = ("--metadata", "clips.csv", "--media", "video", "--out", "run", "--quiet", "--workers", "1")
        asked = ("--concurrency", str(CONCURRENCY), *self.mode.words)
        return [sys.executable, "-m", "vibekit", "annotate", "clips", *wanted, *fixed, *asked]

    def env(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("GOOGLE_", "GEMINI_", "VIBEKIT_"))}
        own = {"GOOGLE_GEMINI_BASE_URL": self.server.url, "VIBEKIT_CACHE_DIR": str(self.folder / "cache")}
        return {**clean, **own, "GEMINI_API_KEY": "not-a-real-key"}

    def killed(self) -> bool:
        """Start the command and kill it at a random moment; False when it ended before."""
        before, written = dict(self.server.paid), set(self.written())
        with subprocess.Popen(self.command(), cwd=self.folder, env=self.env(), stderr=subprocess.PIPE) as process:
            self.wait_for_the_moment(process)
            process.kill()
            assert process.stderr is not None
            said = process.stderr.read().decode()
        assert process.returncode in (-9, 0), said
        wait_until(lambda: self.server.in_flight == 0)
        self.check_what_is_kept(before, written)
        return process.returncode != 0

    def wait_for_the_moment(self, process: subprocess.Popen[bytes]) -> None:
        phase, paid, videos = self.dice.choice(PHASES), sum(self.server.paid.values()), changed(self.out)
        wanted = paid + self.dice.randint(1, 20)
        reached: dict[str, Callable[[], bool]] = {
            "start": lambda: True,
            "reading": lambda: changed(self.out) != videos,
            "asking": lambda: sum(self.server.paid.values()) >= wanted,
            "end": lambda: len(self.written()) >= QUESTIONS,
        }
        wait_until(lambda: reached[phase]() or process.poll() is not None)
        time.sleep(self.dice.uniform(0, 0.5 if phase == "start" else 0.1))

    def check_what_is_kept(self, before: dict[str, int], written: set[str]) -> None:
        """A kill loses no more answers than were in flight, and those that have a line are never asked for again."""
        now = set(self.written())
        assert now >= written
        for question in now:
            assert self.server.paid.get(question, 0) == self.seen.setdefault(
                question, self.server.paid.get(question, 0)
            )
        lost = [q for q, n in self.server.paid.items() if n > before.get(q, 0) and q not in now]
        assert len(lost) <= self.mode.lost
        self.lost += len(lost)

    def written(self) -> list[str]:
        """Return the questions that have a whole line, as the server names them."""
        path = self.out / "annotations.jsonl"
        whole = (
            [raw for raw in path.read_bytes().splitlines(keepends=True) if raw.endswith(b"\n")] if path.exists() else []
        )
        return [question_of(json.loads(raw)) for raw in whole]

    def check_the_end(self, titles: dict[str, str], script: dict[str, dict[str, bool]]) -> None:
        """Run to the end, and compare every line with the script and the bill with what was lost."""
        self.run_to_the_end()
        self.check_what_is_kept(dict(self.server.paid), set())
        lines = [json.loads(line) for line in (self.out / "annotations.jsonl").read_text("utf-8").splitlines()]
        assert len(lines) == len({line["key"] for line in lines}) == QUESTIONS
        for line in lines:
            assert line["status"] == "ok"
            assert line["label"] is script[titles[Path(line["path"]).name]][line["attribute"]]
        assert json.loads((self.out / "run.json").read_text("utf-8"))["status"] == "complete"
        assert pq.read_table(self.out / "annotations.parquet").num_rows == QUESTIONS
        assert self.server.paid_twice <= (0 if self.mode.jobs else self.lost)
        paid = sum(self.server.paid.values())
        self.run_to_the_end()
        if self.mode.remembers:
            self.run_to_the_end("--out", "another-run")
            other = (self.folder / "another-run" / "annotations.jsonl").read_text("utf-8").splitlines()
            told = ("key", "path", "label", "status")
            assert {tuple(json.loads(line)[name] for name in told) for line in other} == {
                tuple(line[name] for name in told) for line in lines
            }
        assert sum(self.server.paid.values()) == paid

    def run_to_the_end(self, *words: str) -> None:
        command = [*self.command(), *words]
        done = subprocess.run(command, cwd=self.folder, env=self.env(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def question_of(line: dict[str, Any]) -> str:
    """Name the question of a line as the server counts it: its id, and the sample."""
    name = line["attribute"]
    call = Call(video=a_video(), attributes=(replace(CALMING, name=name),), keys={name: line["key"]}, plan=None)
    return f"{call.question().request_id}/0"


def changed(out: Path) -> int:
    """Return when the list of files was written last; 0 while there is none."""
    try:
        return (out / "videos.jsonl").stat().st_mtime_ns
    except OSError:
        return 0


def wait_until(true: Callable[[], bool], *, timeout_s: float = 120.0) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("it never happened")
        time.sleep(0.005)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, small_clips: Path) -> Path:
    """A folder with ``clips/`` and their titles."""
    folder = tmp_path_factory.mktemp("kills")
    (folder / "clips").mkdir()
    source = (small_clips / "silent.mp4").read_bytes()
    rows = ["file,title"]
    for n in range(CLIPS):
        # bytes behind the last box are ignored by players, and make another video of it
        (folder / "clips" / f"c{n:02}.mp4").write_bytes(source + b"\x00\x00\x00\x0cfree" + bytes([n] * 4))
        rows.append(f"c{n:02}.mp4,Title number {n:02} of many")
    (folder / "clips.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return folder


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer(latency_s=LATENCY_S, rates={"malformed_json": 0.04}, keep_bodies=False) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_killed_at_any_moment_the_same_command_completes(
    mode: Mode, clips: Path, tmp_path: Path, server: GeminiServer
) -> None:
    dice = Random(f"{SEED} {mode.name}")
    titles = {f"c{n:02}.mp4": f"Title number {n:02} of many" for n in range(CLIPS)}
    script = {title: {name: dice.random() < 0.5 for name in ATTRIBUTES} for title in titles.values()}
    server.labels = {title: dict(labels) for title, labels in script.items()}
    kills = 0
    while kills < -(-KILLS // len(MODES)):
        server.paid.clear()
        folder = tmp_path / f"round{kills}"
        folder.mkdir()
        for name in ("clips", "clips.csv"):
            (folder / name).symlink_to(clips / name)
        one = Round(folder, server, mode, dice)
        for _ in range(KILLS_IN_A_ROUND):
            if len(one.written()) >= QUESTIONS or not one.killed():
                break
            kills += 1
        one.check_the_end(titles, script)
