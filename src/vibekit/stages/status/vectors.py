"""How a set of embeddings stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.status import Part, Problem, State, StatusItem
from vibekit.errors import InputError
from vibekit.formats.embeddings import is_embeddings, open_embeddings
from vibekit.stages.status.project import damaged

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.stages.status.project import Project


def embeddings_item(path: Path, project: Project) -> StatusItem:
    """Look at ``embeddings.json`` and the sizes of the shards."""
    start = f"vibekit embed VIDEOS --out {path}"
    if not is_embeddings(path):
        unfinished = Problem(state=State.UNFINISHED, words="has shards, but was not finished", mend=start)
        return StatusItem(part=Part.EMBEDDINGS, path=str(path), about="", problems=(unfinished,))
    try:
        found = open_embeddings(path)
    except InputError as error:
        return StatusItem(part=Part.EMBEDDINGS, path=str(path), about="", problems=(damaged(error),))
    about = f"{found.ok:,} vectors of {found.space.dim} dimensions ({found.space.name})"
    if failed := found.rows - found.ok:
        about += f", {failed:,} videos without"
    problems = []
    if found.unreadable:
        words = f"{len(found.unreadable):,} files could not be read"
        problems.append(Problem(state=State.UNFINISHED, words=words, mend=project.again(found.argv, path, start)))
    return StatusItem(part=Part.EMBEDDINGS, path=str(path), about=about, problems=tuple(problems))
