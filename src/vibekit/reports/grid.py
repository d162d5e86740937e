"""A table of a report, before it becomes HTML or Markdown: both are made from the same cells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from vibekit.reports.numbers import UNDEFINED, interval, written

if TYPE_CHECKING:
    from vibekit.core.estimate import Estimate


class Tone(StrEnum):
    """How a cell or a row is set off; the words say the same."""

    PLAIN = ""
    GOOD = "good"
    BAD = "bad"
    MUTED = "muted"
    MODEL = "model"
    PEOPLE = "people"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell.

    Attributes:
        text: What stands in it.
        interval: ``[77.10, 85.20]``, set smaller behind it; empty when there is none.
        why: Why it is undefined or has no interval.
        tone: How it is set off.
        anchor: Part of the page that it leads to; empty for none.
    """

    text: str
    interval: str = ""
    why: str = ""
    tone: Tone = Tone.PLAIN
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: a cell for each column."""

    cells: tuple[Cell, ...]
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One table.

    Attributes:
        title: Its heading.
        head: Names of the columns.
        rows: Its rows.
        words: Columns from 0 that hold words and are set flush left; the others hold numbers.
        above: Sentences over it: what it comes to.
        below: Sentences under it.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    words: frozenset[int] = frozenset({0})
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    def is_number(self, column: int) -> bool:
        """Say whether a column is set flush right."""
        return column not in self.words


def row(*cells: Cell | str, tone: Tone = Tone.PLAIN) -> Row:
    """Make a row; text becomes a plain cell."""
    return Row(cells=tuple(Cell(text=c) if isinstance(c, str) else c for c in cells), tone=tone)


def estimate(value: Estimate, metric: str, *, missing: str = UNDEFINED) -> Cell:
    """Make the cell of an estimate; undefined is said, with its reason.

    Args:
        value: The estimate.
        metric: Decides whether it is written in percent.
        missing: What stands there when the value is None and no reason is given: ``undefined``, or empty where the
            column does not apply.
    """
    if value.value is None:
        return Cell(text=UNDEFINED if value.note else missing, why=value.note, tone=Tone.MUTED)
    return Cell(text=written(value.value, metric), interval=interval(value, metric), why=value.note)
