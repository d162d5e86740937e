"""A large golden table, read by columns: one row a video, no object a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.golden import Split
from vibekit.errors import InputError
from vibekit.formats.golden_columns import COUNTS, NAMES, check_spelling
from vibekit.formats.golden_value import golden_attribute, inferred_attribute
from vibekit.formats.labels_table import column_names, read_labels
from vibekit.formats.library import find_attribute, list_attributes
from vibekit.formats.manifest import PATH_COLUMNS
from vibekit.formats.metadata_table import ID_COLUMNS
from vibekit.stages.score.label_codes import ABSTAINED, label_codes
from vibekit.stages.score.table_labels import names_of, refuse_twice
from vibekit.stages.score.truth import NOT_ASKED, UNDECIDED, Truth

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.labels_table import LabelsTable

LARGE = 50_000
"""Rows from which a wide Parquet table is read by columns."""


def is_large_table(path: Path) -> bool:
    """Tell whether a golden set is a wide Parquet table of many rows."""
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return False
    import pyarrow.parquet as pq

    try:
        rows = pq.read_metadata(path).num_rows
    except (pa.ArrowException, OSError):
        return False
    names = {name.lower() for name in column_names(path)}
    return rows >= LARGE and not names & {*NAMES["label"], *NAMES["rater"]}


def read_truth_table(path: Path, *, attributes_dir: Path | None) -> Truth:
    """Read a wide Parquet table: a column that names the video, a column an attribute, and what the draw says.

    Columns are understood as in a small table: by the names of known attributes, or by holding true and false only.

    Args:
        path: The table.
        attributes_dir: The user's definitions.

    Raises:
        InputError: A label is not allowed, a weight is not above 0, or a video stands twice; names the row.
    """
    table = read_labels(path)
    columns = {name.lower(): name for name in table.table.column_names}
    keys = tuple(columns[key] for key in (*ID_COLUMNS, *PATH_COLUMNS) if key in columns)
    ids = names_of(table, keys)
    refuse_twice(table, ids)
    roles = {role: columns[name] for role in COUNTS for name in reversed(NAMES[role]) if name in columns}
    attributes = _attributes(table, {*keys, *roles.values()}, attributes_dir)
    others = _others(table, {*keys, *roles.values(), *attributes}, roles)
    n = len(ids)
    return Truth(
        path=path,
        ids=ids,
        weight=_weight(table, roles, n),
        group=_groups(table, roles, n),
        stratum=_codes(table.table[roles["stratum"]]) if "stratum" in roles else None,
        tune=_tune(table, roles, n),
        labels={name: _labels(table, attribute) for name, attribute in attributes.items()},
        attributes=attributes,
        columns=others,
    )


def _attributes(table: LabelsTable, taken: set[str], attributes_dir: Path | None) -> dict[str, GoldenAttribute]:
    known = {entry.name for entry in list_attributes(attributes_dir)}
    found: dict[str, GoldenAttribute] = {}
    for name in table.table.column_names:
        if name in taken:
            continue
        if name in known:
            found[name] = golden_attribute(find_attribute(name, attributes_dir).attribute, fingerprint=False)
        elif _is_truth(table.table[name]):
            found[name] = inferred_attribute(name, ("true", "false"))
    return found


def _others(table: LabelsTable, taken: set[str], roles: dict[str, str]) -> dict[str, pa.ChunkedArray]:
    """Return the columns by which videos can be sliced, under their names in lower case."""
    if "weight" in roles and "inclusion_probability" in roles:
        text = f"columns {roles['weight']!r} and {roles['inclusion_probability']!r} say the same"
        raise InputError(text, path=table.path, hint="keep one: a weight is one over the probability")
    others = {name.lower(): table.table[name] for name in table.table.column_names if name not in taken}
    check_spelling(table.path, others, roles)
    known = {"creator": "group", "stratum": "stratum"}
    return {**{name: table.table[roles[role]] for name, role in known.items() if role in roles}, **others}


def _is_truth(column: pa.ChunkedArray) -> bool:
    if pa.types.is_boolean(column.type):
        return True
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return False
    least, most = pc.min_max(column).as_py().values()
    return {least, most} <= {0, 1} and len(pc.unique(column.drop_null())) <= len((0, 1))


def _labels(table: LabelsTable, attribute: GoldenAttribute) -> NDArray[np.int64]:
    codes = label_codes(table, table.table[attribute.name].combine_chunks(), attribute)
    return np.where(codes >= 0, codes, np.where(codes == ABSTAINED, UNDECIDED, NOT_ASKED))


def _weight(table: LabelsTable, roles: dict[str, str], n: int) -> NDArray[np.float64]:
    role = next((role for role in ("inclusion_probability", "weight") if role in roles), None)
    if role is None:
        return np.ones(n)
    column = table.table[roles[role]].combine_chunks().cast(pa.float64())
    values = np.asarray(pc.fill_null(column, np.nan).to_numpy(zero_copy_only=False), np.float64)
    most = 1.0 if role == "inclusion_probability" else np.inf
    wrong = np.flatnonzero(~((values > 0) & (values <= most) & np.isfinite(values)))
    if len(wrong):
        row = int(wrong[0])
        hint = "a video that had no chance of being drawn cannot stand for others"
        raise table.error(row, f"{roles[role]} {values[row]:g} is not above 0 and finite", hint=hint)
    return np.asarray(1 / values if role == "inclusion_probability" else values, np.float64)


def _groups(table: LabelsTable, roles: dict[str, str], n: int) -> NDArray[np.int64]:
    if "group" not in roles:
        return np.arange(n)
    codes = _codes(table.table[roles["group"]])
    # a video without a group is its own
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    return codes


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    coded = pc.dictionary_encode(column.combine_chunks())
    return np.array(pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False), np.int64)


def _tune(table: LabelsTable, roles: dict[str, str], n: int) -> NDArray[np.bool_]:
    if "split" not in roles:
        return np.zeros(n, bool)
    column = table.table[roles["split"]].combine_chunks().cast(pa.string())
    known = pc.is_in(column, value_set=pa.array([str(split) for split in Split]))
    row = pc.index(known, False).as_py()
    if row >= 0:
        raise table.error(row, f"split {column[row].as_py()!r} is neither tune nor test", hint="write tune or test")
    return np.asarray(pc.equal(column, str(Split.TUNE)).to_numpy(zero_copy_only=False), bool)
