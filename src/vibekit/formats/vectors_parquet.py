"""Vectors in a Parquet column: lists, lists of a fixed size, or bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vibekit.errors import InputError
from vibekit.formats.vectors_file import ID_NAMES, VECTOR_NAMES, VectorsFile, check_numbers
from vibekit.formats.vectors_ids import as_ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.formats.vectors_file import Columns

    Numbers = NDArray[Any]

PIECE = 8192
"""Rows that are decoded at once: lists are slow, and large pieces cost memory only."""


def open_parquet(path: Path, *, columns: Columns, ids: pa.Array | None) -> VectorsFile:
    """Open a Parquet file with a column of vectors.

    Args:
        path: The file.
        columns: What is where.
        ids: From a file of their own; None when they are a column.

    Raises:
        InputError: There is no such column, or its vectors differ in length.
    """
    try:
        file = pq.ParquetFile(path)
        name = _vector_column(path, file.schema_arrow, columns)
        if ids is None:
            ids = as_ids(path, file.read(columns=[_id_column(path, file.schema_arrow, columns)]).column(0))
        dim, dtype = _shape(path, file, name, columns)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"not a Parquet file: {error}", path=path, hint="write it anew") from error
    check_numbers(path, shape=(file.metadata.num_rows, dim), dtype=dtype, ids=len(ids))

    def pieces(rows: int) -> Iterator[Numbers]:
        held: list[Numbers] = []
        start = 0
        for batch in pq.ParquetFile(path).iter_batches(PIECE, columns=[name]):
            held.append(_numbers(path, batch.column(0), dim=dim, dtype=dtype, start=start))
            start += len(batch)
            while sum(map(len, held)) >= rows:
                whole = np.concatenate(held) if len(held) > 1 else held[0]
                held = [whole[rows:]] if len(whole) > rows else []
                yield whole[:rows]
        if held:
            yield np.concatenate(held) if len(held) > 1 else held[0]

    return VectorsFile(path=path, ids=ids, dim=dim, dtype=dtype, pieces=pieces)


def _id_column(path: Path, schema: pa.Schema, columns: Columns) -> str:
    found = [name for name in ((columns.ids,) if columns.ids else ID_NAMES) if name in schema.names]
    if not found:
        hint = "name it with --id-column, or a file of ids with --ids"
        raise InputError(f"no column of ids among {', '.join(schema.names)}", path=path, hint=hint)
    return found[0]


def _vector_column(path: Path, schema: pa.Schema, columns: Columns) -> str:
    usable = [field.name for field in schema if _is_list(field.type) or _is_bytes(field.type)]
    known = [name for name in ((columns.vectors,) if columns.vectors else VECTOR_NAMES) if name in usable]
    if known or (len(usable) == 1 and not columns.vectors):
        return known[0] if known else usable[0]
    what = ", ".join(f"{field.name} {field.type}" for field in schema)
    raise InputError(f"no column of vectors among {what}", path=path, hint="name a list column with --vector-column")


def _is_list(kind: pa.DataType) -> bool:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(lists and (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _shape(path: Path, file: pq.ParquetFile, name: str, columns: Columns) -> tuple[int, np.dtype[Any]]:
    kind = file.schema_arrow.field(name).type
    if _is_bytes(kind):
        if not columns.binary:
            hint = "say what the bytes are: --binary float32 or --binary float16"
            raise InputError(f"the column {name!r} holds bytes", path=path, hint=hint)
        dtype = np.dtype(columns.binary).newbyteorder("<")
        return _first_length(file, name, lambda column: pc.binary_length(column)) // dtype.itemsize, dtype
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size), np.dtype(kind.value_type.to_pandas_dtype())
    return _first_length(file, name, pc.list_value_length), np.dtype(kind.value_type.to_pandas_dtype())


def _first_length(file: pq.ParquetFile, name: str, length: Any) -> int:  # noqa: ANN401 - a compute function
    for batch in file.iter_batches(PIECE, columns=[name]):
        found = pc.drop_null(length(batch.column(0)))
        if len(found):
            return int(found[0].as_py())
    return 0


def _numbers(path: Path, column: pa.Array, *, dim: int, dtype: np.dtype[Any], start: int) -> Numbers:
    """Decode one piece to shape (n, dim); null becomes NaN.

    Raises:
        InputError: A vector has another length.
    """
    kind = column.type
    width = dim * dtype.itemsize if _is_bytes(kind) else dim
    if not pa.types.is_fixed_size_list(kind):
        lengths = pc.binary_length(column) if _is_bytes(kind) else pc.list_value_length(column)
        other = pc.fill_null(pc.not_equal(lengths, width), False)
        if pc.any(other).as_py():
            row = pc.index(other, True).as_py()
            found = lengths[row].as_py() // (dtype.itemsize if _is_bytes(kind) else 1)
            raise InputError(
                f"row {start + row + 1}: {found} dimensions, the rows before have {dim}",
                path=path,
                hint="vectors of one model have one length: bring each model's into a set of its own",
            )
    there = ~column.is_null().to_numpy(zero_copy_only=False)
    kept = column.drop_null()
    if _is_bytes(kind):
        flat = np.frombuffer(b"".join(kept.to_pylist()), dtype)
    else:
        flat = kept.flatten().to_numpy(zero_copy_only=False)
    if there.all():
        return flat.reshape(len(column), dim)
    out = np.full((len(column), dim), np.nan, flat.dtype if flat.dtype.kind == "f" else np.float32)
    out[there] = flat.reshape(-1, dim)
    return out
