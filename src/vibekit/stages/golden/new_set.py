"""Makes the folder of a golden set; one that is there is never written over: ratings are precious."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.atomic import write_text
from vibekit.formats.attribute import SUFFIX
from vibekit.formats.attribute_text import write_attribute
from vibekit.formats.golden_file import GOLDEN_FILE, write_golden
from vibekit.formats.golden_items import ITEMS_FILE, write_items
from vibekit.formats.golden_ratings import RATINGS_FILE, RatingsLog
from vibekit.stages.golden.open_folder import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from vibekit.core.golden import GoldenAttribute, Item
    from vibekit.formats.golden_file import GoldenFile


def check_free(path: Path, *, force: bool) -> None:
    """Raise when a set cannot be made at ``path``, before any work is done.

    Args:
        path: The folder to be.
        force: What is there may be put aside.

    Raises:
        InputError: Something is there.
    """
    if path.exists() and not path.is_dir():
        raise InputError("is a file, not a folder", path=path, hint="choose another --out, such as golden/g1")
    if not path.is_dir() or not any(path.iterdir()):
        return
    if not (path / GOLDEN_FILE).is_file():
        raise InputError("is not empty and not a golden set", path=path, hint="choose a new folder with --out")
    if not force:
        rated = (path / RATINGS_FILE).exists() and (path / RATINGS_FILE).stat().st_size > 0
        raise InputError(
            f"there is a golden set already{', with ratings' if rated else ''}", path=path,
            hint="choose another --out; --force puts the old one aside (renamed, never deleted)",
        )  # fmt: skip


def put_aside(path: Path) -> Path | None:
    """Rename an old set; returns where it is now, None when there was none.

    Raises:
        InputError: Somebody is rating in it.
    """
    if not (path / GOLDEN_FILE).exists():
        return None
    stem = f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    names = (path.with_name(f"{stem}-{n}" if n else stem) for n in count())
    aside = next(name for name in names if not name.exists())
    with RatingsLog(path / RATINGS_FILE):
        path.rename(aside)
    return aside


def write_set(path: Path, file: GoldenFile, items: Iterable[Item]) -> None:
    """Write a new golden set; ``golden.yaml`` last, so that a half-written one is no golden set.

    Args:
        path: The folder; made when missing.
        file: Its ``golden.yaml``; definitions in its attributes are written beside it.
        items: Its videos.
    """
    write_definitions(path, file.attributes.values())
    write_items(path / ITEMS_FILE, items)
    write_golden(path / GOLDEN_FILE, file)


def write_definitions(path: Path, attributes: Iterable[GoldenAttribute]) -> None:
    """Copy definitions into the folder of a golden set, as they were rated."""
    (path / ATTRIBUTES).mkdir(parents=True, exist_ok=True)
    for attribute in attributes:
        if attribute.definition is not None:
            write_text(path / ATTRIBUTES / f"{attribute.name}{SUFFIX}", write_attribute(attribute.definition))
