"""What ``vibekit --help`` costs, as a ratio to a bare ``python -c pass``: CPU seconds, children included."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from typing import Any

RUNS = 15


def cpu_s(command: list[str]) -> float:
    """Return user and system seconds of one command."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def run() -> dict[str, Any]:
    """Time both commands in turns and return the ratio of their minima, with the spread."""
    bare = [sys.executable, "-c", "pass"]
    help_command = [sys.executable, "-m", "vibekit", "--help"]
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
