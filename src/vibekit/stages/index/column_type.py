"""What a metadata column holds: numbers, dates, true and false, or text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.index import ColumnType

if TYPE_CHECKING:
    from vibekit.formats.labels_table import LabelsTable

ARROW = {
    ColumnType.TEXT: pa.string(), ColumnType.NUMBER: pa.float64(),
    ColumnType.DATE: pa.date32(), ColumnType.TRUTH: pa.bool_(),
}  # fmt: skip
"""Column type -> Arrow type; numbers that are all whole are int64."""
WORDS = {
    ColumnType.TEXT: "text", ColumnType.NUMBER: "numbers",
    ColumnType.DATE: "dates", ColumnType.TRUTH: "true and false",
}  # fmt: skip
MOSTLY = 0.5
"""A column of which more than this share is of one type is called mixed."""
EARLIEST, LATEST = 1900, 2100
"""Years between which eight digits are a date."""
MOST_WHOLE = 2**53
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")


def typed(table: LabelsTable, name: str) -> tuple[ColumnType, pa.Array, str]:
    """Find out what a column holds.

    Args:
        table: The table.
        name: Of the column.

    Returns:
        Its type, its cells in that type (null where empty), and what is to be said of it; empty when nothing is.
    """
    cells = _joined(table.table.column(name))
    kind = cells.type
    if pa.types.is_boolean(kind):
        return ColumnType.TRUTH, cells, ""
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return ColumnType.DATE, cells.cast(pa.date32()), ""
    if pa.types.is_floating(kind):
        return ColumnType.NUMBER, _finite(cells.cast(pa.float64())), ""
    if pa.types.is_null(kind):
        return ColumnType.TEXT, cells.cast(pa.string()), f"the column {name!r} is empty"
    words = cells.cast(pa.string())
    if pa.types.is_uint64(kind) and pc.any(pc.greater(cells, pa.scalar(2**63 - 1, kind))).as_py():
        # numbers that neither int64 nor float64 tells apart
        return ColumnType.TEXT, words, f"the column {name!r} is text: it holds whole numbers beyond 64 bits"
    if pa.types.is_integer(kind):
        days = _read(words, _day)
        whole = len(days) > days.null_count == words.null_count
        return (ColumnType.DATE, days, "") if whole else (ColumnType.NUMBER, cells.cast(pa.int64()), "")
    return _of_text(table, name, words)


def as_type(table: LabelsTable, name: str, kind: ColumnType) -> pa.Array:
    """Read a column as a type.

    Raises:
        InputError: A cell is not of it; names the row.
    """
    cells = _joined(table.table.column(name))
    if kind is ColumnType.TEXT:
        return cells.cast(pa.string())
    found, given, _ = typed(table, name)
    if found is kind:
        return given
    words = cells.cast(pa.string())
    read = _read(words, READERS[kind])
    wrong = pc.and_(read.is_null(), pc.and_not(words.is_valid(), pc.equal(pc.utf8_trim_whitespace(words), "")))
    row = pc.index(wrong, True).as_py()
    if row >= 0:
        raise table.error(
            row, f"{name!r} holds {WORDS[kind]} in the index, this is {words[row].as_py()!r}",
            hint="mend the cell, leave it empty, or build the index again with this table",
        )  # fmt: skip
    return read


def _of_text(table: LabelsTable, name: str, words: pa.Array) -> tuple[ColumnType, pa.Array, str]:
    full = pc.and_kleene(words.is_valid(), pc.not_equal(pc.utf8_trim_whitespace(words), ""))
    given = pc.sum(full.cast(pa.int64())).as_py() or 0
    best: tuple[int, ColumnType, pa.Array] | None = None
    # dates before numbers: eight digits are both
    for kind in (ColumnType.TRUTH, ColumnType.DATE, ColumnType.NUMBER):
        read = _read(words, READERS[kind])
        fitting = len(read) - read.null_count
        if given and fitting == given:
            return kind, _whole(read) if kind is ColumnType.NUMBER else read, ""
        if best is None or fitting > best[0]:
            best = fitting, kind, read
    said = ""
    if best is not None and given and best[0] > MOSTLY * given:
        odd = pc.and_(full.fill_null(False), best[2].is_null())
        row = pc.index(odd, True).as_py()
        said = (
            f"the column {name!r} is text: {best[0]:,} cells are {WORDS[best[1]]}, {given - best[0]:,} are not, "
            f"such as {words[row].as_py()!r} in {table.place(row)}"
        )
    return ColumnType.TEXT, words, said


def _number(word: str) -> float | None:
    if not _NUMBER.fullmatch(word):
        return None
    found = float(word)
    if not np.isfinite(found):
        return None
    # an id of many digits: two of them would become the same number
    return None if word.lstrip("+-").isdecimal() and int(word) != found else found


def _day(word: str) -> date | None:
    try:
        if len(word) == 8 and word.isdecimal():
            day = date(int(word[:4]), int(word[4:6]), int(word[6:]))
            return day if EARLIEST <= day.year <= LATEST else None
        if not _DAY.fullmatch(word):
            return None
        moment = datetime.fromisoformat(word)
    except ValueError:
        return None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _truth(word: str) -> bool | None:
    # yes and no stay text: 'no' is a language
    return {"true": True, "false": False}.get(word.lower())


READERS: dict[ColumnType, Callable[[str], Any]] = {
    ColumnType.NUMBER: _number,
    ColumnType.DATE: _day,
    ColumnType.TRUTH: _truth,
}
_READ_AS = {**ARROW}


def _read(words: pa.Array, reader: Callable[[str], Any]) -> pa.Array:
    """Read each different word once."""
    kind = next(_READ_AS[name] for name, one in READERS.items() if one is reader)
    coded = pc.dictionary_encode(words)
    values = pa.array([reader(word.strip()) for word in coded.dictionary.to_pylist()], kind)
    return values.take(coded.indices)


def _whole(numbers: pa.Array) -> pa.Array:
    """Return int64 where every number is whole and not too large."""
    values = numbers.drop_null().to_numpy(zero_copy_only=False)
    if len(values) and bool((np.abs(values) < MOST_WHOLE).all()) and bool((values == np.floor(values)).all()):
        return numbers.cast(pa.int64())
    return numbers


def _finite(numbers: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))


def _joined(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found
