"""One shard of embeddings: an uncompressed Arrow file of one record batch, so that it is mapped and not read."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.errors import InputError
from vibekit.formats.atomic import replacing
from vibekit.formats.embedding_space import space_from_row, space_row
from vibekit.formats.embeddings_sums import VectorsSum, rows_sum

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.embedding import EmbeddingSpace

SUFFIX = ".arrow"
OK = "ok"
FAILED = "failed"
_KEY = b"vibekit.key"
_SPACE = b"vibekit.space"
_SUMS = b"vibekit.sums"
AGAIN = "run the same vibekit embed command again: it makes what is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardRows:
    """The rows of one shard, mapped: nothing is read before it is looked at; the file stays mapped while in use.

    Attributes:
        ids: Arrow strings, shape (n,).
        paths: Arrow strings, shape (n,); empty for vectors that were brought.
        ok: bool, shape (n,): there is a vector.
        reasons: Arrow strings: why there is none, or what is to be known of the one that there is.
        words: Arrow strings: fingerprint of the metadata that went into the vector; empty when none did.
        vectors: float16 or float32, shape (n, dim), read-only; zeros where ``ok`` is False.
        path: The file.
        sum: Checksum of the vectors; empty when the file has none.
    """

    ids: pa.StringArray
    paths: pa.StringArray
    ok: NDArray[np.bool_]
    reasons: pa.StringArray
    words: pa.StringArray
    vectors: NDArray[np.floating[Any]]
    path: Path
    sum: str

    def check(self, found: VectorsSum | None = None) -> None:
        """Raise when the vectors are not those that were written; reads all of them, unless the sum is given.

        Raises:
            InputError: They are not.
        """
        if not self.sum:
            return
        if found is None:
            found = VectorsSum()
            found.add(self.vectors)
        if found.text != self.sum:
            what = "damaged: its vectors are not those that were written"
            raise InputError(what, path=self.path, hint=f"delete it, then {AGAIN}")


def schema_of(space: EmbeddingSpace) -> pa.Schema:
    """Return the schema of the rows of a space."""
    kind = pa.float16() if space.dtype == "float16" else pa.float32()
    return pa.schema(
        [
            pa.field("video_id", pa.string(), nullable=False),
            pa.field("path", pa.string(), nullable=False),
            pa.field("status", pa.string(), nullable=False),
            pa.field("reason", pa.string(), nullable=False),
            pa.field("words", pa.string(), nullable=False),
            pa.field("vector", pa.list_(kind, space.dim)),
        ]
    )


def vector_column(vectors: NDArray[np.floating[Any]], ok: NDArray[np.bool_]) -> pa.Array:
    """Wrap vectors without copying them; rows that are not ok become null.

    Args:
        vectors: Shape (n, dim), float16 or float32, in row order; zeros where there is none.
        ok: Shape (n,).
    """
    flat = pa.array(np.ascontiguousarray(vectors).reshape(-1))
    mask = None if bool(ok.all()) else pa.array(~ok)
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1], mask=mask)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingShards:
    """How shards of embeddings are stored, for an engine.

    Attributes:
        space: Of the vectors; goes into every shard.
        suffix: Of the files.
    """

    space: EmbeddingSpace
    suffix: str = SUFFIX

    def key(self, path: Path) -> str | None:
        """Return the key of a whole shard; None when it is broken."""
        return shard_key(path)

    @contextmanager
    def writing(self, path: Path, *, schema: pa.Schema, key: str) -> Iterator[ShardWriter]:
        """Write a shard that appears under ``path`` when the block ends, and not at all when it fails."""
        writer = ShardWriter(schema)
        yield writer
        metadata = {_KEY: key.encode(), _SPACE: json.dumps(space_row(self.space), sort_keys=True).encode()}
        batch = writer.batch()
        _write(path, batch, {**metadata, _SUMS: _sums(batch, self.space).encode()})


class ShardWriter:
    """Gathers the rows of one shard.

    Args:
        schema: Of the rows.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._tables: list[pa.Table] = []

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        rows = table.select(self._schema.names)
        same = rows.schema.equals(self._schema, check_metadata=False)
        self._tables.append(rows if same else rows.cast(self._schema))

    def batch(self) -> pa.RecordBatch:
        """Return all rows as the one batch that a shard has."""
        if not self._tables:
            return pa.RecordBatch.from_pylist([], schema=self._schema)
        whole = pa.concat_tables(self._tables)
        columns = [whole.column(name).combine_chunks() for name in self._schema.names]
        flat = [c.chunk(0) if isinstance(c, pa.ChunkedArray) else c for c in columns]
        return pa.RecordBatch.from_arrays(flat, schema=self._schema)


