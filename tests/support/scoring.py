"""Runs and golden sets with known counts, written through the formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from support.definitions import good
from vibekit.core.annotation import Annotation, Answer, ProbabilitySource, Status, Usage
from vibekit.core.attribute import Attribute, Label
from vibekit.core.golden import Event, EventKind, GoldenLabel, Item, Role, Split
from vibekit.core.video import Metadata, Video
from vibekit.formats.annotations import to_row
from vibekit.formats.atomic import write_text
from vibekit.formats.attribute import parse_attribute
from vibekit.formats.attribute_text import write_attribute
from vibekit.formats.golden_file import GOLDEN_FILE, GoldenFile, write_golden
from vibekit.formats.golden_items import ITEMS_FILE, write_items
from vibekit.formats.golden_labels import LABELS_FILE, write_labels
from vibekit.formats.golden_ratings import RATINGS_FILE, RatingsLog
from vibekit.formats.golden_value import golden_attribute
from vibekit.formats.jsonl import Appender
from vibekit.formats.run import RunAttribute, RunFile, RunStatus, write_run
from vibekit.formats.videos import to_row as video_row

NAME = "unboxing"
YES, NO = Answer(status=Status.OK, label=True), Answer(status=Status.OK, label=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One golden video: what holds, and what the run says of it (None: not in the run)."""

    truth: Label | None
    said: Answer | None = None
    split: Split = Split.TEST
    weight: float = 1.0
    group: str = ""
    stratum: str = ""
    columns: Mapping[str, str] | None = None


def definition(name: str = NAME, **changes: object) -> Attribute:
    """Return a definition, with some fields changed."""
    return replace(parse_attribute(good(name)), **changes)  # type: ignore[arg-type]


def video_id(n: int) -> str:
    """Return the content hash of the n-th video."""
    return sha256(f"video {n}".encode()).hexdigest()[:32]


def said(label: Label | None, probability: float | None = None, *, why: str = "") -> Answer:
    """Return an answer; None abstains."""
    return Answer(
        status=Status.ABSTAIN if label is None else Status.OK,
        label=label,
        probability=probability,
        probability_source=None if probability is None else ProbabilitySource.VERBAL,
        rationale=why,
    )


def lost(status: Status) -> Answer:
    """Return an outcome without a label."""
    return Answer(status=status, reason="no label came")


def confusion(*, tp: int, fp: int, fn: int, tn: int) -> list[Case]:
    """Return cases with these counts."""
    return [
        *[Case(truth=True, said=YES)] * tp,
        *[Case(truth=False, said=YES)] * fp,
        *[Case(truth=True, said=NO)] * fn,
        *[Case(truth=False, said=NO)] * tn,
    ]


def make_run(folder: Path, answers: Mapping[str, Sequence[Answer | None]], *attributes: Attribute) -> Path:
    """Write a run: attribute -> what is said of video 0, 1, 2 ...

    Args:
        folder: The run to be.
        answers: By attribute; None leaves a video out.
        attributes: Definitions that the run keeps; by default one for each name.
    """
    kept = {one.name: one for one in attributes} or {name: definition(name) for name in answers}
    for name, one in kept.items():
        write_text(folder / "attributes" / f"{name}.yaml", write_attribute(one))
    lines = Appender(folder / "annotations.jsonl")
    for name, column in answers.items():
        for n, answer in enumerate(column):
            if answer is not None:
                lines.append(to_row(annotation(n, kept[name], answer)))
    lines.close()
    videos = Appender(folder / "videos.jsonl")
    seen = sorted({n for column in answers.values() for n, answer in enumerate(column) if answer is not None})
    for n in seen:
        metadata = Metadata(creator=f"maker {n % 7}", language="en" if n % 2 else "de")
        videos.append(video_row(Video(path=Path(f"clips/v{n}.mp4"), video_id=video_id(n), metadata=metadata)))
    videos.close()
    write_run(folder / "run.json", run_file(kept.values()))
    return folder


def annotation(n: int, attribute: Attribute, answer: Answer) -> Annotation:
    """Return the line of one answer."""
    return Annotation(
        key=sha256(f"{n} {attribute.fingerprint}".encode()).hexdigest()[:32],
        video_id=video_id(n),
        path=f"clips/v{n}.mp4",
        attribute=attribute.name,
        definition=attribute.fingerprint,
        answer=answer,
        annotator="scripted",
        model="tape",
        prompt="",
        media="none",
        usage=Usage(),
        cost_usd=0.01,
        latency_s=0.0,
        attempts=1,
        created_at="2026-11-21T10:00:00Z",
        recipe="r1",
    )


def run_file(attributes: Iterable[Attribute]) -> RunFile:
    """Return the ``run.json`` of a complete run."""
    return RunFile(
        status=RunStatus.COMPLETE,
        vibekit="0.1.0",
        argv=("vibekit", "annotate"),
        versions={},
        settings={"annotator": "scripted"},
        attributes={
            a.name: RunAttribute(fingerprint=a.fingerprint, version=1, kind=str(a.kind), recipe="r1", parts={})
            for a in attributes
        },
    )


def make_golden(
    folder: Path,
    cases: Sequence[Case],
    attribute: Attribute | None = None,
    *,
    accepts: tuple[str, ...] = (),
    events: Sequence[Event] = (),
    source: str = "import",
    draw: Mapping[str, object] | None = None,
) -> Path:
    """Write a golden set of one attribute.

    Args:
        folder: The set to be.
        cases: One a video, in the order of the run's.
        attribute: The definition that was rated.
        accepts: Fingerprints that count as the same.
        events: Of raters.
        source: Of the labels.
        draw: How the videos were drawn.
    """
    rated = attribute or definition()
    write_text(folder / "attributes" / f"{rated.name}.yaml", write_attribute(rated))
    known = replace(golden_attribute(rated), accepts=accepts)
    write_golden(folder / GOLDEN_FILE, GoldenFile(attributes={rated.name: known}, draw=draw or {}))
    write_items(folder / ITEMS_FILE, [_item(n, case) for n, case in enumerate(cases)])
    labels = [
        GoldenLabel(video_id=video_id(n), attribute=rated.name, label=case.truth, source=source)
        for n, case in enumerate(cases)
    ]
    write_labels(folder / LABELS_FILE, labels)
    with RatingsLog(folder / RATINGS_FILE) as log:
        log.append(*events)
    return folder


def _item(n: int, case: Case) -> Item:
    return Item(
        video_id=video_id(n),
        path=f"clips/v{n}.mp4",
        stratum=case.stratum,
        inclusion_probability=1 / case.weight,
        group=case.group,
        split=case.split,
        columns=case.columns or {},
    )


def make_both(folder: Path, cases: Sequence[Case]) -> tuple[Path, Path]:
    """Write a run and a golden set of the same cases."""
    run = make_run(folder / "run", {NAME: [case.said for case in cases]})
    return run, make_golden(folder / "golden", cases)


def ratings(rater: str, labels: Sequence[Label | None], *, role: Role = Role.RATER, repeat: int = 0) -> list[Event]:
    """Return a rater's answers about video 0, 1, 2 ...; None leaves a video out."""
    return [
        Event(
            rater=rater, video_id=video_id(n), attribute=NAME, kind=EventKind.RATING, value=label, role=role,
            repeat=repeat,
        )
        for n, label in enumerate(labels)
        if label is not None
    ]  # fmt: skip
