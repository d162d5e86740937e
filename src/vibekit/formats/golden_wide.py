"""A golden set as a wide table: a row for each video and rater, a column for each attribute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.csv_text import csv_bytes
from vibekit.formats.golden_kept import KEPT, by_rater, in_order, kept_rows, put_back, shown_value, standing_cells
from vibekit.formats.golden_long import LABEL, META, OF_ANSWER, OF_ITEM, header_of
from vibekit.formats.manifest import Row, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vibekit.formats.golden_kept import Cells

VERSION = 1
_LINE = " line"
_FIXED = ("video_id", "path", "rater", "repeat")

SAMPLE = """\
video_id,path,rater,repeat,calming,inclusion_probability,split
6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a,clips/lake.mp4,ann,0,true,0.5,test
"""


def wide_csv(rows: Sequence[Cells], attributes: Sequence[str]) -> bytes:
    """Return rows of a golden set as the bytes of a wide CSV file.

    What a cell cannot say (times, notes, undone answers) stands in the column ``vibekit``, as JSON.

    Args:
        rows: As ``golden_long.long_rows`` gives them.
        attributes: Names, in order.
    """
    wide = [_wide_row(group) for group in by_rater(in_order(rows)).values()]
    header = header_of(wide, (*_FIXED, *attributes, *OF_ITEM, KEPT))
    return csv_bytes(header, ([row.get(name, "") for name in header] for row in wide))


def _wide_row(group: list[Cells]) -> Cells:
    row = {name: text for name, text in group[0].items() if name in (*_FIXED, *OF_ITEM) or name.startswith(META)}
    labels = {one["attribute"]: one.get("value", "") for one in group if one.get("kind") == LABEL}
    answers = {name: shown_value(one) for name, one in standing_cells(group).items()}
    kept = [{k: v for k, v in one.items() if k in ("video_id", "n", *OF_ANSWER)} for one in group]
    return {**row, **labels, **answers, KEPT: json.dumps({"rows": kept}, separators=(",", ":"))}


def long_table(table: Table, *, known: Collection[str]) -> Table:
    """Turn a wide table that vibekit wrote into a long one; any other comes back as it is.

    Args:
        table: As read.
        known: Names of attributes that have a definition.

    Raises:
        InputError: A cell was changed and the column ``vibekit`` was not, or that column is damaged; names the row.
    """
    if KEPT not in table.columns:
        return table
    kept = [_kept(table, row) for row in table.rows]
    said = {one.get("attribute", "").lower() for rows in kept for one in rows or ()}
    attributes = [name for name in table.columns if name in said or name in known]
    found = [
        (row.line, cells)
        for row, rows in zip(table.rows, kept, strict=True)
        for cells in _of_row(table, row, rows, attributes)
    ]
    return long_table_of(table, found)


def long_table_of(table: Table, found: Sequence[tuple[int, Cells]]) -> Table:
    """Return rows as a long table, in the order that they were exported in.

    Args:
        table: The file that they come from.
        found: (line, cells) of every row.
    """
    ordered = put_back({**cells, _LINE: str(line)} for line, cells in found)
    names = header_of(ordered, ("video_id", *OF_ANSWER))
    rows = tuple(
        Row(line=int(cells[_LINE]), values={k: v for k, v in cells.items() if k != _LINE and v.strip()})
        for cells in ordered
    )
    columns = tuple(name for name in names if name != _LINE)
    return Table(path=table.path, columns=columns, rows=rows, warnings=table.warnings)


def _kept(table: Table, row: Row) -> list[Cells] | None:
    try:
        return kept_rows(str(row.values.get(KEPT, "")))
    except ValueError as error:
        hint = f"clear the cell, and the other cells of the row are read instead: {error}"
        raise InputError(f"column {KEPT!r} is damaged", path=table.path, line=row.line, hint=hint) from error


def _of_row(table: Table, row: Row, kept: list[Cells] | None, attributes: Sequence[str]) -> list[Cells]:
    texts = {name: str(value) for name, value in row.values.items()}
    item = {name: text for name, text in texts.items() if name not in (KEPT, "rater", "repeat", *attributes)}
    if kept is None:
        return [{**item, **_who(texts), "attribute": a, **_answer(texts, a)} for a in attributes if a in texts]
    said = {name: shown_value(one) for name, one in standing_cells(kept).items()}
    said |= {one.get("attribute", ""): one.get("value", "") for one in kept if one.get("kind") == LABEL}
    shown = {name.lower(): text for name, text in said.items()}
    for name in attributes:
        if not _same(texts.get(name, ""), shown.get(name, "")):
            raise InputError(
                f"{name} is {texts.get(name, '')!r}, and column {KEPT!r} says {shown.get(name, '')!r}",
                path=table.path, line=row.line, hint=f"clear the cell {KEPT!r} of rows that you change",
            )  # fmt: skip
    return [{**item, **one} for one in kept]


def _same(cell: str, kept: str) -> bool:
    """Say whether a cell says what was kept; a spreadsheet writes TRUE for true when it saves."""
    now, before = cell.strip(), kept.strip()
    return now == before or (now.lower() == before.lower() and now.lower() in ("true", "false"))


def _who(texts: Cells) -> Cells:
    return {name: texts[name] for name in ("rater", "repeat") if name in texts}


def _answer(texts: Cells, attribute: str) -> Cells:
    return {"kind": "rating" if "rater" in texts else LABEL, "value": texts[attribute]}
