"""A score as Markdown: ``report.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports.banners import banners
from vibekit.reports.gallery import by_cause
from vibekit.reports.markdown_text import escape, section, table
from vibekit.reports.numbers import count, decimal, rough
from vibekit.reports.overview import gates, overview
from vibekit.reports.parts import about, attribute_grids, not_shown, title

if TYPE_CHECKING:
    from vibekit.core.score import AttributeScore, ScoreReport
    from vibekit.core.score_parts import ErrorItem


def markdown(report: ScoreReport) -> str:
    """Return the whole report as GitHub-flavoured Markdown, without plots and pictures."""
    lines = [f"# {escape(title(report))}", "", *heading(report), *_overview(report)]
    for score in report.attributes.values():
        lines += _attribute(score)
    return "\n".join(lines).rstrip() + "\n"


def heading(report: ScoreReport) -> list[str]:
    """Return what was scored, and what a reader must know first."""
    lines = [f"- {escape(name)}: {escape(value)}" for name, value in about(report)]
    for banner in banners(report):
        lines += ["", f"> **{escape(banner.lead)}** {escape(banner.rest)}".rstrip()]
    return lines


def _overview(report: ScoreReport) -> list[str]:
    if not report.attributes:
        return ["", "No attribute was scored."]
    return [*section(overview(report, {}), level=2), *section(gates(report), level=2)]


def _attribute(score: AttributeScore) -> list[str]:
    lines = ["", f"## {escape(score.title or score.name)}", ""]
    lines.append(escape(", ".join(part for part in (score.name, score.kind, score.definition) if part)))
    lines += ["", *[f"- {escape(note)}" for note in score.notes]] if score.notes else []
    for grid in attribute_grids(score):
        lines += section(grid, level=3)
    return lines + _errors(score)


def _errors(score: AttributeScore) -> list[str]:
    if not score.errors:
        return []
    lines = ["", "### Disagreements", "", escape(not_shown(score))]
    for group in by_cause(score.errors):
        lines += ["", f"#### {escape(group.cause)}", "", *[_error(item) for item in group.items]]
    return lines


def _error(item: ErrorItem) -> str:
    said = [f"golden {item.golden}, predicted {item.predicted}"]
    said += [f"probability {decimal(item.probability)}"] if item.probability is not None else []
    said += [f"stands for {count(round(item.weight, 1))} videos"] if item.weight != 1 else []
    said += [f"{rough(item.agreement)} of raters agree"] if item.agreement is not None else []
    line = f"- **{escape(item.path or item.video_id)}**: {escape(', '.join(said))}"
    for name, text in (("Model", item.rationale), ("Clause", item.clause), ("Raters", item.golden_note)):
        line += f"  \n  {name}: {escape(text)}" if text else ""
    return line


def table_lines(report: ScoreReport) -> list[str]:
    """Return the overview alone, as lines."""
    return table(overview(report, {}))
