"""What the user names - folders, globs, files, manifests - as one list of files, each once, in a fixed order."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.video import text_path
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.manifest import PATH_COLUMNS, Table, Value, is_table, read_table
from vibekit.formats.sidecar import SIDECAR_SUFFIXES
from vibekit.media.scan import Scan, look_at, scan_folder, scan_glob

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN_SUFFIXES = ".mp4 .mov .mkv .webm .avi .gif .mpg .wmv .flv .3gp .ts .ogv"
_IMPOSSIBLE = re.compile("\0|[\ud800-\udc7f\udd00-\udfff]")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One file that the user named.

    Attributes:
        path: As spelt in the source.
        problem: Why it cannot be annotated; empty when nothing speaks against it yet.
        values: Cells of its manifest row; empty without a manifest.
        where: ``manifest.csv:7``; empty without a manifest.
        top: The highest folder whose metadata tables may speak of it.
    """

    path: Path
    problem: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    where: str = ""
    top: Path


@dataclass(slots=True)
class Sources:
    """Everything that was named.

    Attributes:
        listed: Absolute path -> file, in order.
        ignored: Suffix -> how many files in folders and globs are no videos.
        warnings: What was odd, in whole sentences.
        empty: What sources without any video held instead.
    """

    listed: dict[str, Listed] = field(default_factory=dict)
    ignored: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    empty: list[InputError] = field(default_factory=list)


def list_sources(sources: tuple[str, ...], *, root: Path | None = None) -> Sources:
    """List the files that sources name; a file that is named twice is listed once, where it comes first.

    Args:
        sources: Folders, globs, video files and manifests, as typed.
        root: Second place to look for the relative paths of a manifest.

    Raises:
        InputError: A source does not exist, a manifest is broken, or there is no video at all.
    """
    result = Sources()
    for source in sources:
        _add_source(result, source, root=root)
    if not result.listed:
        raise (
            result.empty[0]
            if result.empty
            else InputError(
                "no videos were named", hint="name a folder, a glob, files or a manifest: vibekit annotate videos/"
            )
        )
    result.warnings += [error.message for error in result.empty]
    return result


def _add_source(result: Sources, source: str, *, root: Path | None) -> None:
    path = Path(source)
    if source and os.path.lexists(source):
        _add_existing(result, path, root=root)
    elif glob.has_magic(source):
        scan = scan_glob(source)
        tables = [found.path for found in scan.found if is_table(found.path)]
        for table in tables:
            _add_manifest(result, table, root=root)
        kept = [found for found in scan.found if found.path not in tables]
        _add_scan(result, Scan(kept, scan.ignored), name=source, top=None, some=bool(tables))
    else:
        raise _missing(source)


def _add_existing(result: Sources, path: Path, *, root: Path | None) -> None:
    found = look_at(path)
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where it may not look
        _add_scan(result, scan_folder(path), name=text_path(path), top=path)
    elif is_table(path) and not found.problem:
        _add_manifest(result, path, root=root)
    elif path.suffix.lower() in SIDECAR_SUFFIXES and not found.problem:
        # A shell expands clips/* to the side-cars too.
        result.warnings.append(f"{text_path(path)}: a side-car, not a video; left out")
    else:
        _add(result, Listed(path=path, problem=found.problem, top=path.parent))


def _add_scan(result: Sources, scan: Scan, *, name: str, top: Path | None, some: bool = False) -> None:
    for found in scan.found:
        _add(result, Listed(path=found.path, problem=found.problem, top=top or found.path.parent))
    result.ignored.update(scan.ignored)
    if not scan.found and not some:
        what = "matches no video" if top is None else "holds no video, nor do its folders"
        instead = f"there are {counted(scan.ignored)}" if scan.ignored else "nothing else is there either"
        hint = f"videos end in {KNOWN_SUFFIXES} and the like; name a file of another suffix by itself"
        result.empty.append(InputError(f"{what}; {instead}", path=name, hint=hint))


