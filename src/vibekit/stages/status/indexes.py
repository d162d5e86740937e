"""How an index stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.status import Part, Problem, State, StatusItem
from vibekit.errors import InputError
from vibekit.formats.embeddings import open_embeddings
from vibekit.formats.index import DATA, is_index, read_index
from vibekit.formats.labels_manifest import has_labels_manifest
from vibekit.stages.index.again import thresholds
from vibekit.stages.index.build import embeddings_fingerprint
from vibekit.stages.index.label_source import source_fingerprint
from vibekit.stages.status.project import command, damaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.core.index import IndexManifest
    from vibekit.stages.status.project import Project

MOST_BYTES = 1 << 26
"""A table of labels that is larger is not hashed: ``vibekit index info`` does that."""


def index_item(path: Path, project: Project) -> StatusItem:
    """Look at the generation that holds: its files, the labels and vectors that it was built from."""
    start = command("vibekit", "index", "build", "EMBEDDINGS", "--out", path)
    if not is_index(path):
        unfinished = Problem(state=State.UNFINISHED, words="was not built to its end", mend=start)
        return StatusItem(part=Part.INDEX, path=str(path), about="", problems=(unfinished,))
    try:
        index = read_index(path)
    except InputError as error:
        return StatusItem(part=Part.INDEX, path=str(path), about="", problems=(damaged(error),))
    sources = tuple(dict.fromkeys(one.source for one in index.attributes if one.source))
    labels = {source: project.resolve(source, Part.LABELS) for source in sources}
    vectors = [project.resolve(one, Part.EMBEDDINGS) for one in index.embeddings]
    flags = tuple(word for one in sources for word in ("--labels", project.here(one)))
    cuts = thresholds(index.attributes)
    relabel = command("vibekit", "index", "update-labels", path, *flags, *cuts)
    problems = [
        *_files(path, index, project),
        *project.changed([(one.name, one.definition) for one in index.attributes], mend=relabel),
        *_relabelled(path, index, project, sources),
        *_vectors_changed(path, index, project, flags, cuts),
    ]
    attributes = ", ".join(one.name for one in index.attributes) or "no attributes"
    return StatusItem(
        part=Part.INDEX,
        path=str(path),
        about=f"{index.videos:,} videos: {attributes}, {index.generation}"
        + project.gone([*sources, *index.embeddings]),
        made_from=tuple(str(one) for one in (*labels.values(), *vectors) if one is not None),
        problems=tuple(problems),
    )


def _files(path: Path, index: IndexManifest, project: Project) -> list[Problem]:
    build = command("vibekit", "index", "build", *map(project.here, index.embeddings), "--out", path)
    again = project.again(index.argv if index.made_by == "build" else (), path, build)
    bad = []
    for one in index.files.values():
        try:
            size = (path / DATA / one.name).stat().st_size
        except OSError:
            bad.append(f"{one.name} is missing")
            continue
        if size != one.bytes:
            bad.append(f"{one.name} has {size:,} bytes, not {one.bytes:,}")
    if not bad:
        return []
    demo = " demo " in again
    mend = again if demo or again.endswith(" --force") else f"{again} --force"
    more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
    return [Problem(state=State.DAMAGED, words=f"{bad[0]}{more}", mend=mend)]


def _relabelled(path: Path, index: IndexManifest, project: Project, sources: Sequence[str]) -> list[Problem]:
    problems = []
    for source in sources:
        there = Path(project.here(source))
        if not has_labels_manifest(there) and not (there.is_file() and there.stat().st_size <= MOST_BYTES):
            continue
        try:
            now = source_fingerprint(there)
        except InputError:
            continue
        mine = tuple(one for one in index.attributes if one.source == source)
        old = [one.name for one in mine if one.source_fingerprint and one.source_fingerprint != now]
        if old:
            mend = command("vibekit", "index", "update-labels", path, "--labels", there, *thresholds(mine))
            words = f"{there} has other labels since: {', '.join(old)}"
            problems.append(Problem(state=State.STALE, words=words, mend=mend))
    return problems


def _vectors_changed(
    path: Path, index: IndexManifest, project: Project, flags: Sequence[str], cuts: Sequence[str]
) -> list[Problem]:
    problems = []
    for name, before in index.sources.items():
        folder = project.resolve(name, Part.EMBEDDINGS)
        if folder is None:
            continue
        try:
            now = open_embeddings(folder)
        except InputError:
            continue
        if embeddings_fingerprint(now) == before:
            continue
        if now.space.fingerprint == index.space:
            mend = command("vibekit", "index", "add", path, folder, *flags)
            words = f"{folder} has changed since it went in: {now.ok:,} vectors by now"
        else:
            mend = command("vibekit", "index", "build", folder, *flags, *cuts, "--out", path, "--force")
            words = f"{folder} holds vectors of another space now ({now.space.name})"
        problems.append(Problem(state=State.STALE, words=words, mend=mend))
    return problems
