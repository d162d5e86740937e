"""Queries that people bring: vectors in a file, or a table of ids and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.errors import InputError, did_you_mean
from vibekit.formats.manifest import read_table
from vibekit.formats.vectors_file import HINT, open_vectors
from vibekit.formats.vectors_ids import read_ids

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.formats.manifest import Row

ID_COLUMNS = ("id", "video_id")
TEXT_COLUMNS = ("text", "query")
COLUMNS = (*ID_COLUMNS, *TEXT_COLUMNS, "restrict", "k", "exclude")
MOST = 1_000_000
"""Vectors of one file: all of them are held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRow:
    """One query of a table.

    Attributes:
        line: Where it stands in the file.
        id: Of a video; empty when it is a text.
        text: Empty when it is an id.
        restrict: None leaves it to the command.
        k: Likewise.
        exclude: Ids that are not to be found.
    """

    line: int
    id: str = ""
    text: str = ""
    restrict: str | None = None
    k: int | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryVectors:
    """Vectors of a file.

    Attributes:
        names: What each is called: its id, or its row.
        vectors: float32, shape (n, d).
    """

    names: tuple[str, ...]
    vectors: NDArray[np.float32]


def read_query_rows(path: Path) -> tuple[QueryRow, ...]:
    """Read a table of queries: a column ``id`` or ``text``, and perhaps ``restrict``, ``k`` and ``exclude``.

    Raises:
        InputError: It cannot be read, holds other columns, or a row has not one query.
    """
    if not path.is_file():
        raise InputError("no such file", path=path, hint="--batch takes a CSV or JSON Lines with id or text")
    table = read_table(path)
    odd = next((name for name in table.columns if name not in COLUMNS), None)
    if odd is not None:
        hint = f"{did_you_mean(odd, COLUMNS)} columns: {', '.join(COLUMNS)}".strip()
        raise InputError(f"unknown column '{odd}'", path=path, line=1, hint=hint)
    if not table.rows:
        raise InputError("no query in it", path=path, hint="a column id or text, and a row for each query")
    return tuple(_query(path, row) for row in table.rows)


def _query(path: Path, row: Row) -> QueryRow:
    found = {name: value for name, value in row.values.items() if name != "exclude"}
    listed = next((name for name, value in found.items() if isinstance(value, tuple)), None)
    if listed is not None:
        raise InputError(f"{listed} is a list", path=path, line=row.line, hint="one query a row")
    words = {name: str(value).strip() for name, value in found.items()}
    asked = [name for name in (*ID_COLUMNS, *TEXT_COLUMNS) if words.get(name)]
    if len(asked) != 1:
        said = " and ".join(asked) or "no query"
        raise InputError(f"{said} in one row", path=path, line=row.line, hint="give each row one id, or one text")
    value = words[asked[0]]
    left_out = row.values.get("exclude", ())
    return QueryRow(
        line=row.line,
        id=value if asked[0] in ID_COLUMNS else "",
        text=value if asked[0] in TEXT_COLUMNS else "",
        restrict=words.get("restrict"),
        k=None if "k" not in words else _count(path, row.line, words["k"]),
        exclude=tuple(left_out.split()) if isinstance(left_out, str) else left_out,
    )


def _count(path: Path, line: int, text: str) -> int:
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise InputError(f"k is '{text}'", path=path, line=line, hint="a whole number, such as 10")
    return int(text)


def read_query_vectors(path: Path, *, ids: Path | None = None) -> QueryVectors:
    """Read vectors to search by.

    Args:
        path: .npy of shape (n, d) or (d,), or .npz, .parquet or .safetensors as ``open_vectors`` takes them.
        ids: Names of the rows; None takes those inside, or the numbers of the rows.

    Raises:
        InputError: They cannot be read, or are no rows of numbers.
    """
    if path.suffix.lower() != ".npy":
        try:
            found = open_vectors(path, ids=ids)
        except InputError as error:
            hint = error.hint if ids is None and "--" not in error.hint else "save the rows as .npy, with no ids at all"
            raise InputError(error.message, hint=hint, item=str(path)) from error
        rows = list(found.pieces(MOST + 1))
        vectors = np.concatenate(rows) if rows else np.zeros((0, found.dim), np.float32)
        return _held(path, vectors, tuple(found.ids.to_pylist()))
    if not path.is_file():
        raise InputError("no such file", path=path, hint="numpy.save(path, array)")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"not an .npy file of numbers: {error}", path=path, hint="numpy.save(path, array)") from error
    rows_of = array[None] if array.ndim == 1 else array
    if rows_of.ndim != 2 or rows_of.dtype.kind not in "fiu":
        raise InputError(f"holds {array.dtype} of shape {array.shape}", path=path, hint=HINT)
    names = None if ids is None else tuple(read_ids(ids).to_pylist())
    return _held(path, rows_of, names)


def _held(path: Path, array: NDArray[Any], names: tuple[str, ...] | None) -> QueryVectors:
    if len(array) > MOST:
        raise InputError(f"{len(array):,} queries, the most is {MOST:,}", path=path, hint="search them in parts")
    if not len(array):
        raise InputError("no vector in it", path=path, hint=HINT)
    if names is not None and len(names) != len(array):
        raise InputError(f"{len(array):,} vectors, but {len(names):,} ids", path=path, hint="one id for each row")
    with np.errstate(over="ignore"):
        vectors = np.asarray(array, np.float32)
    return QueryVectors(names=names or tuple(f"row {i + 1}" for i in range(len(array))), vectors=vectors)