def counted(suffixes: Mapping[str, int]) -> str:
    """Write ``12 other files (8 .txt, 4 .jpg)``, the most frequent suffixes first."""
    ranked = sorted(suffixes.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{n} {suffix or 'without suffix'}" for suffix, n in ranked[:5]]
    total = sum(suffixes.values())
    more = ", …" if len(ranked) > len(parts) else ""
    return f"{total} other file{'' if total == 1 else 's'} ({', '.join(parts)}{more})"


def _add(result: Sources, new: Listed) -> None:
    key = os.path.abspath(new.path)  # noqa: PTH100 - links stay: two names are two files with one content
    old = result.listed.setdefault(key, new)
    if old is new or not new.values:
        return
    if old.values:
        result.warnings.append(f"{new.where}: second row for {text_path(new.path)}; {old.where} is used")
    else:
        result.listed[key] = replace(old, values=new.values, where=new.where)


def _add_manifest(result: Sources, path: Path, *, root: Path | None) -> None:
    table = read_table(path)
    column = table.path_column
    if column is None:
        raise InputError(
            f"no column names the file; its columns are: {', '.join(table.columns) or 'none'}",
            path=text_path(path), line=1, hint=f"name one of them {', '.join(PATH_COLUMNS)}",
        )  # fmt: skip
    if not table.rows:
        raise InputError("has a header and no rows", path=text_path(path), hint="one row for each video")
    places = tuple(dict.fromkeys([path.parent, *([root] if root else []), Path()]))
    result.warnings += [f"{text_path(path)}: {note}" for note in table.warnings]
    rows = [_manifest_row(table, n, column=column, places=places) for n in range(len(table.rows))]
    for row in rows:
        _add(result, row)
    missing = [row for row in rows if row.problem.startswith("no such file")]
    if missing:
        looked = ", ".join(text_path(place.absolute()) for place in places)
        result.warnings.append(
            f"{missing[0].where}: no such file: {text_path(missing[0].path)}"
            f" ({len(missing)} of {len(rows)} rows; looked in: {looked})"
        )


def _manifest_row(table: Table, number: int, *, column: str, places: tuple[Path, ...]) -> Listed:
    row = table.rows[number]
    cell = row.values.get(column, "")
    if not isinstance(cell, str) or not cell:
        raise InputError(
            f"no path in column {column!r}",
            path=text_path(table.path),
            line=row.line,
            hint="fill it in or drop the row",
        )
    path, problem = _resolve(cell, places)
    others = {name: value for name, value in row.values.items() if name != column}
    where = f"{text_path(table.path)}:{row.line}"
    # A row with nothing but a path still stands in the manifest: its empty words must not count as no row.
    return Listed(path=path, problem=problem, values=others or {column: cell}, where=where, top=path.parent)


def _resolve(cell: str, places: tuple[Path, ...]) -> tuple[Path, str]:
    """Find the file of a cell; returns its path and what is wrong with it."""
    if _IMPOSSIBLE.search(cell):
        return places[0] / _IMPOSSIBLE.sub("\ufffd", cell), "not a possible file name"
    for name in dict.fromkeys((cell, cell.strip())):
        for place in places:
            if os.path.lexists(place / name):
                return place / name, look_at(place / name).problem
    if _URL.match(cell):
        return Path(cell), "an address, not a file: download it first"
    return places[0] / cell.strip(), "no such file (named in the manifest)"


def _missing(source: str) -> InputError:
    if _URL.match(source):
        return InputError("an address, not a file", path=source, hint="download it first, then name the folder")
    path = Path(source)
    try:
        names = os.listdir(path.parent)  # noqa: PTH208 - names are all that is needed
    except OSError:
        while path.parent != path and not _is_folder(path.parent):
            path = path.parent
        return InputError("no such folder", path=text_path(path.parent / path.name), hint="check the name: ls")
    near = did_you_mean(path.name, names)
    return InputError("no such file or folder", path=text_path(path), hint=near or f"look with: ls {path.parent}")


def _is_folder(path: Path) -> bool:
    """Tell whether a path is a folder that can be looked at."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False
