"""Labels with one row a video: a column an attribute, or ``name=label`` columns with a probability each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.attribute import Kind
from vibekit.errors import InputError
from vibekit.formats.annotations import label_text
from vibekit.stages.score.label_codes import ABSTAINED, label_codes, probabilities
from vibekit.stages.score.predictions import NO_LABEL, Column, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.labels_table import LabelsTable

TABLE = "table"
"""Source of probabilities that a table brings."""


def attribute_of(column: str) -> str:
    """Return the attribute that a column speaks of: the part before ``=``."""
    return column.partition("=")[0]


def wide_columns(table: LabelsTable, held: Sequence[str], asked: Mapping[str, GoldenAttribute]) -> dict[str, Column]:
    """Return what is said of every attribute that is asked for and there.

    Args:
        table: The rows, one a video.
        held: Columns that speak of them.
        asked: The attributes.

    Raises:
        InputError: A cell is neither an allowed label nor a probability.
    """
    columns: dict[str, Column] = {}
    for name, attribute in asked.items():
        of_labels = [column for column in held if attribute_of(column) == name and column != name]
        if name in held and of_labels:
            raise InputError(f"both {name!r} and {of_labels[0]!r} are columns", path=table.path, hint="drop one")
        if name in held:
            columns[name] = _single(table, name, attribute)
        elif of_labels:
            several = _binary if attribute.kind is Kind.BINARY else _several
            columns[name] = several(table, of_labels, attribute)
    return columns


def _single(table: LabelsTable, name: str, attribute: GoldenAttribute) -> Column:
    cells = table.table[name].combine_chunks()
    if attribute.kind is Kind.BINARY and _are_probabilities(cells):
        return _of_chances(probabilities(table, name))
    codes = label_codes(table, cells, attribute)
    outcome = np.where(codes >= 0, Outcome.OK, np.where(codes == ABSTAINED, Outcome.ABSTAIN, Outcome.MISSING))
    return Column(
        outcome=outcome.astype(np.int8),
        label=np.maximum(codes, NO_LABEL),
        probability=np.full(len(codes), np.nan),
    )


def _of_chances(chances: NDArray[np.float64]) -> Column:
    """Leave the label to a threshold."""
    return Column(
        outcome=np.where(np.isfinite(chances), Outcome.OK, Outcome.MISSING).astype(np.int8),
        label=np.full(len(chances), NO_LABEL, np.int64),
        probability=chances,
        source=TABLE,
        labelled=False,
    )


def _are_probabilities(cells: pa.Array) -> bool:
    """Tell probabilities from labels: numbers with a fraction, or a column of floats."""
    if pa.types.is_floating(cells.type):
        return True
    if not pa.types.is_string(cells.type):
        return False
    return any(_has_point(text) for text in cells.unique().to_pylist())


def _has_point(text: str | None) -> bool:
    try:
        number = float(text or "")
    except ValueError:
        return False
    return "." in (text or "") or number not in (0.0, 1.0)


def _binary(table: LabelsTable, columns: Sequence[str], attribute: GoldenAttribute) -> Column:
    """Take P(true): that of ``name=true``, and where it is not given what ``name=false`` leaves."""
    chances = np.full(table.table.num_rows, np.nan)
    for column, place in sorted(_places(table, columns, attribute).items(), key=lambda pair: pair[1]):
        given = probabilities(table, column)
        chances = np.where(np.isfinite(chances), chances, given if attribute.allowed[place] is True else 1 - given)
    return _of_chances(chances)


def _several(table: LabelsTable, columns: Sequence[str], attribute: GoldenAttribute) -> Column:
    """Take the most probable label; of equal ones the first in the order of the definition."""
    places = _places(table, columns, attribute)
    chances = np.full((len(attribute.allowed), table.table.num_rows), np.nan)
    for column, place in places.items():
        chances[place] = probabilities(table, column)
    there = np.asarray(np.isfinite(chances).any(axis=0))
    filled = np.where(np.isfinite(chances), chances, -1.0)
    label = np.where(there, filled.argmax(axis=0), NO_LABEL)
    return Column(
        outcome=np.where(there, Outcome.OK, Outcome.MISSING).astype(np.int8),
        label=label.astype(np.int64),
        probability=np.where(there, filled.max(axis=0), np.nan),
        source=TABLE,
    )


def _places(table: LabelsTable, columns: Sequence[str], attribute: GoldenAttribute) -> dict[str, int]:
    # the columns of a text file were lower-cased when it was read
    texts = [label_text(label) for label in attribute.allowed]
    folded = [text.lower() for text in texts]
    places: dict[str, int] = {}
    for column in columns:
        word = column.partition("=")[2]
        if word in texts:
            places[column] = texts.index(word)
        elif table.is_text and folded.count(word.lower()) == 1:
            places[column] = folded.index(word.lower())
        else:
            raise InputError(
                f"the column {column!r} names a label that '{attribute.name}' does not allow",
                path=table.path, hint=f"allowed: {', '.join(texts)}",
            )  # fmt: skip
    return places
