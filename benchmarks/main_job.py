"""The main job on real clips against a loopback Gemini: labels, resume, and ten kills at random moments.

Needs a folder of clips (``videos/`` with ``videos.csv``) and ``fake_gemini.py``, a server that speaks Gemini's wire
format and counts what it answered.
"""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.loopback import Loopback, annotate, environment, read_lines, serving
from benchmarks.options import Options, Skipped

ATTRIBUTES = ("calming", "energetic")
KILLS = 10


def run(options: Options, *, seed: int = 1) -> dict[str, Any]:
    """Run the job twice, then with kills; returns what came of it."""
    data = options.data
    if not (data / "videos.csv").is_file():
        raise Skipped(f"no videos.csv in {data} (set VIBEKIT_BENCH_DATA to a folder of clips)")
    labels = scripted_labels(data, seed)
    latency = {"kind": "lognormal", "median": 0.5, "sigma": 0.5}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(options.server, Path(folder) / "server", labels=labels, latency=latency) as server,
    ):
        job = Job(data=data, server=server, env=environment(server.url, Path(folder)))
        return {
            "plain": plain(job, Path(folder) / "plain", labels),
            "killed": killed(job, Path(folder) / "killed", random.Random(seed)),
        }


def show(result: dict[str, Any]) -> None:
    """Print what came of it."""
    print(json.dumps(result, indent=2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The clips, the server, and the environment that points at it."""

    data: Path
    server: Loopback
    env: dict[str, str]

    def command(self, out: Path) -> list[str]:
        """Return the command line."""
        words = ("--metadata", str(self.data / "videos.csv"))
        return annotate(self.data / "videos", out, *words, attributes=ATTRIBUTES)


def plain(job: Job, out: Path, labels: dict[str, dict[str, bool]]) -> dict[str, Any]:
    """Label everything, count wrong labels against the script, and run the same command again."""
    job.server.reset()
    started = time.monotonic()
    first = subprocess.run(job.command(out), env=job.env, check=False, capture_output=True)
    seconds = time.monotonic() - started
    titles = {row["file"]: row["title"] for row in read_csv(job.data)}
    lines = read_lines(out)
    wrong = [x for x in lines if x["label"] is not labels[titles[Path(x["path"]).name]][x["attribute"]]]
    requests = job.server.stats()["requests"]
    again = subprocess.run(job.command(out), env=job.env, check=False, capture_output=True)
    return {
        "exit_codes": [first.returncode, again.returncode],
        "wall_s": round(seconds, 2),
        "files": len(titles),
        "lines": len(lines),
        "wrong_labels": len(wrong),
        "requests": requests,
        "requests_of_the_second_run": job.server.stats()["requests"] - requests,
    }


def killed(job: Job, out: Path, dice: random.Random) -> dict[str, Any]:
    """Kill the command ten times at random moments, let it finish, and compare what was answered twice."""
    job.server.reset()
    in_flight = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            job.command(out), env=job.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0.8, 6.0))
            in_flight += job.server.stats()["in_flight"]
            process.send_signal(signal.SIGKILL)
    last = subprocess.run(job.command(out), env=job.env, check=False, capture_output=True)
    lines, counted = read_lines(out), job.server.stats()
    return {
        "exit_code": last.returncode,
        "lines": len(lines),
        "keys": len({x["key"] for x in lines}),
        "in_flight_at_kills": in_flight,
        "answered_twice": counted["duplicate_answers"],
    }


def scripted_labels(data: Path, seed: int) -> dict[str, dict[str, bool]]:
    """Draw a label for every title and attribute."""
    dice = random.Random(seed)
    return {row["title"]: {name: dice.random() < 0.5 for name in ATTRIBUTES} for row in read_csv(data)}


def read_csv(data: Path) -> list[dict[str, str]]:
    """Read the table of clips."""
    with (data / "videos.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
