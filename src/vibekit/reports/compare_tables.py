"""A comparison of two runs, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports.grid import Cell, Grid, Row, Tone, estimate, row
from vibekit.reports.metric_tables import OUTCOMES
from vibekit.reports.numbers import count, is_share, money, name_of, p_value, points, written
from vibekit.reports.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.compare import AttributeComparison, CompareReport, Delta

VERDICTS = {"a": "A is better", "b": "B is better", "none": "no difference shown", "unknown": "cannot be said"}


def title(report: CompareReport) -> str:
    """Return the title of a comparison."""
    names = [one.title or one.name for one in report.attributes.values()]
    return f"Comparison: {names[0]}" if len(names) == 1 else f"Comparison: {plural(len(names), 'attribute')}"


def about(report: CompareReport) -> tuple[tuple[str, str], ...]:
    """Return what was compared, as (name, value) pairs."""
    pairs = (
        ("A", report.a),
        ("B", report.b),
        ("Golden set", report.golden),
        ("Split", report.split),
        ("Cost of A", money(report.cost_a_usd)),
        ("Cost of B", money(report.cost_b_usd)),
        ("Made", " with vibekit ".join(part for part in (report.created_at, report.vibekit) if part)),
    )
    return tuple((name, value) for name, value in pairs if value)


def overview(report: CompareReport, anchors: Mapping[str, str]) -> Grid:
    """Make the table of the verdicts.

    Args:
        report: The comparison.
        anchors: Attribute -> part of the page that it leads to; empty where there are no links.
    """
    several = len(report.attributes) > 1
    said = ["Over the golden videos that both have a label for. Difference: B minus A, in percentage points."]
    if several:
        said.append("p: corrected for the number of attributes (Holm).")
    return Grid(
        title="B against A",
        head=("", "Metric", "A %", "B %", "Difference", "p", "Videos", "Verdict"),
        rows=tuple(_verdict(one, anchors.get(name, "")) for name, one in report.attributes.items()),
        words=frozenset({0, 1, 7}),
        below=tuple(said),
    )


def _verdict(one: AttributeComparison, anchor: str) -> Row:
    delta = one.deltas.get(one.primary)
    cells = _delta(one.primary, delta) if delta is not None else (Cell(text=""),) * 3
    tone = Tone.MODEL if one.verdict in ("a", "b") else Tone.MUTED
    verdict = Cell(text=VERDICTS.get(one.verdict, one.verdict), tone=tone)
    p = "" if one.p is None else p_value(one.p)
    return row(Cell(text=one.title or one.name, anchor=anchor), name_of(one.primary), *cells, p, count(one.n), verdict)


def deltas(one: AttributeComparison) -> Grid:
    """Make the table of all metrics of both sides."""
    rows = [
        row(name_of(metric), *_delta(metric, delta), "" if delta.p is None else p_value(delta.p))
        for metric, delta in one.deltas.items()
    ]
    return Grid(
        title="Metrics",
        head=("Metric", "A", "B", "Difference", "p"),
        rows=tuple(rows),
        below=(*_mcnemar(one), "A, B and differences of shares are in percent; p of one metric is not corrected."),
    )


def _delta(metric: str, delta: Delta) -> tuple[Cell, Cell, Cell]:
    difference = estimate(delta.difference, "difference" if is_share(metric) else metric)
    return Cell(text=written(delta.a, metric)), Cell(text=written(delta.b, metric)), difference


def _mcnemar(one: AttributeComparison) -> list[str]:
    found = one.mcnemar
    if found is None:
        return []
    return [
        f"Right on one side only: A on {plural(found.only_a, 'video')}, B on {found.only_b:,} "
        f"(McNemar, {found.method}: p = {p_value(found.p)})."
    ]


def power(one: AttributeComparison) -> str:
    """Say which difference would have been seen; empty when it is not known."""
    if one.detectable is None:
        return ""
    return f"A difference of {points(one.detectable).removeprefix('+')} points would have been seen four times in five."


def outcomes(one: AttributeComparison) -> Grid:
    """Make the table of what became of the golden videos on both sides."""
    rows = [
        row(words, count(getattr(one.outcomes_a, key)), count(getattr(one.outcomes_b, key)))
        for key, words in OUTCOMES.items()
    ]
    rows.append(row("golden videos", count(one.outcomes_a.golden), count(one.outcomes_b.golden), tone=Tone.TOTAL))
    said = f"Labels of both: {one.n:,}; of A only: {one.only_a:,}; of B only: {one.only_b:,}; none: {one.neither:,}."
    return Grid(title="Coverage", head=("Golden videos", "A", "B"), rows=tuple(rows), below=(said,))


def listed(one: AttributeComparison) -> str:
    """Say how many videos flipped, and how many of them are listed."""
    total = max(one.n_flips, len(one.flips))
    shown = "all are listed" if len(one.flips) == total else f"{len(one.flips):,} listed here"
    return f"{plural(total, 'video')} with different labels: {shown}."
