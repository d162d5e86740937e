"""Writes a comparison as ``compare.html``, ``compare.md`` and ``compare.json``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.compare import CompareReport

COMPARE_FILE = "compare.json"


def write_comparison(report: CompareReport, folder: Path) -> CompareReport:
    """Write a comparison into a folder; returns it with the names of its files.

    Args:
        report: The comparison.
        folder: Made when it is not there; files of an earlier comparison are replaced.
    """
    from vibekit.reports.write import COMPARE_FILES
    from vibekit.reports.write import write_comparison as write

    report = replace(report, out=str(folder), files=tuple(str(folder / name) for name in COMPARE_FILES))
    write(report, folder)
    return report
