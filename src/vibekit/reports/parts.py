"""What a report consists of, for every way of writing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports.decision_tables import calibration, corpus, threshold
from vibekit.reports.metric_tables import confusion, metrics, outcomes, per_label
from vibekit.reports.numbers import money
from vibekit.reports.people_tables import alt_test, people
from vibekit.reports.slice_table import slices
from vibekit.reports.text import plural

if TYPE_CHECKING:
    from vibekit.core.score import AttributeScore, ScoreReport
    from vibekit.reports.grid import Grid


def title(report: ScoreReport) -> str:
    """Return the title of a report."""
    names = [score.title or score.name for score in report.attributes.values()]
    return f"Score: {names[0]}" if len(names) == 1 else f"Score: {plural(len(names), 'attribute')}"


def about(report: ScoreReport) -> tuple[tuple[str, str], ...]:
    """Return what was scored, as (name, value) pairs."""
    annotator = ", ".join(part for part in (report.annotator, report.model) if part)
    pairs = (
        ("Labels", report.labels),
        ("Golden set", report.golden),
        ("Split", report.split),
        ("Annotator", annotator),
        ("Cost of the run", money(report.cost_usd)),
        ("Made", " with vibekit ".join(part for part in (report.created_at, report.vibekit) if part)),
    )
    return tuple((name, value) for name, value in pairs if value)


def attribute_grids(score: AttributeScore) -> tuple[Grid, ...]:
    """Return all tables of an attribute that have something to say."""
    makers = (people, alt_test, metrics, per_label, confusion, outcomes, threshold, calibration, slices, corpus)
    return tuple(grid for make in makers if (grid := make(score)) is not None)


def not_shown(score: AttributeScore) -> str:
    """Say how many disagreements there are, and how many of them are listed."""
    total = max(score.n_errors, len(score.errors))
    listed = "all are listed" if len(score.errors) == total else f"the worst {len(score.errors):,} are listed"
    return f"{plural(total, 'video')} without the golden label: {listed}."
