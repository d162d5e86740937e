"""A score as one HTML file that needs nothing else: styles, plots and pictures are in it."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vibekit.reports import curve_plots, decision_tables, forest_plot, matrix_plot, metric_tables, people_tables
from vibekit.reports.banners import banners
from vibekit.reports.gallery import by_cause, choose_pictures, pictured_words
from vibekit.reports.numbers import share
from vibekit.reports.overview import THREE, gates, overview
from vibekit.reports.page import render
from vibekit.reports.parts import about, not_shown, title
from vibekit.reports.slice_table import slices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.core.score import AttributeScore, ScoreReport
    from vibekit.core.score_parts import Gate
    from vibekit.reports.gallery import Group
    from vibekit.reports.grid import Grid

OPEN = 2
"""Up to so many attributes are open from the start."""
_SAFE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One attribute on the page.

    Attributes:
        anchor: Its id.
        score: The score.
        tiles: (metric, estimate) of the numbers on top.
        coverage: Share of golden videos with a label.
        grids: Name -> table; None where there is nothing to say.
        figures: Name -> ``<svg>``; empty where there is nothing to draw.
        groups: Disagreements by cause.
        listed: How many disagreements there are, and how many are listed.
        gates: There are gates for it.
        failed: One of them failed.
    """

    anchor: str
    score: AttributeScore
    tiles: tuple[tuple[str, Any], ...]
    coverage: str
    grids: Mapping[str, Grid | None]
    figures: Mapping[str, str]
    groups: tuple[Group, ...]
    listed: str
    gates: bool
    failed: bool


def html(report: ScoreReport, *, frames: Mapping[str, Sequence[bytes]] | None = None) -> str:
    """Return the page.

    Args:
        report: The score.
        frames: Video id -> JPEG files, for the error gallery; at most ``gallery.PICTURED`` videos are shown with them.
    """
    anchors = {name: anchor_of(name, i) for i, name in enumerate(report.attributes)}
    errors = [score.errors for score in report.attributes.values()]
    chosen = choose_pictures(errors, frames or {})
    return render(
        "score.html.j2",
        title=title(report),
        about=about(report),
        banners=banners(report),
        overview=overview(report, {name: f"#{anchor}" for name, anchor in anchors.items()}),
        gates=gates(report),
        figure=forest_plot.by_attribute(report, "overview"),
        undrawn=[s.title or s.name for s in report.attributes.values() if s.f1.value is None],
        people=any(s.humans and s.humans.pooled for s in report.attributes.values()),
        sections=[
            _section(score, anchors[name], [g for g in report.gates if g.attribute == name])
            for name, score in report.attributes.items()
        ],
        opened=len(anchors) <= OPEN,
        pictures={video: [b64encode(raw).decode() for raw in raws] for video, raws in chosen.items()},
        pictured=pictured_words(errors, chosen),
    )


def anchor_of(name: str, i: int) -> str:
    """Return the id of an attribute's part of the page.

    Args:
        name: Of the attribute; from a plain table it can be any text.
        i: Its place, from 0.
    """
    return f"attribute-{name}" if _SAFE.fullmatch(name) else f"attribute-{i + 1}"


def _section(score: AttributeScore, anchor: str, gated: Sequence[Gate]) -> Section:
    return Section(
        anchor=anchor,
        score=score,
        tiles=tuple((metric, getattr(score, metric)) for metric in THREE),
        coverage=share(score.coverage),
        grids=_grids(score),
        figures=_figures(score, anchor),
        groups=by_cause(score.errors),
        listed=not_shown(score) if score.errors or score.n_errors else "",
        gates=bool(gated),
        failed=not all(gate.passed for gate in gated),
    )


def _grids(score: AttributeScore) -> dict[str, Grid | None]:
    return {
        "people": people_tables.people(score),
        "alt_test": people_tables.alt_test(score),
        "metrics": metric_tables.metrics(score),
        "outcomes": metric_tables.outcomes(score),
        "per_label": metric_tables.per_label(score),
        "confusion": metric_tables.confusion(score),
        "threshold": decision_tables.threshold(score),
        "calibration": decision_tables.calibration(score),
        "slices": slices(score),
        "corpus": decision_tables.corpus(score),
    }


def _figures(score: AttributeScore, anchor: str) -> dict[str, str]:
    return {
        "confusion": matrix_plot.confusion_matrix(score, f"{anchor}-confusion"),
        "pr": curve_plots.precision_recall(score, f"{anchor}-pr"),
        "reliability": curve_plots.reliability(score, f"{anchor}-reliability"),
        "roc": curve_plots.roc(score, f"{anchor}-roc"),
        "slices": forest_plot.by_slice(score, f"{anchor}-slices"),
        "corpus": forest_plot.prevalence(score, f"{anchor}-corpus"),
    }
