"""A score as the summary of a GitHub job: verdict, table, gates, and what must be known."""

from __future__ import annotations

from html import escape as quote
from typing import TYPE_CHECKING

from vibekit.reports.markdown import heading, table_lines
from vibekit.reports.markdown_text import escape, section
from vibekit.reports.overview import gates
from vibekit.reports.parts import title
from vibekit.reports.text import one_line

if TYPE_CHECKING:
    from vibekit.core.score import ScoreReport

MOST_BYTES = 1_000_000
"""GitHub drops the summary of a step above 1 MiB."""
CUT = "\n\n(cut: the whole report is in report.md)\n"


def github_summary(report: ScoreReport) -> str:
    """Return Markdown for ``$GITHUB_STEP_SUMMARY``; notes of the attributes are folded in."""
    mark = {True: "✅ ", False: "❌ ", None: ""}[report.passed]
    lines = [f"## {mark}{escape(title(report))}", "", *heading(report), ""]
    lines += table_lines(report) if report.attributes else ["No attribute was scored."]
    lines += section(gates(report), level=3)
    for score in report.attributes.values():
        if score.notes:
            # Markdown is not read inside of an HTML block
            name = quote(one_line(score.title or score.name))
            lines += ["", f"<details><summary>{name}: notes</summary>", ""]
            lines += [*[f"- {escape(note)}" for note in score.notes], "", "</details>"]
    text = "\n".join(lines).rstrip() + "\n"
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= MOST_BYTES else raw[:MOST_BYTES].decode("utf-8", "ignore") + CUT
