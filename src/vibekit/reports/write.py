"""Writes a score as ``report.html``, ``report.md`` and ``report.json``, and a comparison likewise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.formats.atomic import write_text
from vibekit.formats.compare_report import write_compare_report
from vibekit.formats.score_report import write_score_report
from vibekit.formats.secrets import scrub
from vibekit.reports.compare_html import compare_html
from vibekit.reports.compare_markdown import compare_markdown
from vibekit.reports.html import html
from vibekit.reports.markdown import markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vibekit.core.compare import CompareReport
    from vibekit.core.score import ScoreReport

FILES = ("report.html", "report.md", "report.json")
"""What a folder of a report holds; the last one is written last."""
COMPARE_FILES = ("compare.html", "compare.md", "compare.json")
"""Likewise of a comparison."""


def write_report(
    report: ScoreReport, folder: Path, *, frames: Mapping[str, Sequence[bytes]] | None = None
) -> tuple[Path, ...]:
    """Write a report into a folder; each file appears at once, ``report.json`` last.

    Args:
        report: The score.
        folder: Made when it is not there; files of an earlier report are replaced.
        frames: Video id -> JPEG files, for the error gallery.

    Returns:
        The files, in the order of ``FILES``.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    page, text, row = (folder / name for name in FILES)
    write_text(page, scrub(html(report, frames=frames or {})))
    write_text(text, scrub(markdown(report)))
    write_score_report(row, report)
    return page, text, row


def write_comparison(report: CompareReport, folder: Path) -> tuple[Path, ...]:
    """Write a comparison into a folder; each file appears at once, ``compare.json`` last.

    Args:
        report: The comparison.
        folder: Made when it is not there; files of an earlier comparison are replaced.

    Returns:
        The files, in the order of ``COMPARE_FILES``.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    page, text, row = (folder / name for name in COMPARE_FILES)
    write_text(page, scrub(compare_html(report)))
    write_text(text, scrub(compare_markdown(report)))
    write_compare_report(row, report)
    return page, text, row
