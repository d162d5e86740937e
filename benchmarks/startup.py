"""What ``vibekit --help`` costs, as a ratio to a bare ``python -c pass``: CPU seconds, children included."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

RUNS = 15


def cpu_s(command: list[str]) -> float:
    """Return user and system seconds of one command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def run() -> dict[str, Any]:
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


def spread(values: list[float]) -> dict[str, float]:
    """Return minimum, median and maximum."""
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}
