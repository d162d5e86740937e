"""What the page takes from the stages' reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.demo import DemoScore, DemoStudent
from vibekit.core.estimate import NONE
from vibekit.formats.annotations import label_text, read_annotations

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.demo import DemoClipView
    from vibekit.core.distill import AttributeReport, DistillReport
    from vibekit.core.score import ScoreReport
    from vibekit.stages.demo.views import Views

ANSWERS = ("candle.mp4", "market.mp4", "race.mp4", "talk.mp4")
"""Clips whose answers the page quotes."""
WRONG = 6


def scores_of(report: ScoreReport) -> tuple[DemoScore, ...]:
    """Return how good the annotator is."""
    return tuple(
        DemoScore(
            attribute=name, n=one.n, positives=one.positives or 0, precision=one.precision, recall=one.recall, f1=one.f1
        )
        for name, one in report.attributes.items()
    )


def wrong_of(report: ScoreReport, views: Views) -> tuple[DemoClipView, ...]:
    """Return the clips on which the annotator was wrong, of every attribute the worst."""
    return tuple(
        views.view(
            error.video_id, notes=(f"{name}: golden {error.golden}, annotator {error.predicted}", error.rationale)
        )
        for name, one in report.attributes.items()
        for error in one.errors[: WRONG // len(report.attributes)]
    )


def answers_of(run: Path, attribute: str, views: Views) -> tuple[DemoClipView, ...]:
    """Return some answers about one attribute, in the annotator's words; the last line of a clip holds."""
    found = {one.video_id: one for one in read_annotations(run / "annotations.jsonl") if one.attribute == attribute}
    shown = []
    for name in ANSWERS:
        clip = views.by_name(name)
        one = found.get(clip.video_id)
        if one is None:
            continue
        said = str(one.answer.status) if one.answer.label is None else label_text(one.answer.label)
        chance = "" if one.answer.probability is None else f", probability {one.answer.probability:.2f}"
        why = one.answer.rationale or one.answer.reason
        shown.append(views.view(clip.video_id, notes=(f"{attribute}: {said}{chance}", why)))
    return tuple(shown)


def students_of(report: DistillReport) -> tuple[DemoStudent, ...]:
    """Return the student beside its teacher and the nearest neighbours."""
    return tuple(_student(name, one) for name, one in report.attributes.items())


def _student(name: str, one: AttributeReport) -> DemoStudent:
    heads = {head.head: head.average_precision for head in one.heads}
    mine, near = heads.get(one.head, NONE), heads.get("knn", NONE)
    golden = one.golden
    return DemoStudent(
        attribute=name,
        student=golden.student if golden else NONE,
        teacher=golden.teacher if golden else NONE,
        verdict=golden.verdict if golden else "",
        head=one.head,
        average_precision=mine,
        neighbours=near,
        simplest=mine.value is not None and near.value is not None and near.value >= mine.value,
    )
