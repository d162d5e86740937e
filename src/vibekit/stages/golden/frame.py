"""What a golden set can be drawn from: files that a user names, or the videos of a run with what it said of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.video import text_path
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.manifest import read_table
from vibekit.formats.metadata import merged, other_columns, words_of
from vibekit.formats.metadata_table import metadata_table
from vibekit.formats.run import read_run
from vibekit.formats.videos import read_videos
from vibekit.stages.annotate.index import AnswerIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vibekit.core.annotation import Answer
    from vibekit.core.video import Metadata, Video
    from vibekit.formats.run import RunFile
    from vibekit.stages.inputs import Inputs

WORDS = ("creator", "language", "title")
"""Fields of the metadata that can be asked for like any column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Something that can be drawn: a video of a run, or a file not yet opened.

    Attributes:
        key: Names it within the frame: its video_id, or its path.
        path: Where it lies.
        video_id: Content hash; None for a file not yet opened.
        metadata: The words about it.
        columns: Further columns of manifests and tables.
        said: Attribute -> what the run answered.
    """

    key: str
    path: Path
    video_id: str | None
    metadata: Metadata
    columns: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Answer] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """Return a metadata column; empty when it has none."""
        return str(getattr(self.metadata, name)) if name in WORDS else self.columns.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything that can be drawn.

    Attributes:
        units: Key -> unit, in a fixed order.
        left_out: Why something cannot be drawn, in words -> how many; only what is known before opening files.
        definitions: Attribute -> fingerprint that the run answered under; empty for files.
        inputs: The files; None for a run.
        warnings: For people.
    """

    units: Mapping[str, Unit]
    left_out: Mapping[str, int] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    inputs: Inputs | None = None
    warnings: tuple[str, ...] = ()

    def check_column(self, name: str, *, option: str) -> None:
        """Raise when no unit has a value in a column."""
        if any(unit.column(name) for unit in self.units.values()):
            return
        known = sorted({c for unit in self.units.values() for c in unit.columns} | {*WORDS[:2]})
        near = did_you_mean(name, [one for one in known if one != name])
        hint = near or f"known: {', '.join(known)}; bring more with --metadata FILE"
        raise InputError(f"{option} {name}: no video has a value in such a column", item=name, hint=hint)


def frame_of_files(inputs: Inputs) -> Frame:
    """Return the files that a user named, those that cannot be files left out."""
    left_out = Counter("cannot be opened" for file in inputs.files if file.problem)
    units = {
        text_path(file.path): Unit(
            key=text_path(file.path), path=file.path, video_id=None, metadata=file.metadata, columns=file.columns
        )
        for file in inputs.files
        if not file.problem
    }
    return Frame(units=units, left_out=left_out, inputs=inputs, warnings=inputs.warnings)


def frame_of_run(run: Path, attributes: Iterable[str], *, metadata: tuple[Path, ...] = ()) -> Frame:
    """Return the videos of a run, each once however many files hold it.

    Args:
        run: Its folder.
        attributes: Whose answers are read.
        metadata: Tables with further columns.

    Raises:
        InputError: It is not a run, or a file of it is damaged.
    """
    if not (run / "run.json").is_file():
        raise InputError("not a run: it holds no run.json", path=run, hint="name a folder such as runs/r1")
    file = read_run(run / "run.json")
    videos = read_videos(run / "videos.jsonl")
    left_out: Counter[str] = Counter()
    once: dict[str, Video] = {}
    for video in videos:
        if video.problem or video.video_id is None:
            left_out["cannot be decoded"] += 1
        elif once.setdefault(video.video_id, video) is not video:
            left_out["copies of another file"] += 1
    answers = _answers(run, file, set(attributes) & set(file.attributes))
    units = {name: _unit(video, answers.get(name, {})) for name, video in once.items()}
    return Frame(
        units=_with_tables(units, metadata),
        left_out=left_out,
        definitions={name: a.fingerprint for name, a in file.attributes.items()},
    )


def _unit(video: Video, said: Mapping[str, Answer]) -> Unit:
    name = video.video_id or ""
    return Unit(key=name, path=video.path, video_id=name, metadata=video.metadata, said=said)


def _answers(run: Path, file: RunFile, attributes: set[str]) -> dict[str, dict[str, Answer]]:
    """Return video_id -> attribute -> the newest answer under the run's present definition."""
    index = AnswerIndex.read(run / "annotations.jsonl")
    latest = index.latest({name: file.attributes[name].fingerprint for name in attributes})
    found: dict[str, dict[str, Answer]] = {}
    for annotation in index.current((key, path) for (path, _), key in latest.items()):
        if annotation.video_id is not None:
            said = found.setdefault(annotation.video_id, {})
            if not annotation.duplicate_of or annotation.attribute not in said:
                said[annotation.attribute] = annotation.answer
    return found


def _with_tables(units: Mapping[str, Unit], metadata: tuple[Path, ...]) -> dict[str, Unit]:
    tables = [metadata_table(read_table(path), (unit.path for unit in units.values())) for path in metadata]
    found = dict(units)
    for name, unit in units.items():
        rows = [row.values for table in tables if (row := table.lookup(unit.path, unit.video_id))]
        if rows:
            words = merged(*(words_of(row).metadata for row in rows), unit.metadata)
            columns = {key: value for row in reversed(rows) for key, value in other_columns(row).items()}
            found[name] = replace(unit, metadata=words, columns=columns)
    return found
