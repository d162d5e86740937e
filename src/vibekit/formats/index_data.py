"""The files under ``data/`` of an index: named by their role and their content, mapped when read, never changed."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import contextmanager
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vibekit.core.index import IndexFile, IndexManifest
from vibekit.errors import InputError
from vibekit.formats.index import BUILD, DATA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

ROWS, SQ8 = "rows", "sq8"
CENTROIDS, OFFSETS = "centroids", "offsets"
CODEBOOK, CODES = "codebook", "codes"
IDS, IDS_ORDER = "ids", "ids-order"
COLUMNS = "columns"
REMOVED = "removed"
TAIL_ROWS, TAIL_IDS, TAIL_COLUMNS = "tail-rows", "tail-ids", "tail-columns"
LABEL, TAIL_LABEL = "label-", "tail-label-"
ARRAY_SUFFIX, TABLE_SUFFIX = ".npy", ".arrow"
KEY_LENGTH = 16
_BLOCK = 1 << 22
_ONE_BATCH = 1_500_000_000
"""Bytes of a column up to which a table is one batch, so that readers get it without joining."""
_NO_ARRAY = (ValueError, OSError, EOFError, SyntaxError, TokenError, TypeError, MemoryError, OverflowError)
"""What numpy raises when it reads the header of an array that is none: it is written in Python."""
_known_whole = set[tuple[str, int, int, int, str]]()
_NOT_PLAIN = re.compile(r"[^a-z0-9_-]+")


def label_role(attribute: str) -> str:
    """Return the role of an attribute's labels."""
    return f"{LABEL}{attribute}"


def tail_label_role(attribute: str) -> str:
    """Return the role of an attribute's labels of the rows that were added since."""
    return f"{TAIL_LABEL}{attribute}"


def label_schema(labels: tuple[str, ...], *, binary: bool, wide: bool) -> pa.Schema:
    """Return the columns of a label file; they are read by their place.

    Args:
        labels: Texts of the labels, in order.
        binary: First column ``carries`` (bool); else ``label`` (int32, place among the labels).
        wide: Probabilities as float64: the source had numbers that float32 cannot hold, and a threshold must fall on
            the same side as it did there.
    """
    first = pa.field("carries", pa.bool_()) if binary else pa.field("label", pa.int32())
    kind = pa.float64() if wide else pa.float32()
    return pa.schema([first, *(pa.field(label, kind) for label in labels)])


ID_SCHEMA = pa.schema(
    [pa.field("video_id", pa.string(), nullable=False), pa.field("path", pa.string(), nullable=False)]
)


def data_path(path: Path, file: IndexFile) -> Path:
    """Return where a file of an index lies."""
    return path / DATA / file.name


def map_array(path: Path, manifest: IndexManifest, role: str) -> NDArray[Any]:
    """Map an array read-only; nothing is read before it is looked at. A small one is read, and its checksum compared.

    Raises:
        InputError: The generation has none, or the file is missing, truncated or damaged.
    """
    where = _checked(path, manifest, role)
    try:
        size = where.stat().st_size
        if _array_bytes(where) != size:
            raise InputError("is damaged: its header does not fit its length", path=where, hint=rebuild(role))
        if size < _BLOCK:
            check_content(path, manifest, role)
            # a mapping costs a file handle; a small array does not need one
            return _frozen(np.load(where, allow_pickle=False))
        mapped: NDArray[Any] = np.load(where, mmap_mode="r", allow_pickle=False)
    except _NO_ARRAY as error:
        raise InputError(f"is damaged: {error}", path=where, hint=rebuild(role)) from error
    return mapped.view(np.ndarray)


def _array_bytes(path: Path) -> int:
    """Return how long a file is by its header: a shorter header would shift every number."""
    with path.open("rb") as stream:
        np.lib.format.read_magic(stream)
        shape, _, kind = np.lib.format.read_array_header_1_0(stream)
        return stream.tell() + int(np.prod(shape, dtype=object)) * kind.itemsize


def map_table(path: Path, manifest: IndexManifest, role: str) -> pa.Table:
    """Map a table; its columns are of one chunk unless they are larger than 1.5 GB.

    Raises:
        InputError: The generation has none, or the file is missing, truncated or damaged.
    """
    where = _checked(path, manifest, role)
    try:
        table = opened_table(where)
        # a look at its names and the lengths of its parts, not at their content
        table.validate()
        len(table.column_names)
    except (pa.ArrowException, OSError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"is damaged: {first}", path=where, hint=rebuild(role)) from error
    return table


