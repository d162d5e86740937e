"""The confusion matrix as a picture: the deeper a cell, the larger its share of the golden label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vibekit.reports.drawing import INK, LINE, MODEL, MUTED, draw
from vibekit.reports.numbers import count
from vibekit.reports.text import columns, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from vibekit.core.score import AttributeScore
    from vibekit.core.score_parts import Table
    from vibekit.reports.drawing import Canvas

DEEPEST = 0.55
"""Opacity of a cell that holds all videos of its row: text on it stays readable in both themes."""
ROOMY = 4
"""Up to so many labels a cell has room for its share."""
FIT = 12
"""More labels than this are left to the table."""


def confusion_matrix(score: AttributeScore, name: str) -> str:
    """Draw the confusion matrix in videos; empty when there is none, or too many labels to be read."""
    table = score.confusion
    if table is None or not 1 < len(table.labels) <= FIT:
        return ""
    k = len(table.labels)
    left = 32 + 6.2 * max(columns(short(label, 12)) for label in table.labels)

    def paint(canvas: Canvas) -> None:
        ax = canvas.axes(left, 12, 14, 84 if k <= ROOMY else 104)
        for i, counts in enumerate(table.counts):
            for j, n in enumerate(counts):
                _cell(ax, i, j, n, sum(counts), roomy=k <= ROOMY)
        _frame(canvas, ax, table)

    words = [
        f"Golden {label}: "
        + ", ".join(f"{n} predicted {other}" for other, n in zip(table.labels, counts, strict=True))
        + "."
        for label, counts in zip(table.labels, table.counts, strict=True)
    ]
    return draw(name, paint, title=f"Confusion matrix of {score.name}", description=" ".join(words), height=352)


def _cell(ax: Axes, i: int, j: int, n: int, of: int, *, roomy: bool) -> None:
    from matplotlib.patches import Rectangle

    part = n / of if of else 0.0
    ax.add_patch(Rectangle((j + 0.02, i + 0.02), 0.96, 0.96, facecolor=MODEL, alpha=DEEPEST * part, lw=0))
    ax.add_patch(Rectangle((j + 0.02, i + 0.02), 0.96, 0.96, facecolor="none", edgecolor=LINE, lw=0.8))
    weight = "bold" if i == j else "normal"
    ax.text(
        j + 0.5,
        i + (0.44 if roomy else 0.5),
        count(n),
        ha="center",
        va="center",
        fontweight=weight,
        fontsize=15 if roomy else 10,
        color=INK,
    )
    if roomy and of:
        ax.text(j + 0.5, i + 0.68, f"{100 * part:.1f} %", ha="center", va="center", fontsize=10, color=INK)


def _frame(canvas: Canvas, ax: Axes, table: Table) -> None:
    k = len(table.labels)
    middles = [i + 0.5 for i in range(k)]
    ax.set_xlim(0, k)
    ax.set_ylim(k, 0)
    ax.spines[:].set_visible(False)
    names = [short(label, 12) for label in table.labels]
    ax.set_xticks(middles, [canvas.label(label) for label in names])
    ax.set_yticks(middles, [canvas.label(label) for label in names])
    if k > ROOMY:
        for text in ax.get_xticklabels():
            text.set(rotation=40, ha="right", rotation_mode="anchor")
    ax.tick_params(length=0)
    box = ax.get_position()
    foot = 48 if k <= ROOMY else 14
    canvas.figure.text((box.x0 + box.x1) / 2, foot / canvas.height, "predicted", ha="center", color=MUTED)
    side: dict[str, Any] = {"rotation": 90, "va": "center", "ha": "center", "color": MUTED}
    canvas.figure.text(14 / canvas.width, (box.y0 + box.y1) / 2, "golden", **side)
