"""``vibekit embed --embedder import``: vectors that somebody else made, checked row by row."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.embedding import Block, EmbeddingSpace
from vibekit.core.fingerprint import fingerprint
from vibekit.errors import InputError, UsageError
from vibekit.formats.embeddings_shard import FAILED, OK, schema_of, vector_column
from vibekit.formats.vectors_file import Columns, open_vectors
from vibekit.stages.embed.folder import open_folder
from vibekit.stages.embed.report import embed_report
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vibekit.formats.vectors_file import VectorsFile
    from vibekit.stages.embed.config import EmbedReport, ImportConfig
    from vibekit.stages.embed.folder import SetFolder
    from vibekit.stages.progress import Progress

    Floats = NDArray[np.floating[Any]]

SHARD_BYTES = 128 << 20
"""Vectors in a shard, unless the rows are given."""
NOT_FINITE = "NaN or infinite"
ALL_ZERO = "all zero"
BEYOND = {"float16": "a value is beyond the range of float16: use --dtype float32"}
BEYOND_ALL = "a value is beyond the range of float32"


def import_vectors(config: ImportConfig, *, progress: Progress | None = None) -> EmbedReport:
    """Bring vectors into a set, or add more of the same model to it.

    Args:
        config: What to do.
        progress: Told how far it is.

    Raises:
        UsageError: Files and ids do not go together.
        InputError: A file is wrong, dimensions are mixed, or an id stands for two vectors.
    """
    progress = progress or Silent()
    files = _opened(config)
    dim = files[0].dim
    dtype = config.dtype or ("float16" if all(f.dtype == np.float16 for f in files) else "float32")
    block = Block(
        embedder="import",
        start=0,
        dim=dim,
        normalisation="l2" if config.normalise else "none",
        parameters={"model": config.model},
    )
    space = EmbeddingSpace(name=config.model or "import", blocks=(block,), dtype=dtype)
    rows = config.shard_rows or max(1, SHARD_BYTES // (dim * np.dtype(dtype).itemsize))
    with open_folder(config.out, space, force=config.force) as folder:
        work = _Import(folder=folder, shard_rows=rows, normalise=config.normalise, twice=_twice(files))
        progress.begin("importing", sum(len(f.ids) for f in files))
        try:
            for file in files:
                work.add(file, progress)
            work.flush()
        finally:
            progress.end()
        found = folder.finish(unreadable={}, argv=config.argv)
    warnings = list(folder.warnings)
    if not config.model:
        warnings.append("vectors of two models with as many dimensions cannot be told apart: name it with --model")
    return embed_report(
        found, new=work.new, kept=found.rows - work.new, duplicates=work.duplicates, warnings=tuple(warnings)
    )


def _opened(config: ImportConfig) -> list[VectorsFile]:
    if not config.vectors:
        raise UsageError("--embedder import needs --vectors", hint="such as: --vectors X.npy --ids ids.txt")
    if config.ids and len(config.ids) != len(config.vectors):
        raise UsageError(
            f"{len(config.vectors)} files of vectors, {len(config.ids)} of ids", hint="one --ids for each --vectors"
        )
    columns = Columns(ids=config.id_column, vectors=config.vector_column, binary=config.binary)
    ids = config.ids or (None,) * len(config.vectors)
    files = [open_vectors(path, ids=own, columns=columns) for path, own in zip(config.vectors, ids, strict=True)]
    for file in files[1:]:
        if file.dim != files[0].dim:
            raise InputError(
                f"{file.dim} dimensions, {files[0].path} has {files[0].dim}",
                path=file.path,
                hint="vectors of one model have one length: bring each model's into a set of its own",
            )
    if not sum(len(file.ids) for file in files):
        raise InputError("no vector in it", path=files[0].path, hint="give at least one row")
    return files


def _twice(files: list[VectorsFile]) -> frozenset[str]:
    """Return the ids that stand more than once."""
    counts = pc.value_counts(pa.chunked_array([file.ids for file in files]))
    many = counts.filter(pc.greater(counts.field("counts"), 1))
    return frozenset(many.field("values").to_pylist())


@dataclass(slots=True, kw_only=True)
class _Import:
    """One command in progress: rows that are not there yet are gathered into shards."""

    folder: SetFolder
    shard_rows: int
    normalise: bool
    twice: frozenset[str]
    first: dict[str, bytes] = field(default_factory=dict)
    ids: list[pa.Array] = field(default_factory=list)
    vectors: list[Floats] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    new: int = 0
    duplicates: int = 0

    def add(self, file: VectorsFile, progress: Progress) -> None:
        """Take up the rows of a file."""
        start = 0
        for piece in file.pieces(self.shard_rows):
            ids = file.ids.slice(start, len(piece))
            vectors, reasons = _checked(piece, self.folder.space.dtype, normalise=self.normalise)
            keep = np.array([self._is_new(file, start + i, v, vectors[i]) for i, v in enumerate(ids.to_pylist())], bool)
            self._check_there(file, ids, vectors, start)
            self._take(ids, vectors, reasons, keep)
            start += len(piece)
            progress.advance(len(piece))

    def flush(self, *, whole: bool = False) -> None:
        """Write what is gathered: with ``whole`` only full shards."""
        while self.reasons and (not whole or len(self.reasons) >= self.shard_rows):
            ids = pa.concat_arrays(self.ids)
            vectors = np.concatenate(self.vectors) if len(self.vectors) > 1 else self.vectors[0]
            n = self.shard_rows
            self._write(ids[:n], vectors[:n], self.reasons[:n])
            self.ids, self.vectors, self.reasons = [ids[n:]], [vectors[n:]], self.reasons[n:]

    def _is_new(self, file: VectorsFile, row: int, video_id: str, vector: Floats) -> bool:
        if video_id in self.twice:
            data = vector.tobytes()
            before = self.first.setdefault(video_id, data)
            if before != data:
                raise _conflict(file, row, video_id, "stands twice, with different vectors")
            if before is not data:
                self.duplicates += 1
                return False
        return video_id not in self.folder.words

    def _check_there(self, file: VectorsFile, ids: pa.Array, vectors: Floats, start: int) -> None:
        """Refuse another vector for an id that the set has already."""
        there = [i for i, video_id in enumerate(ids.to_pylist()) if video_id in self.folder.words]
        if not there:
            return
        wanted = ids.take(pa.array(there))
        for shard in self.folder.shards():
            rows = self.folder.open(shard)
            place = pc.fill_null(pc.index_in(wanted, value_set=rows.ids), -1).to_numpy(zero_copy_only=False)
            here = np.flatnonzero(place >= 0)
            if not len(here):
                continue
            mine = vectors[np.array(there)[here]]
            other = ~(_same_bits(mine, rows.vectors[place[here]]) | ~rows.ok[place[here]])
            if other.any():
                row = there[int(here[int(other.argmax())])]
                raise _conflict(file, start + row, ids[row].as_py(), f"is in {self.folder.path} with another vector")

    def _take(self, ids: pa.Array, vectors: Floats, reasons: list[str], keep: NDArray[np.bool_]) -> None:
        if not keep.any():
            return
        everything = bool(keep.all())
        self.ids.append(ids if everything else ids.filter(pa.array(keep)))
        self.vectors.append(vectors if everything else vectors[keep])
        self.reasons += reasons if everything else [r for r, new in zip(reasons, keep.tolist(), strict=True) if new]
        self.flush(whole=True)

    def _write(self, ids: pa.Array, vectors: Floats, reasons: list[str]) -> None:
        ok = np.array([not reason for reason in reasons], bool)
        stored = vectors if ok.all() else np.where(ok[:, None], vectors, vectors.dtype.type(0))
        blank = pa.repeat("", len(ids))
        status = pc.if_else(pa.array(ok), OK, FAILED)
        schema = schema_of(self.folder.space)
        columns = [ids, blank, status, pa.array(reasons, pa.string()), blank, vector_column(stored, ok)]
        digest = fingerprint([zlib.crc32(np.ascontiguousarray(stored).view(np.uint8).data), ids[0].as_py(), len(ids)])
        key = fingerprint([self.folder.space.fingerprint, digest])
        path = self.folder.path / f"{next(self._names())}.arrow"
        with self.folder.form.writing(path, schema=schema, key=key) as writer:
            writer.write(pa.Table.from_arrays(columns, schema=schema))
        self.new += len(ids)

    def _names(self) -> Iterator[str]:
        return self.folder.names()


def _checked(piece: NDArray[Any], dtype: str, *, normalise: bool) -> tuple[Floats, list[str]]:
    """Bring vectors into their storage type, with the reason for every row that would be no vector any more."""
    given: NDArray[Any] = piece
    with np.errstate(over="ignore", invalid="ignore"):
        if normalise:
            given = piece.astype(np.float64)
            # by the largest number first: a square of a very large or small one is no number any more
            largest = np.abs(given).max(axis=1, keepdims=True)
            given = given / np.where(largest > 0, largest, 1.0)
            norms = np.sqrt(np.einsum("ij,ij->i", given, given))
            given = given / np.where(norms > 0, norms, 1.0)[:, None]
        vectors: Floats = np.ascontiguousarray(given, dtype=dtype)
    reasons = [""] * len(vectors)
    finite = np.isfinite(vectors).all(axis=1)
    for i in np.flatnonzero(~finite).tolist():
        reasons[i] = BEYOND.get(dtype, BEYOND_ALL) if np.isfinite(piece[i]).all() else NOT_FINITE
    for i in np.flatnonzero(~vectors.any(axis=1)).tolist():
        reasons[i] = ALL_ZERO
    return vectors, reasons


def _same_bits(a: Floats, b: Floats) -> NDArray[np.bool_]:
    kind = np.uint16 if a.dtype == np.float16 else np.uint32
    same: NDArray[np.bool_] = (np.ascontiguousarray(a).view(kind) == np.ascontiguousarray(b).view(kind)).all(axis=1)
    return same


def _conflict(file: VectorsFile, row: int, video_id: str, what: str) -> InputError:
    return InputError(
        f"row {row + 1}: the id {video_id!r} {what}",
        path=file.path,
        hint="give every video one id and one vector; a set of another model goes into another --out",
    )
