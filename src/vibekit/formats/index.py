"""``indexes/I``: generations that never change, and a pointer to the one that holds, replaced at once and last.

::

    indexes/I/
    ├── index.json                     the pointer
    ├── generations/g-000001.json      what a generation is made of: every file with its size and sha256
    └── data/                          the files, named by their content: see ``index_data``
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from vibekit.core.attribute import Kind
from vibekit.core.index import (
    ColumnType,
    Effort,
    IndexedAttribute,
    IndexedColumn,
    IndexFile,
    IndexManifest,
)
from vibekit.errors import InputError
from vibekit.formats.atomic import write_json
from vibekit.formats.dataclass_row import from_row, to_row

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
POINTER = "index.json"
GENERATIONS = "generations"
DATA = "data"
LOCK = ".lock"
BUILD = "build it again: vibekit index build EMBEDDINGS --out INDEX --force"
_GENERATION = re.compile(r"g-\d{6,}")

SAMPLE = IndexManifest(
    generation="g-000001",
    created_at="2026-11-21T10:00:00Z",
    embeddings=("embeddings/e1",),
    space="00112233aabbccdd",
    embedder="av",
    dim=4,
    rows=3,
    attributes=(
        IndexedAttribute(
            name="calming", kind=Kind.BINARY, labels=(True,), threshold=0.42, abstain=(0.3, 0.6),
            definition="0123456789abcdef", source="labels/l1", source_fingerprint="8899aabbccddeeff",
            labelled_at="2026-11-21T10:00:00Z", counts={"true": 1, "false": 1, "unknown": 1},
        ),
    ),
    columns=(IndexedColumn(name="language", type=ColumnType.TEXT),),
    efforts=(Effort(restriction="calming", matched=1, k=10, scan=0, refine=0, recall=1.0, queries=1),),
    files={"rows": IndexFile(name="rows-6a6a6a6a6a6a6a6a.npy", bytes=176, sha256="6a" * 32)},
    key="ffeeddccbbaa9988",
    sources={"embeddings/e1": "0011223344556677"},
    argv=("vibekit", "index", "build", "embeddings/e1", "--labels", "labels/l1", "--out", "indexes/i1"),
    vibekit="0.1.0",
)  # fmt: skip
"""``generations/g-000001.json``."""


def is_index(path: Path) -> bool:
    """Tell whether a folder holds an index."""
    return (path / POINTER).is_file()


def read_index(path: Path) -> IndexManifest:
    """Read the generation that holds now.

    Raises:
        InputError: There is no index, or it is damaged or of a newer vibekit.
    """
    return read_generation(path, current(path))


def current(path: Path) -> str:
    """Return the name of the generation that holds now.

    Raises:
        InputError: There is no index, or its pointer is damaged or of a newer vibekit.
    """
    if not is_index(path):
        said = "no index in it" if path.is_dir() else "no such folder"
        raise InputError(said, path=path, hint="make one: vibekit index build EMBEDDINGS --labels L --out INDEX")
    row = _read(path / POINTER)
    name = row.get("generation")
    if not isinstance(name, str) or not _GENERATION.fullmatch(name):
        raise InputError(f"names no generation: {name!r}", path=path / POINTER, hint=BUILD)
    return name


def read_generation(path: Path, name: str) -> IndexManifest:
    """Read one generation.

    Raises:
        InputError: It is not there, damaged, or of a newer vibekit.
    """
    file = generation_path(path, name)
    row = _read(file)
    try:
        found = from_row(IndexManifest, row)
    except ValueError as error:
        raise InputError(f"is damaged: {error}", path=file, hint=BUILD) from error
    if found.generation != name:
        raise InputError(f"is of {found.generation}, not {name}", path=file, hint=BUILD)
    for entry in found.files.values():
        if "/" in entry.name or entry.name.startswith("."):
            raise InputError(f"not the name of a data file: {entry.name!r}", path=file, hint=BUILD)
    return found


def write_generation(path: Path, manifest: IndexManifest) -> None:
    """Write what a generation is made of; nobody sees it before ``point``."""
    write_json(generation_path(path, manifest.generation), {"version": VERSION, **to_row(manifest)})


def point(path: Path, generation: str) -> None:
    """Make a generation the one that holds: the last thing that is written."""
    write_json(path / POINTER, {"version": VERSION, "generation": generation})


def generation_path(path: Path, name: str) -> Path:
    """Return the file of a generation."""
    return path / GENERATIONS / f"{name}.json"


def generations(path: Path) -> tuple[str, ...]:
    """Return the names of all generations that are kept, the oldest first."""
    return tuple(sorted((p.stem for p in (path / GENERATIONS).glob("g-*.json")), key=number_of))


def next_generation(path: Path) -> str:
    """Return the name of the generation that comes after all that are there."""
    last = max((number_of(name) for name in generations(path)), default=0)
    return f"g-{last + 1:06d}"


def number_of(name: str) -> int:
    """Return the number in a generation's name; 0 where there is none."""
    digits = name.partition("-")[2]
    return int(digits) if digits.isdigit() else 0


def _read(path: Path) -> dict[str, Any]:
    try:
        row = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"cannot be read: {error}", path=path, hint=BUILD) from error
    version = row.pop("version", None) if isinstance(row, dict) else None
    if type(version) is not int:
        raise InputError("not a file of an index: no version", path=path, hint=BUILD)
    if version > VERSION:
        raise InputError(f"version {version}, this vibekit reads {VERSION}", path=path, hint="pip install -U vibekit")
    return dict(row)