def _write(path: Path, batch: pa.RecordBatch, metadata: dict[bytes, bytes]) -> None:
    try:
        with replacing(path) as stream, pa.ipc.new_file(stream, batch.schema.with_metadata(metadata)) as file:
            file.write_batch(batch)
    except OSError as error:
        # a full disk: say which file, for the stream does not know
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _sums(batch: pa.RecordBatch, space: EmbeddingSpace) -> str:
    vectors = VectorsSum()
    vectors.add(_numbers(batch, space))
    return f"{rows_sum(batch)}-{vectors.text}"


def shard_key(path: Path) -> str | None:
    """Return the key that a shard was written with; None when it is no whole shard."""
    metadata = _metadata(path)
    key = (metadata or {}).get(_KEY)
    return key.decode(errors="replace") if key else None


def shard_sums(path: Path) -> str:
    """Return the checksums that a shard was written with; empty when it is no whole shard."""
    return (_metadata(path) or {}).get(_SUMS, b"").decode(errors="replace")


def _metadata(path: Path) -> dict[bytes, bytes] | None:
    try:
        with pa.memory_map(str(path)) as source:
            metadata: dict[bytes, bytes] = pa.ipc.open_file(source).schema.metadata or {}
    except (pa.ArrowException, OSError):
        return None
    return metadata


def shard_space(path: Path) -> EmbeddingSpace | None:
    """Return the space that a shard was written in; None when it is no whole shard."""
    try:
        return space_from_row(json.loads((_metadata(path) or {}).get(_SPACE, b"")))
    except ValueError:
        return None


def open_shard(path: Path, *, space: EmbeddingSpace, key: str = "", sums: str = "") -> ShardRows:
    """Map one shard; all but its vectors is checked.

    Args:
        path: The file.
        space: That its vectors have to be in.
        key: That it has to have; empty for any.
        sums: Likewise its checksums.

    Raises:
        InputError: It is missing, truncated, or not the shard that the manifest means.
    """
    try:
        with pa.memory_map(str(path)) as source:
            file = pa.ipc.open_file(source)
            metadata = file.schema.metadata or {}
            if file.num_record_batches != 1:
                raise InputError(f"{file.num_record_batches} record batches, not one", path=path, hint=AGAIN)
            batch = file.get_batch(0)
    except FileNotFoundError as error:
        raise InputError("no such shard", path=path, hint=AGAIN) from error
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"truncated or damaged: {first}", path=path, hint=f"delete it, then {AGAIN}") from error
    if not batch.schema.equals(schema_of(space), check_metadata=False):
        raise InputError("its columns are not those of this set", path=path, hint=f"delete it, then {AGAIN}")
    own = metadata.get(_SUMS, b"").decode(errors="replace")
    if (key and metadata.get(_KEY, b"") != key.encode()) or (sums and own != sums):
        raise InputError("is not the shard that embeddings.json means", path=path, hint=AGAIN)
    rows, _, vectors = own.partition("-")
    try:
        # lengths and offsets first: whoever believes damaged ones reads beyond the file, and the process is gone
        batch.validate(full=True)
        if own and rows_sum(batch) != rows:
            raise InputError("damaged: it is not what was written", path=path, hint=f"delete it, then {AGAIN}")
        return _rows(batch, space, path=path, vectors_sum=vectors)
    except (pa.ArrowException, ValueError) as error:
        raise InputError(f"damaged: {error}", path=path, hint=f"delete it, then {AGAIN}") from error


def _numbers(batch: pa.RecordBatch, space: EmbeddingSpace) -> NDArray[np.floating[Any]]:
    column = batch.column("vector")
    numbers: NDArray[np.floating[Any]] = column.values.to_numpy(zero_copy_only=True)
    return numbers[column.offset * space.dim :][: len(column) * space.dim].reshape(len(column), space.dim)


def _rows(batch: pa.RecordBatch, space: EmbeddingSpace, *, path: Path, vectors_sum: str) -> ShardRows:
    ok = pc.equal(batch.column("status"), OK).to_numpy(zero_copy_only=False)
    return ShardRows(
        ids=batch.column("video_id"),
        paths=batch.column("path"),
        ok=ok,
        reasons=batch.column("reason"),
        words=batch.column("words"),
        vectors=_numbers(batch, space),
        path=path,
        sum=vectors_sum,
    )
