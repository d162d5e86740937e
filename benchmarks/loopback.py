"""The loopback server that stands in for Gemini: run as a process of its own, set up, asked what it saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.process import cpu_of

VIBEKIT = str(Path(sys.executable).with_name("vibekit"))
LATENCY: dict[str, Any] = {"kind": "lognormal", "median": 1.5, "sigma": 0.5}
_START_S = 30.0


@dataclass(frozen=True, slots=True)
class Loopback:
    """A running server; its log begins with it.

    Attributes:
        url: Its address.
        log: One JSON object per request.
        pid: The process, which was started here.
    """

    url: str
    log: Path
    pid: int

    def requests(self) -> list[dict[str, Any]]:
        """Return the log of generateContent, in order of arrival; ``t`` and ``ms`` say when and how long."""
        rows = [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]
        return sorted((row for row in rows if row.get("action") == "generateContent"), key=lambda row: row["t"])

    def configure(self, **settings: Any) -> None:  # noqa: ANN401 - JSON values
        """Change settings while it runs."""
        self._post("/_config", settings)

    def reset(self) -> None:
        """Forget what was counted."""
        self._post("/_reset", {})

    def stats(self) -> dict[str, Any]:
        """Return what it counted."""
        with urllib.request.urlopen(f"{self.url}/_stats") as answer:
            counted: dict[str, Any] = json.load(answer)
        return counted

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used so far."""
        return cpu_of(self.pid) or 0.0

    def _post(self, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request).close()


@contextmanager
def serving(script: Path, folder: Path, **settings: Any) -> Iterator[Loopback]:  # noqa: ANN401 - JSON values
    """Run the server on a free port until the block ends.

    Args:
        script: ``fake_gemini.py``.
        folder: Where its log and port go; made when missing.
        settings: Any of its settings, such as ``latency`` or ``rpm``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, log, config = folder / "port", folder / "requests.jsonl", folder / "server.json"
    for old in (port, log):
        old.unlink(missing_ok=True)
    log.touch()
    config.write_text(json.dumps({**settings, "log": str(log), "port_file": str(port)}), "utf-8")
    command = [sys.executable, str(script), "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + _START_S
            while not port.exists():
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{script} did not start")
                time.sleep(0.05)
            yield Loopback(f"http://127.0.0.1:{port.read_text('utf-8')}", log, process.pid)
        finally:
            process.terminate()


def environment(url: str, folder: Path) -> dict[str, str]:
    """Return an environment that points at the server, with no setting of the user's and a cache of its own.

    Args:
        url: The server.
        folder: Takes the cache.
    """
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GOOGLE_", "GEMINI_", "OPENAI_", "VIBEKIT_"))}
    return {
        **clean,
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_API_KEY": "not-a-real-key",
        "VIBEKIT_CACHE_DIR": str(folder / "cache"),
    }


def annotate(clips: Path, out: Path, *words: str, attributes: tuple[str, ...] = ("calming",)) -> list[str]:
    """Return a command line that annotates a folder, with nothing from or into the cache."""
    wanted = [word for name in attributes for word in ("-a", name)]
    return [VIBEKIT, "annotate", str(clips), *wanted, "--out", str(out), "--no-cache", "--quiet", "--json", *words]


def read_lines(out: Path) -> list[dict[str, Any]]:
    """Read the outcomes of a run; none when there is no such run."""
    path = out / "annotations.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