def opened_table(path: Path) -> pa.Table:
    """Map a whole Arrow file."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def check_content(path: Path, manifest: IndexManifest, *roles: str) -> None:
    """Compare the checksums of some files with those of a generation; each is read once a process, unless it changes.

    Args:
        path: The index.
        manifest: Of the generation.
        roles: Of the files; those that the generation has not are passed over, as are those that are gone since: a
            reader may hold them longer than the index does.

    Raises:
        InputError: A file does not hold what was written.
    """
    for role in roles:
        file = manifest.files.get(role)
        if file is None:
            continue
        where = data_path(path, file)
        try:
            told = where.stat()
            key = (str(where), told.st_ino, told.st_mtime_ns, told.st_size, file.sha256)
            if key in _known_whole:
                continue
            whole = digest_of(where) == file.sha256
        except FileNotFoundError:
            continue
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", path=where, hint=rebuild(role)) from error
        if not whole:
            raise InputError("is damaged: its content has changed", path=where, hint=rebuild(role))
        _known_whole.add(key)


def removed_mask(path: Path, manifest: IndexManifest) -> NDArray[np.bool_]:
    """Return which rows are gone, bool (rows + tail,): tail after rows."""
    n = manifest.rows + manifest.tail
    if REMOVED not in manifest.files:
        return np.zeros(n, bool)
    check_content(path, manifest, REMOVED)
    bits = map_array(path, manifest, REMOVED)
    if bits.dtype != np.uint8 or bits.shape != ((n + 7) // 8,):
        where = data_path(path, manifest.files[REMOVED])
        raise InputError(f"{bits.size * 8} bits, not {n}", path=where, hint=rebuild(REMOVED))
    return np.unpackbits(bits, count=n, bitorder="little").astype(bool)


def rebuild(role: str) -> str:
    """Return what mends a damaged file."""
    if role.startswith((LABEL, TAIL_LABEL)):
        return "put its labels in again: vibekit index update-labels INDEX --labels L"
    return BUILD


@contextmanager
def writing_array(folder: Path, name: str, *, shape: tuple[int, ...], dtype: Any) -> Iterator[NDArray[Any]]:  # noqa: ANN401 - anything that names a dtype
    """Map a new ``.npy`` file for writing; whole only when the block ends.

    Args:
        folder: Where it is made.
        name: Of the file.
        shape: Of the array; may be empty of rows.
        dtype: Of its values.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if 0 in shape:
        np.save(path, np.empty(shape, dtype))
        yield np.empty(shape, dtype)
        return
    mapped = np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=shape)
    if hasattr(os, "posix_fallocate"):
        # a full disk is an error here; found out while the mapping is written, it would kill the process
        with path.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
    try:
        yield mapped
        mapped.flush()
    finally:
        del mapped


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array that is small enough to be held."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.ascontiguousarray(array), allow_pickle=False)


def save_table(path: Path, table: pa.Table) -> None:
    """Write an Arrow file, in one batch where that can be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    largest = max((column.nbytes for column in table.columns), default=0)
    rows = max(table.num_rows, 1)
    if largest > _ONE_BATCH:
        rows = max(int(rows * _ONE_BATCH / largest), 1)
    else:
        table = table.combine_chunks()
    with path.open("wb") as stream, pa.ipc.new_file(stream, table.schema) as file:
        file.write_table(table, max_chunksize=rows)


def keep(path: Path, written: Path, role: str) -> IndexFile:
    """Move a whole file into ``data/`` under the name of its content, flushed to the disk.

    Args:
        path: The index.
        written: The file, on the same file system.
        role: That it plays; its beginning of the name.
    """
    digest, size = _digest(written, sync=True)
    slug = _NOT_PLAIN.sub("-", role.lower())[:80].strip("-") or "file"
    file = IndexFile(name=f"{slug}-{digest[:KEY_LENGTH]}{written.suffix}", bytes=size, sha256=digest)
    target = data_path(path, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_file() and _digest(target)[0] == digest:
        # a reader may hold the one that is there
        written.unlink()
        return file
    written.chmod(0o644)
    written.replace(target)
    return file


def digest_of(path: Path) -> str:
    """Return the sha256 of a file."""
    return _digest(path)[0]


def _digest(path: Path, *, sync: bool = False) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
            size += len(block)
        if sync:
            os.fsync(stream.fileno())
    return found.hexdigest(), size


def _checked(path: Path, manifest: IndexManifest, role: str) -> Path:
    file = manifest.files.get(role)
    if file is None:
        raise InputError(f"{manifest.generation} has no {role}", path=path, hint=rebuild(role))
    where = data_path(path, file)
    try:
        size = where.stat().st_size
    except OSError as error:
        raise InputError(f"is missing: {error.strerror}", path=where, hint=rebuild(role)) from error
    if size != file.bytes:
        raise InputError(f"{size} bytes, {manifest.generation} says {file.bytes}", path=where, hint=rebuild(role))
    return where


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
