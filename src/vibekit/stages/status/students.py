"""How a student stands."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.core.fingerprint import fingerprint
from vibekit.core.status import Part, Problem, State, StatusItem
from vibekit.errors import InputError
from vibekit.formats.embeddings import open_embeddings
from vibekit.formats.run import read_run
from vibekit.formats.student import WEIGHTS_FILE, read_student_file
from vibekit.stages.distill.checks import METRICS_FILE
from vibekit.stages.status.project import command, damaged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.student import Student
    from vibekit.stages.status.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What a student was made from, of ``metrics.json``; empty where that is not there."""

    sources: tuple[Mapping[str, Any], ...] = ()
    embeddings: str = ""
    golden: str = ""
    evaluation: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


def student_item(path: Path, project: Project) -> StatusItem:
    """Look at ``student.json`` and ``metrics.json``: its definitions, its runs, its embedding space."""
    try:
        student = read_student_file(path)
    except InputError as error:
        return StatusItem(part=Part.STUDENT, path=str(path), about="", problems=(damaged(error),))
    made = _made(path)
    again = _again(path, made, project)
    runs = [(one, project.resolve(str(one.get("path", "")), Part.RUN)) for one in made.sources]
    vectors = project.resolve(made.embeddings, Part.EMBEDDINGS) if made.embeddings else None
    problems = [*project.changed([(head.name, head.definition) for head in student.heads], mend=again)]
    for source, run in runs:
        if run is not None:
            problems += _run_changed(source, run, tuple(head.name for head in student.heads), again)
    if vectors is not None:
        problems += _space_changed(student, vectors, again)
    if not (path / WEIGHTS_FILE).is_file():
        problems.append(Problem(state=State.DAMAGED, words=f"{WEIGHTS_FILE} is missing", mend=again))
    return StatusItem(
        part=Part.STUDENT,
        path=str(path),
        about=f"{', '.join(head.name for head in student.heads)} from {student.dim} dimensions ({student.embedder})"
        + project.gone([*(str(one.get("path", "")) for one in made.sources), made.embeddings]),
        made_from=tuple(str(one) for one in (*(run for _, run in runs), vectors) if one is not None),
        problems=tuple(problems),
    )


def _made(path: Path) -> _Made:
    try:
        row: Any = json.loads((path / METRICS_FILE).read_text("utf-8"))
        return _Made(
            sources=tuple(dict(one) for one in row["silver"]["sources"]),
            embeddings=str(row["embeddings"]),
            golden=str(row.get("golden", "")),
            evaluation=str(row.get("evaluation", "")),
            settings=dict(row.get("settings", {})),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _Made()


def _again(path: Path, made: _Made, project: Project) -> str:
    sources = [project.here(str(one.get("path", ""))) for one in made.sources] or ["RUN"]
    golden = ["--golden", project.here(made.golden)] if made.golden else []
    head = str(made.settings.get("head", "auto"))
    folds = made.evaluation.partition("-fold")[0]
    vectors = project.here(made.embeddings) if made.embeddings else "E"
    return command(
        "vibekit", "distill", *sources, "--embeddings", vectors, *golden,
        *(["--head", head] if head != "auto" else []), *(["--cv", folds] if folds.isdigit() else []),
        "--out", path, "--force",
    )  # fmt: skip


def _run_changed(source: Mapping[str, Any], run: Path, names: tuple[str, ...], again: str) -> list[Problem]:
    try:
        now = read_run(run / "run.json")
    except InputError:
        return []
    learnt = [name for name in names if name in now.attributes]
    if source.get("recipe") and source["recipe"] != fingerprint({n: now.attributes[n].recipe for n in learnt}):
        words = f"{run} was asked again since, by another definition, prompt, model or sampling"
        return [Problem(state=State.STALE, words=words, mend=again)]
    more = now.counts.get("ok", 0) - sum(int(n) for n in (source.get("labels"),) if isinstance(n, int))
    if set(learnt) == set(now.attributes) and more > 0 and source.get("labels"):
        words = f"{run} has {more:,} labels that it was not trained on"
        return [Problem(state=State.STALE, words=words, mend=again)]
    return []


def _space_changed(student: Student, vectors: Path, again: str) -> list[Problem]:
    try:
        space = open_embeddings(vectors).space
    except InputError:
        return []
    if space.fingerprint == student.space:
        return []
    words = f"{vectors} holds vectors of another space now ({space.name}; it learnt from {student.embedder})"
    return [Problem(state=State.STALE, words=words, mend=again)]
