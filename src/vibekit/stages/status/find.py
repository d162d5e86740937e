"""Finds the folders of a project by their manifests."""

from __future__ import annotations

import os
from pathlib import Path

from vibekit.core.status import Part
from vibekit.errors import InputError
from vibekit.formats.embeddings import NAME as EMBEDDINGS_FILE
from vibekit.formats.golden_file import GOLDEN_FILE
from vibekit.formats.index import GENERATIONS, POINTER
from vibekit.formats.labels_manifest import LABELS_FILE
from vibekit.formats.student import STUDENT_FILE

MANIFESTS = {
    "run.json": Part.RUN,
    GOLDEN_FILE: Part.GOLDEN,
    EMBEDDINGS_FILE: Part.EMBEDDINGS,
    STUDENT_FILE: Part.STUDENT,
    LABELS_FILE: Part.LABELS,
    POINTER: Part.INDEX,
}
DEPTH = 4
"""Levels under the folder: projects/one/indexes/i1."""
PUT_ASIDE = ".before-"
UNFINISHED = (("part-", ".arrow", Part.EMBEDDINGS), ("building-", "", Part.INDEX))
"""What is in a folder before its manifest is: prefix and suffix of a name, and what it will be."""


def find(root: Path) -> dict[Part, tuple[Path, ...]]:
    """Return the folders of each part, sorted; those that were put aside by ``--force`` are left out.

    Args:
        root: A project, or any folder above some.

    Raises:
        InputError: There is no such folder.
    """
    if not root.is_dir():
        raise InputError("there is no such folder", path=root, hint="name the folder of a project: vibekit status DIR")
    found: dict[Part, list[Path]] = {}
    _look(root, DEPTH, found)
    return {part: tuple(sorted(paths)) for part, paths in found.items()}


def _look(folder: Path, depth: int, found: dict[Part, list[Path]]) -> None:
    below: list[str] = []
    parts: set[Part] = set()
    unfinished: set[Part] = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name in MANIFESTS:
                    parts.add(MANIFESTS[name])
                else:
                    unfinished |= {p for start, end, p in UNFINISHED if name.startswith(start) and name.endswith(end)}
                    if depth and not name.startswith(".") and PUT_ASIDE not in name and _is_folder(entry):
                        below.append(name)
    except OSError:
        return
    if Part.INDEX in parts and GENERATIONS not in below:
        # many programs write an index.json
        parts.discard(Part.INDEX)
    for part in parts or unfinished:
        found.setdefault(part, []).append(folder)
    if parts or unfinished:
        return
    for name in below:
        _look(folder / name, depth - 1, found)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # links could lead in circles
    return entry.is_dir(follow_symlinks=False)
