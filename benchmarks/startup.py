"""What ``vibekit --help`` costs, as a ratio to a bare ``python -c pass``: CPU seconds, children included."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.results import spread

if TYPE_CHECKING:
    from benchmarks.options import Options

RUNS = 15


def cpu_s(command: list[str]) -> float:
    """Return user and system seconds of one command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def run(options: Options) -> dict[str, Any]:  # noqa: ARG001 - as all benchmarks
    """Time both commands in turns and return the ratio of their minima, with the spread."""
    bare = [sys.executable, "-c", "pass"]
    help_command = [str(Path(sys.executable).with_name("vibekit")), "--help"]
    bares, helps = [], []
    for _ in range(RUNS):
        bares.append(cpu_s(bare))
        helps.append(cpu_s(help_command))
    return {
        "runs": RUNS,
        "python_cpu_s": spread(bares),
        "help_cpu_s": spread(helps),
        "ratio_of_minima": round(min(helps) / max(min(bares), 1e-9), 2),
        "aim": 9.0,
    }


def show(result: dict[str, Any]) -> None:
    """Print the ratio."""
    print(f"start-up: {result['ratio_of_minima']}x python -c pass (aim: at most {result['aim']:g})")
