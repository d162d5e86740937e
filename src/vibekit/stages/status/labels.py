"""How a folder of labels stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.labels import LabelsStatus
from vibekit.core.status import Part, Problem, State, StatusItem
from vibekit.errors import InputError
from vibekit.formats.embeddings import open_embeddings
from vibekit.formats.labels_manifest import read_labels_manifest
from vibekit.formats.student import read_student_file, student_fingerprint
from vibekit.stages.status.project import command, damaged

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.labels import LabelsManifest
    from vibekit.stages.status.project import Project


def labels_item(path: Path, project: Project) -> StatusItem:
    """Look at ``labels.json``: whether it is whole, whose labels they are, and whether all vectors have some."""
    try:
        labels = read_labels_manifest(path)
    except InputError as error:
        return StatusItem(part=Part.LABELS, path=str(path), about="", problems=(damaged(error),))
    student_path, vectors_path = project.here(labels.student), project.here(labels.embeddings)
    again = command("vibekit", "predict", student_path, "--embeddings", vectors_path, "--out", path)
    anew = f"{again} --force"
    student = project.resolve(labels.student, Part.STUDENT)
    vectors = project.resolve(labels.embeddings, Part.EMBEDDINGS)
    problems = [
        *_whole(path, labels, again),
        *project.changed([(head.name, head.definition) for head in labels.heads], mend=anew),
    ]
    if student is not None:
        problems += _student_changed(labels, student, anew)
    if vectors is not None and labels.status is LabelsStatus.COMPLETE:
        problems += _vectors_changed(labels, vectors, again)
    return StatusItem(
        part=Part.LABELS,
        path=str(path),
        about=f"{labels.rows:,} videos: {', '.join(head.name for head in labels.heads)}"
        + project.gone([labels.student, labels.embeddings]),
        made_from=tuple(str(one) for one in (student, vectors) if one is not None),
        problems=tuple(problems),
    )


def _whole(path: Path, labels: LabelsManifest, again: str) -> list[Problem]:
    if labels.status is not LabelsStatus.COMPLETE:
        return [Problem(state=State.UNFINISHED, words="was not finished", mend=again)]
    lost = [part.name for part in labels.parts if not (path / part.name).is_file()]
    if not lost:
        return []
    return [Problem(state=State.DAMAGED, words=f"{len(lost)} parts are missing, such as {lost[0]}", mend=again)]


def _student_changed(labels: LabelsManifest, student: Path, anew: str) -> list[Problem]:
    try:
        now = read_student_file(student)
    except InputError:
        return []
    if student_fingerprint(now) != labels.student_fingerprint:
        return [Problem(state=State.STALE, words=f"{student} is another student since", mend=anew)]
    before = {head.name: (head.threshold, head.abstain) for head in labels.heads}
    moved = [head.name for head in now.heads if before.get(head.name) != (head.threshold, head.abstain)]
    if moved:
        words = f"{student} has other thresholds since: {', '.join(moved)}"
        return [Problem(state=State.STALE, words=words, mend=anew)]
    return []


def _vectors_changed(labels: LabelsManifest, vectors: Path, again: str) -> list[Problem]:
    try:
        now = open_embeddings(vectors)
    except InputError:
        return []
    if now.space.fingerprint != labels.space:
        words = f"{vectors} holds vectors of another space now ({now.space.name}; the labels are of {labels.embedder})"
        return [Problem(state=State.STALE, words=words, mend=f"{again} --force")]
    if now.rows != labels.rows:
        words = f"{vectors} has {now.rows:,} videos by now, {labels.rows:,} are labelled"
        return [Problem(state=State.STALE, words=words, mend=again)]
    return []
