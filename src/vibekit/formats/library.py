"""Where definitions are found: a file, the user's folder, or the ready-made ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vibekit.errors import InputError, did_you_mean
from vibekit.formats.attribute import SUFFIX, read_attribute
from vibekit.formats.shipped import shipped_dir

if TYPE_CHECKING:
    from vibekit.core.attribute import Attribute

DEFAULT_FOLDER = Path("attributes")
"""The user's own definitions, relative to the working directory."""


class Origin(StrEnum):
    """Whose definition it is."""

    YOURS = "yours"
    SHIPPED = "shipped"


class Found(NamedTuple):
    """A definition and its file."""

    attribute: Attribute
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file that holds a definition; the user's hides a ready-made one of the same name."""

    name: str
    path: Path
    origin: Origin


def find_attribute(name_or_path: str, folder: Path | None = None) -> Found:
    """Find and read one definition.

    A file that is there but wrong is an error; nothing else is tried in its place.

    Args:
        name_or_path: ``calming``, or a path that ends in ``.yaml`` or ``.yml`` or holds a slash.
        folder: The user's definitions; by default ``./attributes`` when there is one.

    Raises:
        InputError: There is no such definition, or it is wrong.
    """
    if "/" in name_or_path or name_or_path.endswith((SUFFIX, ".yml")):
        path = Path(name_or_path)
        return Found(read_attribute(path), path)
    listed = list_attributes(folder)
    for entry in listed:
        if entry.name == name_or_path:
            return Found(read_attribute(entry.path), entry.path)
    raise _unknown(name_or_path, listed, user_folder(folder))


def list_attributes(folder: Path | None = None) -> tuple[Listed, ...]:
    """List every definition that can be used by its name, sorted; files are not read.

    Raises:
        InputError: ``folder`` is given and is not a folder.
    """
    mine = user_folder(folder)
    shipped = shipped_dir("attributes")
    found = _files(shipped, Origin.SHIPPED)
    if mine is not None and mine.resolve() != shipped.resolve():
        found |= _files(mine, Origin.YOURS)
    return tuple(found[name] for name in sorted(found))


def user_folder(folder: Path | None = None) -> Path | None:
    """Return the folder with the user's definitions; None when there is none.

    Raises:
        InputError: ``folder`` is given and is not a folder.
    """
    if folder is None:
        return DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else None
    if not folder.is_dir():
        raise InputError("there is no such folder of definitions", path=folder, hint="make one with: vibekit init")
    return folder


def _files(folder: Path, origin: Origin) -> dict[str, Listed]:
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    return {path.stem: Listed(name=path.stem, path=path, origin=origin) for path in paths}


def _unknown(name: str, listed: tuple[Listed, ...], mine: Path | None) -> InputError:
    names = [entry.name for entry in listed]
    if mine is not None and (mine / f"{name}.yml").is_file():
        return InputError(f"no attribute '{name}'", item=name, hint=f"rename {mine / name}.yml to {name}{SUFFIX}")
    near = did_you_mean(name.lower().replace("-", "_"), names)
    known = f"known: {', '.join(names)}"
    where = f"{near} {known}".strip()
    return InputError(f"no attribute '{name}'", item=name, hint=f"{where}; a new one: vibekit attributes new NAME")
