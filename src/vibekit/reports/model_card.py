"""``MODEL_CARD.md``: what a student was made of, what it is good for, and what is not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports.distill_tables import tables
from vibekit.reports.markdown_text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.core.distill import DistillReport
    from vibekit.reports.distill_tables import Lines


def model_card(report: DistillReport) -> str:
    """Return the card as GitHub-flavoured Markdown."""
    lines = [f"# Student for {escape(', '.join(report.attributes))}", ""]
    lines += [f"- {escape(line)}" for line in _about(report)]
    lines += ["", "## What it is for", "", _USE]
    lines += ["", "## What it was trained on", ""]
    lines += [f"- {escape(line)}" for line in _silver(report)]
    lines += ["", "## What was measured", "", _WORDS]
    for one in tables(report):
        lines += ["", f"## {escape(one.title)}", "", *_table(one)]
    notes = list(_notes(report))
    if notes:
        lines += ["", "## What a reader must know", "", *[f"- {escape(note)}" for note in notes]]
    return "\n".join(lines).rstrip() + "\n"


_USE = (
    "It imitates the teacher named below on embeddings of one space, and is refused on any other. Agreement with the "
    "teacher is not quality: only the comparison with people on the same videos is. On videos unlike the silver set "
    "nothing here holds."
)
_WORDS = (
    "Brackets hold 95 % intervals. Average precision: how well videos are ranked, 1 at best; by chance, that of the "
    "majority row. Log loss: of the probabilities, less is better. ECE: how far probabilities are from frequencies on "
    "average, 0 at best. Relative loss: 1 - student / teacher; 'shown' when its whole interval is below 5 %."
)


def _about(report: DistillReport) -> Iterator[str]:
    yield f"network: {report.head}" + (f", hidden layers {'-'.join(map(str, report.hidden))}" if report.hidden else "")
    yield f"embedding: {report.embedder}, {report.dim} dimensions, space {report.space}"
    yield f"measured on: {report.evaluation}"
    yield f"golden set: {report.golden or 'none: nothing here says how good the labels are'}"
    if report.uses is not None:
        yield f"looks at the golden test split so far: {report.uses}"
    yield f"recipe {report.recipe}, vibekit {report.vibekit}, {report.created_at}"


def _silver(report: DistillReport) -> Iterator[str]:
    silver = report.silver
    for one in silver.sources:
        maker = " ".join(part for part in (one.annotator, one.model) if part) or "not known who made it"
        left = ", ".join(f"{n} {outcome}" for outcome, n in one.left_out.items())
        yield f"{one.path}: {maker}, {one.labels:,} labels, weight {one.weight:g}" + (
            f"; not used: {left}" if left else ""
        )
    yield (
        f"{silver.used:,} of {silver.videos:,} labelled videos have a usable embedding ({silver.without_embedding:,} "
        f"without one, {silver.failed:,} failed, {silver.bad_vectors:,} zero, NaN or infinite)"
    )
    folds = silver.train + silver.test > silver.used
    why = "stopping" if folds else "stopping, calibration and thresholds"
    test = "all are measured, each by a network that has not seen its group" if folds else f"{silver.test:,} test"
    yield (
        f"{silver.groups:,} groups of creator and near-duplicate; {silver.train:,} videos train, {silver.held_out:,} "
        f"are held out for {why}, {test}"
    )


def _notes(report: DistillReport) -> Iterator[str]:
    yield from report.warnings
    for name, one in report.attributes.items():
        for note in one.notes:
            yield f"{name}: {note}"
        if one.teacher_calibration:
            yield f"{name}: teacher's probabilities: {one.teacher_calibration}"
    if report.costs.note:
        yield report.costs.note


def _table(one: Lines) -> list[str]:
    rows = [one.headers, tuple("---" for _ in one.headers), *[[escape(cell) for cell in row] for row in one.rows]]
    return [f"| {' | '.join(row)} |" for row in rows]
