"""The ids of vectors that people bring: a text file with one a line, .npy, or a column of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from vibekit.errors import InputError
from vibekit.formats.manifest import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NAMES = ("video_id", "id", "ids", "item_id")
_NEVER = "\x1f"


def read_ids(path: Path, *, column: str = "") -> pa.Array:
    """Read ids, in order.

    Args:
        path: .txt with one a line, .npy, .parquet, .csv, .tsv or .jsonl.
        column: Of a table; empty looks for the usual names.

    Raises:
        InputError: It cannot be read, or an id is empty.
    """
    if not path.is_file():
        raise InputError("no such file", path=path, hint="--ids takes a text file with one id a line")
    suffix = path.suffix.lower()
    if suffix == ".npy":
        try:
            return as_ids(path, np.load(path, allow_pickle=False))
        except (ValueError, OSError, EOFError) as error:
            raise InputError(f"not an .npy file of ids: {error}", path=path, hint="save strings or integers") from error
    if suffix == ".parquet":
        return _from_parquet(path, column)
    if suffix in (".csv", ".tsv", ".jsonl", ".ndjson"):
        return _from_table(path, column)
    return _from_lines(path)


def as_ids(path: Path, values: NDArray[Any] | pa.Array | pa.ChunkedArray) -> pa.Array:
    """Turn values into ids.

    Raises:
        InputError: They are neither texts nor whole numbers, or one is empty.
    """
    if isinstance(values, np.ndarray):
        if values.ndim != 1 or values.dtype.kind not in "USiu":
            hint = "ids are texts or whole numbers, one for each row"
            raise InputError(f"ids of shape {values.shape} and type {values.dtype}", path=path, hint=hint)
        values = pa.array(np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values)
    kind = values.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)):
        raise InputError(f"ids are {kind}", path=path, hint="ids are texts or whole numbers, one for each row")
    # trimmed: a blank at the end of an id would match no video, and nobody could see why
    texts = pc.utf8_trim_whitespace(pc.cast(values, pa.string()))
    if isinstance(texts, pa.ChunkedArray):
        texts = pa.concat_arrays(texts.chunks) if texts.num_chunks else pa.array([], pa.string())
    empty = pc.fill_null(pc.equal(texts, ""), True)
    if pc.any(empty).as_py():
        first = pc.index(empty, True).as_py() + 1
        raise InputError("an empty id", path=path, line=first, hint="give every vector an id")
    return texts


def _from_lines(path: Path) -> pa.Array:
    if not path.stat().st_size:
        return pa.array([], pa.string())
    try:
        table = pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(column_names=["id"], block_size=1 << 24),
            parse_options=pa_csv.ParseOptions(delimiter=_NEVER, quote_char=False, ignore_empty_lines=False),
            convert_options=pa_csv.ConvertOptions(column_types={"id": pa.string()}, strings_can_be_null=False),
        )
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"not a text file of ids: {error}", path=path, hint="write one id a line, UTF-8") from error
    return as_ids(path, table.column("id"))


def _from_parquet(path: Path, column: str) -> pa.Array:
    try:
        with path.open("rb") as source:
            names = pq.read_schema(source).names
            chosen = _column(path, tuple(names), column)
            source.seek(0)
            return as_ids(path, pq.read_table(source, columns=[chosen]).column(0))
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"not a Parquet file: {error}", path=path, hint="write it anew") from error


def _from_table(path: Path, column: str) -> pa.Array:
    table = read_table(path)
    chosen = _column(path, table.columns, column.lower())
    return as_ids(path, pa.array([str(row.values.get(chosen, "")) for row in table.rows], pa.string()))


def _column(path: Path, names: tuple[str, ...], wanted: str) -> str:
    found = [name for name in ((wanted,) if wanted else NAMES) if name in names]
    if found or (len(names) == 1 and not wanted):
        return found[0] if found else names[0]
    raise InputError(
        f"no column of ids among {', '.join(names)}", path=path,
        hint=f"call it {NAMES[0]}; vibekit embed also takes its name: --id-column NAME",
    )  # fmt: skip
