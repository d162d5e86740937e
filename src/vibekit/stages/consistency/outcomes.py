"""The answers of a run as they stand: one outcome for each video and attribute, texts left on the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.annotation import Annotation, Status
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.annotations import annotation_at, from_row, label_text
from vibekit.formats.jsonl import iter_lines, read_row
from vibekit.formats.run import RunFile, read_run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ANSWERS = "annotations.jsonl"


@dataclass(frozen=True, slots=True)
class Where:
    """One outcome: the byte that its line starts at, its status, and the label as text (empty without one)."""

    offset: int
    status: Status
    label: str

    @property
    def stratum(self) -> str:
        """The label, or the status where there is none."""
        return self.label or f"({self.status})"


@dataclass(slots=True)
class Outcomes:
    """What a run says.

    Attributes:
        folder: The run.
        run: Its ``run.json``.
        of: Attribute -> video_id -> outcome, made with the settings that ``run.json`` names for the attribute.
        other: Attribute -> videos whose only answers were made with other settings; they are left out.
        unreadable: Lines about files that have no identity.
        warnings: For people.
    """

    folder: Path
    run: RunFile
    of: dict[str, dict[str, Where]] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)
    unreadable: int = 0
    warnings: list[str] = field(default_factory=list)

    def annotations(self, attribute: str, video_ids: Iterable[str]) -> dict[str, Annotation]:
        """Read the whole lines of some videos; those without an outcome are left out."""
        known = self.of.get(attribute, {})
        wanted = [v for v in video_ids if v in known]
        if not wanted:
            return {}
        with (self.folder / ANSWERS).open("rb") as stream:
            return {v: from_row(read_row(stream, known[v].offset)) for v in wanted}


def read_outcomes(folder: Path) -> Outcomes:
    """Read a run; of two lines about a video the last one that the current settings made counts.

    Raises:
        InputError: There is no such run, or it is damaged.
    """
    run = run_at(folder)
    out = Outcomes(folder=folder, run=run, of={name: {} for name in run.attributes})
    elsewhere: dict[str, set[str]] = {name: set() for name in run.attributes}
    for line in iter_lines(folder / ANSWERS, warnings=out.warnings):
        a = annotation_at(folder / ANSWERS, line)
        if a.duplicate_of or a.attribute not in run.attributes:
            continue
        if a.video_id is None:
            out.unreadable += 1
            continue
        if a.recipe != run.attributes[a.attribute].recipe:
            elsewhere[a.attribute].add(a.video_id)
            continue
        label = "" if a.answer.label is None else label_text(a.answer.label)
        out.of[a.attribute][a.video_id] = Where(line.offset, a.answer.status, label)
    out.other = {name: len(ids - out.of[name].keys()) for name, ids in elsewhere.items()}
    return out


def run_at(folder: Path) -> RunFile:
    """Read the ``run.json`` of a run.

    Raises:
        InputError: There is no such run, or it is damaged.
    """
    if (folder / "run.json").is_file() and (folder / ANSWERS).is_file():
        return read_run(folder / "run.json")
    if folder.is_dir():
        raise InputError("not a run: it lacks run.json or annotations.jsonl", path=folder, hint="look with: ls runs")
    beside = [p.name for p in folder.parent.iterdir()] if folder.parent.is_dir() else []
    near = did_you_mean(folder.name, beside)
    raise InputError("no such run", path=folder, hint=near or f"look with: ls {folder.parent}")
