"""The main job on clips that are made on the spot: no key, no network, and a check of itself."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.annotations import read_annotations
from vibekit.formats.atomic import write_text
from vibekit.formats.shipped import shipped_dir
from vibekit.media.synthesis import write_clip
from vibekit.stages.annotate import AnnotateConfig, annotate
from vibekit.stages.demo_clips import CLIPS, EXPECTED
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.annotation import Annotation
    from vibekit.stages.demo_clips import DemoClip
    from vibekit.stages.progress import Progress

ATTRIBUTES = ("calming", "energetic")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoConfig:
    """Where to work, and the command line for ``run.json``."""

    folder: Path
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRow:
    """One answer.

    Attributes:
        clip: File name.
        made_as: What the clip was made as.
        attribute: What was asked.
        label: The answer; None when there is none.
        probability: P(the attribute holds); None when there is none.
        as_made: Whether the label is the one that the clip was made for; None where any would do.
        why: The rationale, or why there is no label.
    """

    clip: str
    made_as: str
    attribute: str
    label: bool | None
    probability: float | None
    as_made: bool | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """What the demo did.

    Attributes:
        clips: Folder of the clips and of metadata.csv.
        run: The run folder.
        made: Clips made now; the others were there.
        rows: One an answer, in the order of clips and attributes.
        checked: Answers that the making of the clip decides.
        right: Of these, how many came out so.
        failed: Answers that could not be had.
        interrupted: True when it was stopped early; the same command goes on.
        warnings: For people.
    """

    clips: str
    run: str
    made: int
    rows: tuple[DemoRow, ...]
    checked: int
    right: int
    failed: int = 0
    interrupted: bool = False
    warnings: tuple[str, ...] = ()


def demo(config: DemoConfig, *, progress: Progress | None = None) -> DemoReport:
    """Make the clips that are not there yet, annotate them with measurements, and hold the labels against the making.

    Args:
        config: Where to work.
        progress: Told how far it is.

    Raises:
        InputError: The folder cannot be used.
    """
    progress = progress or Silent()
    clips, run = config.folder / "clips", config.folder / "runs" / "demo"
    made = _make_clips(clips, progress)
    definitions = shipped_dir("attributes")
    report = annotate(
        AnnotateConfig(
            # By name: other videos in the folder are none of the demo's business.
            sources=tuple(str(clips / clip.name) for clip in CLIPS),
            attributes=tuple(str(definitions / f"{name}.yaml") for name in ATTRIBUTES),
            out=run, settings=AnnotatorSettings(), annotator="signals", argv=config.argv,
        ),
        progress=progress,
    )  # fmt: skip
    rows = _rows(clips, run)
    checked = [row.as_made for row in rows if row.as_made is not None]
    return DemoReport(
        clips=text_path(clips), run=text_path(run), made=made, rows=rows, checked=len(checked), right=sum(checked),
        failed=len(report.failures), interrupted=report.stopped == "interrupted",
        warnings=report.warnings,
    )  # fmt: skip


def _make_clips(folder: Path, progress: Progress) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = [clip for clip in CLIPS if not (folder / clip.name).exists()]
        progress.begin("making clips", len(missing))
        for clip in missing:
            _make(folder, clip)
            progress.advance()
        progress.end()
        write_text(folder / "metadata.csv", _metadata())
    except OSError as error:
        where = text_path(error.filename or folder)
        hint = "name another folder: vibekit demo my-demo"
        raise InputError(f"cannot be written: {error.strerror}", path=where, hint=hint) from error
    return len(missing)


def _make(folder: Path, clip: DemoClip) -> None:
    # Hidden, and renamed when whole: an interrupted demo must not leave half a clip that looks like one.
    part = folder / f".part-{clip.name}"
    write_clip(part, clip.spec)
    part.replace(folder / clip.name)


def _metadata() -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("file", "title", "hashtags", "made_as"))
    writer.writerows((clip.name, clip.title, clip.hashtags, clip.made_as) for clip in CLIPS)
    return buffer.getvalue()


def _rows(clips: Path, run: Path) -> tuple[DemoRow, ...]:
    found = {(a.path, a.attribute): a for a in read_annotations(run / "annotations.jsonl")}
    return tuple(
        _row(clip, attribute, found.get((text_path(clips / clip.name), attribute)))
        for clip in CLIPS
        for attribute in ATTRIBUTES
    )


def _row(clip: DemoClip, attribute: str, annotation: Annotation | None) -> DemoRow:
    answer = annotation.answer if annotation else None
    label = answer.label if answer and isinstance(answer.label, bool) else None
    expected = EXPECTED[clip.made_as].get(attribute)
    return DemoRow(
        clip=clip.name, made_as=clip.made_as, attribute=attribute, label=label,
        probability=answer.probability if answer else None,
        as_made=None if expected is None else label == expected,
        why=(answer.rationale or answer.reason) if answer else "not answered",
    )  # fmt: skip
