"""``bench.json``: one entry per benchmark, each replaced on its own, with what it was measured on."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

FILE = Path("bench.json")
PACKAGES = ("google-genai", "httpx2", "aiohttp", "av", "numpy")


def keep(name: str, entry: dict[str, Any], *, path: Path = FILE) -> None:
    """Write one benchmark's entry and leave the others as they are."""
    content: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    content[name] = {**stamp(), **entry}
    part = path.with_suffix(".tmp")
    part.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    part.rename(path)


def stamp() -> dict[str, Any]:
    """Return when and on what something was measured; the load tells how busy the machine was besides."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpu": platform.machine(), "cores": os.cpu_count(), "load": [round(x, 2) for x in os.getloadavg()]},
        "versions": {"python": platform.python_version(), **_versions()},
    }


def spread(values: list[float], *, digits: int = 3) -> dict[str, float]:
    """Return minimum, median and maximum."""
    return {
        "min": round(min(values), digits),
        "median": round(median(values), digits),
        "max": round(max(values), digits),
    }


def table(rows: list[tuple[object, ...]]) -> str:
    """Lay rows out in columns, the first row being the head."""
    cells = [[f"{x:.3f}" if isinstance(x, float) else str(x) for x in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in cells)


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
