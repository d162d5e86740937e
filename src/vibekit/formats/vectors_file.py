"""Vectors that people bring: .npy, .npz, .parquet and .safetensors, with their ids, read a piece at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from zipfile import BadZipFile
from zlib import error as zlib_error

import numpy as np

from vibekit.errors import InputError
from vibekit.formats.vectors_ids import as_ids, read_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

SUFFIXES = (".npy", ".npz", ".parquet", ".safetensors")
ID_NAMES = ("video_id", "id", "ids", "item_id")
VECTOR_NAMES = ("vector", "vectors", "embedding", "embeddings", "emb", "features")
HINT = "give rows of numbers: shape (videos, dimensions)"


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorsFile:
    """Vectors and ids, checked as far as shapes go.

    Attributes:
        path: The file.
        ids: Arrow strings, shape (n,), none empty.
        dim: Dimensions.
        dtype: Of the numbers in the file.
        pieces: Yields arrays of shape (at most that many rows, dim), in order; a vector that is null is NaN.
    """

    path: Path
    ids: pa.Array
    dim: int
    dtype: np.dtype[Any]
    pieces: Callable[[int], Iterator[Numbers]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where ids and vectors are inside a file.

    Attributes:
        ids: Name of the column or array; empty looks for the usual ones.
        vectors: Likewise.
        binary: What a column of bytes holds.
    """

    ids: str = ""
    vectors: str = ""
    binary: Literal["", "float16", "float32"] = ""


def open_vectors(path: Path, *, ids: Path | None = None, columns: Columns | None = None) -> VectorsFile:
    """Open a file of vectors; reads the ids, and of the vectors only what their shape needs.

    Args:
        path: The file; its suffix says what it is.
        ids: A file of ids, one for each row; None when they are inside.
        columns: What is where.

    Raises:
        InputError: It cannot be read, holds no rows of numbers, or has not one id for each row.
    """
    columns = columns or Columns()
    if not path.is_file():
        raise InputError("no such file", path=path, hint=f"--vectors takes {', '.join(SUFFIXES)}")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        from vibekit.formats.vectors_parquet import open_parquet

        found = open_parquet(path, columns=columns, ids=None if ids is None else read_ids(ids, column=columns.ids))
    elif suffix in SUFFIXES:
        reader = {".npy": _open_npy, ".npz": _open_npz, ".safetensors": _open_safetensors}[suffix]
        found = reader(path, ids, columns)
    else:
        raise InputError(
            f"ends in none of {', '.join(SUFFIXES)}", path=path, hint="save it as .npy, with a file of ids"
        )
    return found


def pieces_of(array: Numbers) -> Callable[[int], Iterator[Numbers]]:
    """Return what yields an array's rows piece by piece."""
    return lambda rows: (array[i : i + rows] for i in range(0, len(array), rows))


def check_numbers(path: Path, *, shape: tuple[int, ...], dtype: np.dtype[Any], ids: int) -> None:
    """Raise unless there are rows of numbers with an id each.

    Raises:
        InputError: There are not.
    """
    if len(shape) != 2 or not shape[1]:
        raise InputError(f"has the shape {shape}", path=path, hint=HINT)
    if dtype.kind not in "fiu":
        raise InputError(f"holds {dtype}, no numbers", path=path, hint=HINT)
    if shape[0] != ids:
        raise InputError(f"{shape[0]:,} vectors, but {ids:,} ids", path=path, hint="give one id for each row, in order")


def _array(path: Path, array: Numbers, ids: pa.Array) -> VectorsFile:
    check_numbers(path, shape=array.shape, dtype=array.dtype, ids=len(ids))
    return VectorsFile(path=path, ids=ids, dim=array.shape[1], dtype=array.dtype, pieces=pieces_of(array))


def _open_npy(path: Path, ids: Path | None, columns: Columns) -> VectorsFile:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"not an .npy file of numbers: {error}", path=path, hint="numpy.save(path, array)") from error
    return _array(path, array, read_ids(_needed(path, ids), column=columns.ids))


def _open_npz(path: Path, ids: Path | None, columns: Columns) -> VectorsFile:
    try:
        with np.load(path, allow_pickle=False) as members:
            names = list(members.files)
            name = _chosen(path, names, columns.vectors, VECTOR_NAMES, "--vector-column")
            array = members[name]
            own = None
            if ids is None:
                own = as_ids(path, members[_chosen(path, names, columns.ids, ID_NAMES, "--id-column")])
    except MemoryError as error:
        raise InputError("too large for the memory", path=path, hint="save it as .npy, which is mapped") from error
    except (ValueError, OSError, EOFError, KeyError, BadZipFile, zlib_error, NotImplementedError) as error:
        raise InputError(f"not an .npz file of numbers: {error}", path=path, hint="numpy.savez(path, ...)") from error
    return _array(path, array, own if ids is None else read_ids(ids, column=columns.ids))


def _open_safetensors(path: Path, ids: Path | None, columns: Columns) -> VectorsFile:
    from safetensors import SafetensorError, safe_open

    listed = read_ids(_needed(path, ids), column=columns.ids)
    try:
        with safe_open(path, framework="numpy") as file:
            name = _chosen(path, list(file.keys()), columns.vectors, VECTOR_NAMES, "--vector-column")
            part = file.get_slice(name)
            shape, kind = tuple(part.get_shape()), str(part.get_dtype())
            if kind == "BF16":
                raise InputError(f"{name} holds bfloat16", path=path, hint="save it as float32 or float16")
            dtype = part[:1].dtype if shape and shape[0] else np.dtype(np.float32)
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"not a safetensors file: {error}", path=path, hint="save it anew") from error
    check_numbers(path, shape=shape, dtype=dtype, ids=len(listed))

    def pieces(rows: int) -> Iterator[Numbers]:
        with safe_open(path, framework="numpy") as file:
            part = file.get_slice(name)
            for i in range(0, shape[0], rows):
                yield part[i : min(i + rows, shape[0])]

    return VectorsFile(path=path, ids=listed, dim=shape[1], dtype=dtype, pieces=pieces)


def _needed(path: Path, ids: Path | None) -> Path:
    if ids is None:
        raise InputError("holds no ids", path=path, hint="name a file with one id a line: --ids ids.txt")
    return ids


def _chosen(path: Path, names: list[str], wanted: str, usual: tuple[str, ...], flag: str) -> str:
    if wanted:
        if wanted not in names:
            raise InputError(f"no {wanted!r} in it, but {', '.join(names)}", path=path, hint=f"name one with {flag}")
        return wanted
    found = [name for name in usual if name in names]
    if found or len(names) == 1:
        return found[0] if found else names[0]
    raise InputError(f"holds {', '.join(names) or 'nothing'}", path=path, hint=f"say which with {flag}")
