"""From cells to label codes and probabilities, whole columns at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.formats.golden_value import NotALabelError, is_abstention, read_label
from vibekit.stages.score.predictions import NO_LABEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.labels_table import LabelsTable

ABSTAINED = -2
"""Code of a cell that says that no label was given."""
_WRITE = "write probabilities with a point and without a percent sign, such as 0.93"


def label_codes(table: LabelsTable, cells: pa.Array, attribute: GoldenAttribute) -> NDArray[np.int64]:
    """Return the place of every cell's label among the allowed ones.

    Empty cells get ``NO_LABEL``, those that say so (``abstain``, ``unsure``) ``ABSTAINED``.

    Args:
        table: For the row in errors; ``cells`` is one of its columns.
        cells: Labels of any type.
        attribute: Says what is allowed.

    Raises:
        InputError: A label is not allowed; names its row.
    """
    coded = pc.dictionary_encode(_as_text(cells))
    of_word = np.empty(len(coded.dictionary) + 1, np.int64)
    of_word[-1] = NO_LABEL
    for place, word in enumerate(coded.dictionary.to_pylist()):
        of_word[place] = _code(table, coded, place, word, attribute)
    indices = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)
    return np.asarray(of_word[indices], np.int64)


def _code(table: LabelsTable, coded: pa.DictionaryArray, place: int, word: str, attribute: GoldenAttribute) -> int:
    if not word.strip():
        return NO_LABEL
    if is_abstention(word, attribute):
        return ABSTAINED
    try:
        label = read_label(word, attribute)
    except NotALabelError as error:
        row = pc.index(coded.indices, pa.scalar(place, coded.indices.type)).as_py()
        raise table.error(row, str(error), hint=error.hint) from error
    return next(n for n, allowed in enumerate(attribute.allowed) if allowed == label and type(allowed) is type(label))


def probabilities(table: LabelsTable, name: str) -> NDArray[np.float64]:
    """Return a column as probabilities, NaN where it is empty.

    Raises:
        InputError: A cell is no number from 0 to 1; names its row.
    """
    column = table.table[name].combine_chunks()
    numbers = _as_numbers(table, name, column)
    wrong = np.flatnonzero((numbers < 0) | (numbers > 1))
    if len(wrong):
        row = int(wrong[0])
        raise table.error(row, f"{name} {numbers[row]:g} is no probability from 0 to 1", hint=_WRITE)
    return numbers


def _as_numbers(table: LabelsTable, name: str, column: pa.Array) -> NDArray[np.float64]:
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts = column.to_pylist()
        numbers = np.full(len(texts), np.nan)
        for row, text in enumerate(texts):
            if text is None or not text.strip():
                continue
            try:
                numbers[row] = float(text)
            except ValueError as error:
                raise table.error(row, f"{name} {text!r} is no number", hint=_WRITE) from error
        return numbers
    if pa.types.is_boolean(column.type):
        raise table.error(0, f"the column {name!r} has true and false, not probabilities")
    numbers = column.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return np.asarray(numbers, np.float64)


def _as_text(cells: pa.Array) -> pa.Array:
    if pa.types.is_string(cells.type):
        return cells
    if pa.types.is_boolean(cells.type):
        return pc.if_else(cells, "true", "false")
    if pa.types.is_floating(cells.type):
        return pc.if_else(cells.is_null(nan_is_null=True), None, cells.cast(pa.string()))
    return cells.cast(pa.string())
