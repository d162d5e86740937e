"""The labels of a run: the newest line for every file and attribute, the same bytes once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.annotation import Status
from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.annotations import label_text, storable
from vibekit.formats.attribute import SUFFIX, read_attribute
from vibekit.formats.run import RunStatus, read_run
from vibekit.formats.videos import read_videos
from vibekit.stages.annotate.index import AnswerIndex
from vibekit.stages.score.predictions import NO_LABEL, Column, Outcome, Predictions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from vibekit.core.annotation import Annotation, Answer
    from vibekit.core.attribute import Attribute
    from vibekit.core.golden import GoldenAttribute
    from vibekit.core.video import Video
    from vibekit.formats.run import RunFile

OUTCOMES = {Status.OK: Outcome.OK, Status.ABSTAIN: Outcome.ABSTAIN, Status.BLOCKED: Outcome.BLOCKED}
"""Every other status is a failure."""


@dataclass(slots=True)
class _Said:
    """The answer to one attribute, as far as numbers go, and where its line is."""

    outcome: Outcome
    label: int
    probability: float
    pair: tuple[str, str]
    copy: bool


@dataclass(frozen=True, slots=True)
class RunDetails:
    """Reads the words behind a few answers from ``annotations.jsonl``."""

    index: AnswerIndex
    pairs: Mapping[str, Mapping[int, tuple[str, str]]]

    def answers(self, attribute: str, rows: Sequence[int]) -> Mapping[int, Answer]:
        """Return the answers of some videos, by their row."""
        there = [row for row in rows if row in self.pairs[attribute]]
        found = self.index.current(self.pairs[attribute][row] for row in there)
        return {row: annotation.answer for row, annotation in zip(there, found, strict=True)}


@dataclass(slots=True)
class _Rows:
    """Gives every video a row: by its content hash, and a file that cannot be read by its path."""

    row_of: dict[str, int] = field(default_factory=dict)
    paths: list[list[str]] = field(default_factory=list)

    def row(self, video_id: str | None, path: str) -> int:
        name = video_id or path
        row = self.row_of.setdefault(name, len(self.paths))
        if row == len(self.paths):
            self.paths.append([])
        if path not in self.paths[row]:
            self.paths[row].append(path)
        return row


def read_run_labels(run: Path, asked: Mapping[str, GoldenAttribute]) -> Predictions:
    """Read a run.

    Only lines under the definition that the run was last asked with count; what is under an older one is missing.

    Raises:
        InputError: A file of the run is damaged, or a label is outside of what is allowed.
    """
    head = read_run(run / "run.json")
    index = AnswerIndex.read(run / "annotations.jsonl")
    rows = _Rows()
    videos = read_videos(run / "videos.jsonl")
    for video in videos:
        rows.row(video.video_id, video.text_path)
    said, makers, sources = _said(index, head, asked, rows)
    files = _definition_files(run, head, said)
    kept = {name: read_attribute(file, check_name=False) for name, file in files.items()}
    n = len(rows.paths)
    return Predictions(
        path=run,
        ids=pa.array(list(rows.row_of), pa.string()),
        paths=pa.array([storable(paths[0]) for paths in rows.paths], pa.string()),
        more_paths={row: tuple(paths[1:]) for row, paths in enumerate(rows.paths) if len(paths) > 1},
        columns={
            name: _column(n, by_row, head.attributes[name].fingerprint, sources[name]) for name, by_row in said.items()
        },
        known=tuple(head.attributes),
        videos=_by_id(videos),
        definitions=kept,
        definition_files=files,
        details=RunDetails(index, {name: {row: s.pair for row, s in by.items()} for name, by in said.items()}),
        annotator=", ".join(dict.fromkeys(annotator for annotator, _ in makers)),
        model=", ".join(dict.fromkeys(model for _, model in makers if model)),
        cost_usd=index.cost_usd,
        is_run=True,
        warnings=(*index.warnings, *_warnings(run, head, index, asked)),
    )


def _said(
    index: AnswerIndex, head: RunFile, asked: Mapping[str, GoldenAttribute], rows: _Rows
) -> tuple[dict[str, dict[int, _Said]], Counter[tuple[str, str]], dict[str, Counter[str]]]:
    said: dict[str, dict[int, _Said]] = {name: {} for name in head.attributes if name in asked}
    makers: Counter[tuple[str, str]] = Counter()
    sources: dict[str, Counter[str]] = {name: Counter() for name in said}
    for pair, a in _current(index, head, set(said)):
        makers[a.annotator, a.model] += 1
        row = rows.row(a.video_id, a.path)
        before = said[a.attribute].get(row)
        # the line of the file that was asked about, before those of its copies
        if before is None or (before.copy and not a.duplicate_of) or (bool(a.duplicate_of) == before.copy):
            said[a.attribute][row] = _said_of(index.path, a, pair, asked[a.attribute])
        if a.answer.probability_source is not None:
            sources[a.attribute][str(a.answer.probability_source)] += 1
    return said, makers, sources


def _current(index: AnswerIndex, head: RunFile, wanted: set[str]) -> Iterator[tuple[tuple[str, str], Annotation]]:
    latest = index.latest({name: a.fingerprint for name, a in head.attributes.items() if name in wanted})
    pairs = sorted(((key, path) for (path, _), key in latest.items()), key=lambda pair: index.entries[pair].offset)
    yield from zip(pairs, index.current(pairs), strict=True)


def _said_of(path: Path, a: Annotation, pair: tuple[str, str], asked: GoldenAttribute) -> _Said:
    code = NO_LABEL
    if a.answer.label is not None:
        labels = [label_text(label) for label in asked.allowed]
        text = label_text(a.answer.label)
        if text not in labels:
            raise InputError(
                f"the label {text!r} of {a.path} is outside of what the golden set allows for '{a.attribute}'",
                path=path, hint=f"allowed: {', '.join(labels)}",
            )  # fmt: skip
        code = labels.index(text)
    probability = np.nan if a.answer.probability is None else a.answer.probability
    outcome = OUTCOMES.get(a.answer.status, Outcome.FAILED)
    return _Said(outcome, code, probability, pair, bool(a.duplicate_of))


def _column(n: int, said: Mapping[int, _Said], definition: str, sources: Counter[str]) -> Column:
    outcome = np.full(n, Outcome.MISSING, np.int8)
    label = np.full(n, NO_LABEL, np.int64)
    probability = np.full(n, np.nan)
    for row, one in said.items():
        outcome[row], label[row], probability[row] = one.outcome, one.label, one.probability
    names = " and ".join(name for name, _ in sources.most_common())
    return Column(outcome=outcome, label=label, probability=probability, definition=definition, source=names)


def _by_id(videos: Iterable[Video]) -> dict[str, Video]:
    found: dict[str, Video] = {}
    for video in videos:
        found.setdefault(video.video_id or video.text_path, video)
    return found


def _definition_files(run: Path, head: RunFile, names: Iterable[str]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for name in names:
        wanted = head.attributes[name].fingerprint
        places = (run / "attributes" / f"{name}{SUFFIX}", run / "attributes" / f"{name}@{wanted}{SUFFIX}")
        for place in places:
            if place.is_file() and _kept(place).fingerprint == wanted:
                files[name] = place
                break
    return files


def _kept(path: Path) -> Attribute:
    return read_attribute(path, check_name=False)


def _warnings(run: Path, head: RunFile, index: AnswerIndex, asked: Mapping[str, GoldenAttribute]) -> Iterator[str]:
    shown = text_path(run)
    if head.status is not RunStatus.COMPLETE:
        yield f"{shown}: the run is not complete ({head.status}); videos without an answer count as missing"
    latest = index.latest({name: a.fingerprint for name, a in head.attributes.items() if name in asked})
    for name in asked:
        if name not in head.attributes:
            continue
        recipes = Counter(index.entries[key, path].recipe for (path, a), key in latest.items() if a == name)
        if len(recipes) > 1:
            older = recipes.total() - recipes[head.attributes[name].recipe]
            yield (
                f"{shown}: {older} of {recipes.total()} labels of '{name}' were made with other settings than the "
                f"last command's: the score is of a mixture"
            )
