"""A comparison as one HTML file that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports import compare_tables
from vibekit.reports.banners import warned
from vibekit.reports.compare_markdown import RIGHT
from vibekit.reports.forest_plot import Mark, forest
from vibekit.reports.html import OPEN, anchor_of
from vibekit.reports.page import render

if TYPE_CHECKING:
    from vibekit.core.compare import AttributeComparison, CompareReport


def compare_html(report: CompareReport) -> str:
    """Return the page."""
    anchors = {name: anchor_of(name, i) for i, name in enumerate(report.attributes)}
    return render(
        "compare.html.j2",
        title=compare_tables.title(report),
        about=compare_tables.about(report),
        banners=warned(report),
        overview=compare_tables.overview(report, {name: f"#{anchor}" for name, anchor in anchors.items()}),
        figure=_differences(report),
        attributes=[_attribute(one, anchors[name]) for name, one in report.attributes.items()],
        opened=len(anchors) <= OPEN,
        right=RIGHT,
    )


def _attribute(one: AttributeComparison, anchor: str) -> dict[str, object]:
    return {
        "anchor": anchor,
        "one": one,
        "verdict": compare_tables.VERDICTS.get(one.verdict, one.verdict),
        "power": compare_tables.power(one),
        "deltas": compare_tables.deltas(one),
        "outcomes": compare_tables.outcomes(one),
        "listed": compare_tables.listed(one) if one.n_flips or one.flips else "",
    }


def _differences(report: CompareReport) -> str:
    """Draw the difference of every attribute; for a single one, of each of its metrics."""
    found = list(report.attributes.values())
    if len(found) == 1:
        marks = [Mark(name=metric, value=delta.difference) for metric, delta in found[0].deltas.items()]
    else:
        marks = [
            Mark(name=o.title or o.name, value=o.deltas[o.primary].difference) for o in found if o.primary in o.deltas
        ]
    return forest(marks, "differences", title="B minus A", x="B − A, percentage points", metric="difference", zero=True)
