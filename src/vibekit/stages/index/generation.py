"""Generations: written under the lock, made to hold at once, and swept when two newer ones are there."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.index import (
    DATA,
    GENERATIONS,
    LOCK,
    current,
    generation_path,
    generations,
    is_index,
    number_of,
    point,
    read_generation,
    write_generation,
)
from vibekit.formats.lock import locked
from vibekit.stages.index.steps import recorded_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.index import IndexManifest

KEPT = 2
"""Generations whose files stay: a reader that opened the one before has them still."""


@contextmanager
def writing(index: Path) -> Iterator[None]:
    """Hold the lock of an index; what killed writers left is swept.

    Raises:
        InputError: Another process holds it.
    """
    with locked(index / LOCK, holder=lambda: "another vibekit index command", hint="wait for it, then run it again"):
        sweep(index)
        try:
            yield
        except OSError as error:
            # a full disk names no file
            if error.filename is None:
                error.filename = str(index)
            raise


def publish(index: Path, manifest: IndexManifest) -> None:
    """Write a generation, make it hold, and remove the files of old ones."""
    write_generation(index, manifest)
    point(index, manifest.generation)
    sweep(index)


def sweep(index: Path) -> None:
    """Remove generations but the last ones, and files that nothing names.

    A generation newer than the one that holds is one that a killed writer never made to hold.
    """
    now = ""
    if is_index(index):
        try:
            now = current(index)
        except InputError:
            # without knowing what holds, nothing is removed
            return
        names = generations(index)
        upto = [name for name in names if number_of(name) <= number_of(now)]
        kept = set(upto[-KEPT:])
        for name in names:
            if name not in kept:
                generation_path(index, name).unlink(missing_ok=True)
    else:
        kept = set()
        for name in generations(index):
            generation_path(index, name).unlink(missing_ok=True)
    used = recorded_files(index)
    for name in kept:
        try:
            used |= {file.name for file in read_generation(index, name).files.values()}
        except InputError:
            if name == now:
                # without knowing what holds, nothing is removed
                return
    for folder in (index / DATA, index / GENERATIONS):
        for path in folder.glob("*"):
            if path.name.startswith(".") or (folder.name == DATA and path.name not in used):
                path.unlink(missing_ok=True)


def total_bytes(manifest: IndexManifest) -> int:
    """Return the size of all files of a generation."""
    return sum({file.name: file.bytes for file in manifest.files.values()}.values())
