"""``items.csv``: the videos of a golden set, each with the chance that the draw had to pick it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.golden import Item, Split
from vibekit.core.number import finite
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.atomic import replacing
from vibekit.formats.csv_text import csv_bytes
from vibekit.formats.manifest import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from vibekit.formats.manifest import Row

VERSION = 1
ITEMS_FILE = "items.csv"
COLUMNS = ("video_id", "path", "stratum", "inclusion_probability", "creator", "split", "round")
_TRIMMED = ("video_id", "stratum", "creator", "split", "round")
"""Columns that lose outer blanks, which people type; a path may have some."""

SAMPLE = """\
video_id,path,stratum,inclusion_probability,creator,split,round,language
6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a,clips/lake.mp4,predicted true,0.5,ann,test,1,en
"""


def write_items(path: Path, items: Iterable[Item]) -> None:
    """Replace ``items.csv`` at once.

    Args:
        path: The file.
        items: In order; a metadata column that not all have is empty for the others.

    Raises:
        InputError: A metadata column has the name of one of the fixed columns.
    """
    rows = list(items)
    names = tuple(dict.fromkeys(name for item in rows for name in item.columns))
    taken = sorted(set(names) & set(COLUMNS))
    if taken:
        raise InputError(f"a metadata column cannot be named {taken[0]!r}", path=path, hint="rename the column")
    data = csv_bytes((*COLUMNS, *names), (_cells(item, names) for item in rows))
    with replacing(path) as stream:
        stream.write(data)


def _cells(item: Item, names: tuple[str, ...]) -> tuple[object, ...]:
    fixed = (
        item.video_id, item.path, item.stratum, float(item.inclusion_probability), item.group, item.split, item.round,
    )  # fmt: skip
    return (*fixed, *(item.columns.get(name, "") for name in names))


def free_names(columns: Mapping[str, str]) -> dict[str, str]:
    """Return metadata columns with an underscore after names that the file needs itself."""
    return {f"{name}_" if name in COLUMNS else name: text for name, text in columns.items()}


def read_items(path: Path) -> dict[str, Item]:
    """Read the videos of a golden set, in file order.

    Raises:
        InputError: A row is broken, or names a video for the second time; names the line.
    """
    table = read_table(path)
    missing = [name for name in ("video_id", "inclusion_probability", "split") if name not in table.columns]
    if missing:
        near = did_you_mean(missing[0], table.columns)
        raise InputError(f"no column {missing[0]!r}", path=path, line=1, hint=near or f"the columns: {COLUMNS}")
    items: dict[str, Item] = {}
    lines: dict[str, int] = {}
    for row in table.rows:
        item = _item(path, row)
        if item.video_id in items:
            text = f"second row for {item.video_id}; the first is line {lines[item.video_id]}"
            raise InputError(text, path=path, line=row.line, hint="remove one of them")
        items[item.video_id] = item
        lines[item.video_id] = row.line
    return items


def _item(path: Path, row: Row) -> Item:
    texts = {name: str(value).strip() if name in _TRIMMED else str(value) for name, value in row.values.items()}
    if "video_id" not in texts:
        raise InputError("no video_id", path=path, line=row.line, hint="fill it in or remove the row")
    return Item(
        video_id=texts["video_id"],
        path=texts.get("path", ""),
        stratum=texts.get("stratum", ""),
        inclusion_probability=read_probability(texts.get("inclusion_probability", ""), path=path, line=row.line),
        group=texts.get("creator", ""),
        split=read_split(texts.get("split", ""), path=path, line=row.line),
        round=read_count(texts.get("round", "1"), name="round", least=1, path=path, line=row.line),
        columns={name: text for name, text in texts.items() if name not in COLUMNS},
    )


def read_probability(text: str, *, path: Path, line: int) -> float:
    """Read a chance in (0, 1].

    Raises:
        InputError: It is not one.
    """
    value = finite(text)
    if value is None or not 0 < value <= 1:
        raise InputError(
            f"inclusion_probability {text!r} is not above 0 and at most 1", path=path, line=line,
            hint="write a point, not a comma: 0.5" if "," in text
            else "a video that had no chance of being drawn cannot stand for others",
        )  # fmt: skip
    return value


def read_split(text: str, *, path: Path, line: int) -> Split:
    """Read ``tune`` or ``test``.

    Raises:
        InputError: It is neither.
    """
    word = text.strip().lower()
    if word not in tuple(Split):
        hint = did_you_mean(word, list(Split)) or "write tune or test"
        raise InputError(f"split {text!r} is neither tune nor test", path=path, line=line, hint=hint)
    return Split(word)


def read_count(text: str, *, name: str, least: int, path: Path, line: int) -> int:
    """Read a whole number of ``least`` or more.

    Raises:
        InputError: It is not one.
    """
    value = finite(text)
    if value is None or value < least or value != int(value):
        raise InputError(f"{name} {text!r} is not a whole number from {least}", path=path, line=line)
    return int(value)
