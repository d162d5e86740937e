"""Forest plots: estimates with their intervals, one under the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.estimate import Estimate
from vibekit.reports.drawing import INK, LINE, MODEL, MUTED, PEOPLE, SURFACE, draw
from vibekit.reports.numbers import interval, written
from vibekit.reports.slice_table import suppressed
from vibekit.reports.text import columns, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from vibekit.core.score import AttributeScore, ScoreReport
    from vibekit.reports.drawing import Canvas

STEP = 22
"""Pixels from row to row."""
NAME = 22
"""Columns of a name beside the plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One estimate of a forest plot.

    Attributes:
        name: What it is of; empty for a second mark on the row above.
        value: The estimate.
        people: Of people: drawn as an open square in their colour.
        heading: A row that only names those below it.
    """

    name: str
    value: Estimate
    people: bool = False
    heading: bool = False


def forest(
    marks: Sequence[Mark],
    name: str,
    *,
    title: str,
    x: str,
    metric: str = "f1",
    line: Estimate | None = None,
    zero: bool = False,
) -> str:
    """Draw estimates with their intervals; empty when none has a value.

    Args:
        marks: From top to bottom.
        name: Unique on the page.
        title: What it is.
        x: What the axis shows.
        metric: Decides how values are written for those who do not see the plot.
        line: Drawn as a dashed line with a band, for reference.
        zero: Draw a line at zero.
    """
    shown = [mark for mark in marks if mark.heading or mark.value.value is not None]
    if not any(mark.value.value is not None for mark in shown):
        return ""
    rows = _rows(shown)
    height = STEP * (max(rows) + 1) + 52

    left = 24 + 5.9 * max(columns(short(mark.name, NAME)) for mark in shown)

    def paint(canvas: Canvas) -> None:
        ax = canvas.axes(left, 8, 14, 44)
        _reference(ax, line, zero=zero)
        for mark, at in zip(shown, rows, strict=True):
            _mark(canvas, ax, mark, at)
        _axis(ax, x, rows)

    words = [f"{m.name}: {written(m.value.value, metric)} {interval(m.value, metric)}." for m in shown if not m.heading]
    return draw(name, paint, title=title, description=" ".join(words), height=height)


def by_attribute(report: ScoreReport, name: str) -> str:
    """Draw F1 of every attribute with that of people beneath; empty for a single attribute."""
    marks: list[Mark] = []
    for score in report.attributes.values():
        marks.append(Mark(name=score.title or score.name, value=score.f1))
        if score.humans and score.humans.pooled:
            marks.append(Mark(name="", value=score.humans.pooled.f1, people=True))
    if len(report.attributes) < 2:
        return ""
    return forest(marks, name, title="F1 of every attribute, model and human raters", x="F1, %")


def by_slice(score: AttributeScore, name: str) -> str:
    """Draw F1 of the slices against that of all videos; empty when all are suppressed."""
    marks: list[Mark] = []
    column = None
    for part in score.slices:
        if suppressed(part):
            continue
        if part.column != column:
            column = part.column
            marks.append(Mark(name=column, value=Estimate(), heading=True))
        marks.append(Mark(name=part.value or "(empty)", value=part.f1))
    return forest(marks, name, title=f"F1 of {score.name} by slice", x="F1, %", line=score.f1)


def prevalence(score: AttributeScore, name: str) -> str:
    """Draw the three estimates of the prevalence in the corpus; empty without intervals."""
    found = score.corpus
    if found is None or (found.human_only.value is None and found.ppi.value is None):
        return ""
    marks = (
        Mark(name="as predicted", value=Estimate(value=found.predicted)),
        Mark(name="golden alone", value=found.human_only, people=True),
        Mark(name="both (PPI++)", value=found.ppi),
    )
    return forest(
        marks, name, title=f"Prevalence of {score.name} in the corpus", x="share of videos, %", metric="prevalence"
    )


def _rows(shown: Sequence[Mark]) -> list[float]:
    """Place marks: one a row, a nameless one close under the mark above."""
    at, rows = -1.0, []
    for mark in shown:
        rows.append(at + 0.36 if not mark.name else at + 1)
        at = at if not mark.name else at + 1
    return rows


def _mark(canvas: Canvas, ax: Axes, mark: Mark, at: float) -> None:
    if mark.name:
        look = {"fontsize": 10, "color": MUTED} if mark.heading else {"color": INK}
        named = canvas.label(short(mark.name, NAME))
        ax.text(-0.02, at, named, transform=ax.get_yaxis_transform(), ha="right", va="center", **look)
    if mark.heading:
        return
    estimate, color = mark.value, PEOPLE if mark.people else MODEL
    assert estimate.value is not None
    if estimate.low is not None and estimate.high is not None:
        ax.plot((100 * estimate.low, 100 * estimate.high), (at, at), color=color, lw=1.6, solid_capstyle="butt")
    face = SURFACE if mark.people else color
    ax.plot(
        (100 * estimate.value,),
        (at,),
        marker="s" if mark.people else "o",
        ms=5.5,
        color=color,
        markerfacecolor=face,
        zorder=5,
        ls="",
    )


def _reference(ax: Axes, line: Estimate | None, *, zero: bool) -> None:
    if zero:
        ax.axvline(0, color=MUTED, lw=1)
    if line is None or line.value is None:
        return
    if line.low is not None and line.high is not None:
        ax.axvspan(100 * line.low, 100 * line.high, color=LINE, alpha=0.35, lw=0)
    ax.axvline(100 * line.value, color=MUTED, lw=1, ls=(0, (4, 3)))


def _axis(ax: Axes, x: str, rows: Sequence[float]) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.set_ylim(max(rows) + 0.7, -0.7)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.06)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10]))
    ax.grid(axis="x", color=LINE, lw=0.6, alpha=0.7)
    ax.tick_params(length=3, width=0.8)
    ax.set_xlabel(x)
