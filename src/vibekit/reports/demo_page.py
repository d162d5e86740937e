"""The demo as one HTML file that needs nothing else: what happened, stage by stage."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from vibekit.reports.grid import Grid, estimate, row
from vibekit.reports.numbers import count, share
from vibekit.reports.page import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.core.demo import DemoReport, DemoStudent


def demo_page(report: DemoReport, pictures: Mapping[str, Sequence[bytes]]) -> str:
    """Return the page.

    Args:
        report: What the demo did.
        pictures: Video id -> JPEG files.
    """
    return render(
        "demo.html.j2",
        title="vibekit demo: from a definition to restricted search",
        report=report,
        about=(
            ("Clips", f"{count(report.clips)}, generated"),
            ("Annotator", "signals (built in)"),
            ("Took", f"{report.seconds:.0f} seconds"),
            ("Folder", report.folder),
            ("Made with vibekit", report.vibekit),
        ),
        grids={"score": _scores(report), "distill": _students(report), "predict": _labels(report)},
        pictures={video: [b64encode(raw).decode() for raw in raws] for video, raws in pictures.items()},
    )


def _scores(report: DemoReport) -> Grid:
    return Grid(
        title="The annotator against golden labels, in percent",
        head=("attribute", "golden clips", "true of them", "precision", "recall", "F1"),
        rows=tuple(
            row(
                one.attribute, count(one.n), count(one.positives), estimate(one.precision, "precision"),
                estimate(one.recall, "recall"), estimate(one.f1, "f1"),
            )
            for one in report.scores
        ),
        below=("In brackets: 95 % intervals, which keep the clips of one creator together.",),
    )  # fmt: skip


def _students(report: DemoReport) -> Grid:
    return Grid(
        title="The student beside its teacher",
        head=(
            "attribute", "student F1 %", "teacher F1 %", "loses under 5 %?", "student AP", "7 nearest neighbours AP",
        ),
        rows=tuple(
            row(
                one.attribute, estimate(one.student, "f1"), estimate(one.teacher, "f1"), one.verdict,
                estimate(one.average_precision, "average_precision"), estimate(one.neighbours, "average_precision"),
            )
            for one in report.students
        ),
        words=frozenset({0, 3}),
        below=(
            "F1 is against golden labels; AP, the average precision, is against the teacher's labels. Every clip was "
            "predicted by a student that had not seen its creator.",
            *_neighbours(report.students),
        ),
    )  # fmt: skip


def _neighbours(students: Sequence[DemoStudent]) -> tuple[str, ...]:
    names = [one.attribute for one in students if one.simplest]
    if not names:
        return ()
    return (
        f"For {' and '.join(names)} the 7 nearest neighbours do as well as the trained student, or better: on so few "
        "clips a network earns nothing, and the report says so.",
    )


def _labels(report: DemoReport) -> Grid:
    rows = []
    for name, counts in report.labels.items():
        total = sum(counts.values())
        true = counts.get("true", 0)
        rows.append(row(name, count(true), count(total - true), f"{share(true / total) if total else ''}"))
    return Grid(
        title="The student's labels on all clips", head=("attribute", "true", "not true", "true, %"), rows=tuple(rows)
    )
