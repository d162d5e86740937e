"""Text and tables as GitHub-flavoured Markdown in which nothing from outside can become markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vibekit.reports.text import one_line

if TYPE_CHECKING:
    from vibekit.reports.grid import Cell, Grid, Row

# A backslash before ASCII punctuation makes it plain text (CommonMark 0.31, section 2.4); "$" opens formulas on GitHub.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~$#!^{}]|&(?=[#\w])|(?<=[wW]{3})\.|:(?=//)|(?<=\w)@|@(?=\w)")
_AT_START = re.compile(r"^(\d+)([.)])(?=\s|$)|^([-+=])(?=[\s+=-]|$)")


def escape(text: str) -> str:
    """Return text on one line that Markdown shows as it is: no HTML, links, pictures, tables, mentions or headings.

    Args:
        text: Anything.
    """
    line = _MARKUP.sub(_escaped, one_line(text))
    return _AT_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", line)


def _escaped(match: re.Match[str]) -> str:
    # entities rather than a backslash where GitHub looks for links and mentions after the text has been read
    return {"<": "&lt;", ">": "&gt;", "@": "&#64;<!-- -->", "|": "&#124;"}.get(match[0], "\\" + match[0])


def table(grid: Grid) -> list[str]:
    """Return the lines of a table, the sentences below it included, without its title."""
    lines = [f"{escape(said)}  " for said in grid.above]
    if grid.rows:
        rule = ["---:" if grid.is_number(i) else "---" for i in range(len(grid.head))]
        lines += [
            *([""] if lines else []),
            _line([escape(h) for h in grid.head]),
            _line(rule),
            *[_row(row) for row in grid.rows],
        ]
    return [*lines, *([""] if lines and grid.below else []), *[f"{escape(said)}  " for said in grid.below]]


def section(grid: Grid | None, *, level: int) -> list[str]:
    """Return a heading and a table; nothing for None."""
    return [] if grid is None else ["", f"{'#' * level} {escape(grid.title)}", "", *table(grid)]


def _row(row: Row) -> str:
    bold = row.tone in ("model", "total")
    first, *rest = (_cell(cell) for cell in row.cells)
    return _line([f"**{first}**" if bold and first else first, *rest])


def _cell(cell: Cell) -> str:
    # an interval is our own: its brackets stay readable in the raw file
    parts = [escape(cell.text), cell.interval, f"({escape(cell.why)})" if cell.why else ""]
    return " ".join(part for part in parts if part)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
