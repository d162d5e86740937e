"""The main job on real clips against a loopback Gemini: labels, resume, and ten kills at random moments.

Needs a folder of clips (``videos/`` with ``videos.csv``) and ``fake_gemini.py``, a server that speaks Gemini's wire
format and counts what it answered.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ATTRIBUTES = ("calming", "energetic")
KILLS = 10
VIBEKIT = str(Path(sys.executable).with_name("vibekit"))


def run(data: Path, server: Path, *, seed: int = 1) -> dict[str, Any]:
    """Run the job twice, then with kills; returns what came of it."""
    with tempfile.TemporaryDirectory() as folder, fake(server, Path(folder)) as url:
        labels = scripted_labels(data, seed)
        post(url, "/_config", {"labels": labels, "latency": {"kind": "lognormal", "median": 0.5, "sigma": 0.5}})
        return {
            "plain": plain(data, url, Path(folder) / "plain", labels),
            "killed": killed(data, url, Path(folder) / "killed", random.Random(seed)),
        }


def plain(data: Path, url: str, out: Path, labels: dict[str, dict[str, bool]]) -> dict[str, Any]:
    """Label everything, count wrong labels against the script, and run the same command again."""
    post(url, "/_reset", {})
    started = time.monotonic()
    first = subprocess.run(command(data, out), env=env(url), check=False, capture_output=True)
    seconds = time.monotonic() - started
    titles = {row["file"]: row["title"] for row in read_csv(data)}
    lines = read_lines(out)
    wrong = [x for x in lines if x["label"] is not labels[titles[Path(x["path"]).name]][x["attribute"]]]
    requests = stats(url)["requests"]
    again = subprocess.run(command(data, out), env=env(url), check=False, capture_output=True)
    return {
        "exit_codes": [first.returncode, again.returncode],
        "wall_s": round(seconds, 2),
        "files": len(titles),
        "lines": len(lines),
        "wrong_labels": len(wrong),
        "requests": requests,
        "requests_of_the_second_run": stats(url)["requests"] - requests,
    }


def killed(data: Path, url: str, out: Path, dice: random.Random) -> dict[str, Any]:
    """Kill the command ten times at random moments, let it finish, and compare what was answered twice."""
    post(url, "/_reset", {})
    in_flight = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            command(data, out), env=env(url), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0.8, 3.0))
            in_flight += stats(url)["in_flight"]
            process.send_signal(signal.SIGKILL)
    last = subprocess.run(command(data, out), env=env(url), check=False, capture_output=True)
    lines, counted = read_lines(out), stats(url)
    return {
        "exit_code": last.returncode,
        "lines": len(lines),
        "keys": len({x["key"] for x in lines}),
        "in_flight_at_kills": in_flight,
        "answered_twice": counted["duplicate_answers"],
    }


def command(data: Path, out: Path) -> list[str]:
    """Return the command line."""
    wanted = [word for name in ATTRIBUTES for word in ("-a", name)]
    return [
        VIBEKIT,
        "annotate",
        str(data / "videos"),
        *wanted,
        "--metadata",
        str(data / "videos.csv"),
        "--out",
        str(out),
    ]


def env(url: str) -> dict[str, str]:
    """Return an environment that points at the server."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GOOGLE_", "GEMINI_", "VIBEKIT_"))}
    return {**clean, "GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": "not-a-real-key"}


def scripted_labels(data: Path, seed: int) -> dict[str, dict[str, bool]]:
    """Draw a label for every title and attribute."""
    dice = random.Random(seed)
    return {row["title"]: {name: dice.random() < 0.5 for name in ATTRIBUTES} for row in read_csv(data)}


def read_csv(data: Path) -> list[dict[str, str]]:
    """Read the table of clips."""
    with (data / "videos.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_lines(out: Path) -> list[dict[str, Any]]:
    """Read the outcomes of a run."""
    return [json.loads(line) for line in (out / "annotations.jsonl").read_text("utf-8").splitlines()]


@contextmanager
def fake(server: Path, folder: Path) -> Iterator[str]:
    """Run the server on a free port of the loopback."""
    port_file = folder / "port"
    with subprocess.Popen(
        [sys.executable, str(server), "--port-file", str(port_file)], stdout=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(200):
                if port_file.exists():
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port_file.read_text()}"
        finally:
            process.terminate()


def post(url: str, path: str, body: dict[str, Any]) -> None:
    """Send a JSON body."""
    request = urllib.request.Request(
        url + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).close()


def stats(url: str) -> dict[str, Any]:
    """Ask the server what it counted."""
    with urllib.request.urlopen(f"{url}/_stats") as answer:
        counted: dict[str, Any] = json.load(answer)
    return counted
