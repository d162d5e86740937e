"""``embeddings/E``: vectors and ids in shards that memory-map, and a manifest that is written last.

::

    embeddings/E/
    ├── embeddings.json     the space, the shards with their sizes, counts, reasons
    ├── part-00000.arrow    Arrow IPC: video_id, path, status, reason, words, vector
    └── part-00001.arrow
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.errors import InputError
from vibekit.formats.atomic import write_json
from vibekit.formats.embedding_space import space_from_row, space_row
from vibekit.formats.embeddings_shard import AGAIN, open_shard
from vibekit.formats.folder_kind import holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.embedding import EmbeddingSpace
    from vibekit.formats.embeddings_shard import ShardRows

VERSION = 1
NAME = "embeddings.json"
PARTS = "part-*.arrow"

SAMPLE: dict[str, Any] = {
    "version": 1,
    "vibekit": "0.1.0",
    "space": {
        "name": "av",
        "dim": 3,
        "dtype": "float16",
        "fingerprint": "fb1c464c7fc35f1f",
        "blocks": [
            {
                "embedder": "av", "start": 0, "dim": 3, "normalisation": "scale", "parameters": {"version": 1},
                "dimensions": ["brightness.mean", "brightness.std", "has_sound"], "fingerprint": "53d1604326b1bdcf",
            }
        ],
    },
    "shards": [
        {
            "name": "part-00000.arrow", "key": "0123456789abcdef", "rows": 2, "ok": 1, "bytes": 2042,
            "sums": "89abcdef-01234567",
        }
    ],
    "rows": 2,
    "ok": 1,
    "failed": 1,
    "reasons": {"no picture in it": 1},
    "unreadable": {"clips/gone.mp4": "cannot be read: No such file or directory"},
    "argv": ["vibekit", "embed", "clips/", "--embedder", "av", "--out", "embeddings/E"],
}  # fmt: skip
"""``embeddings.json``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One shard, as the manifest has it; each property maps the file anew, so that memory is let go of with it.

    Attributes:
        path: The file.
        key: That it has to carry.
        rows: With and without a vector.
        ok: Rows with a vector.
        bytes: Size of the file.
        space: Of its vectors.
        sums: Checksums of its texts and of its vectors; empty when there are none.
    """

    path: Path
    key: str
    rows: int
    ok_rows: int
    bytes: int
    space: EmbeddingSpace
    sums: str = ""

    def open(self) -> ShardRows:
        """Map its rows; nothing is read before it is looked at.

        Raises:
            InputError: It is missing, truncated, or not the shard that the manifest means.
        """
        rows = open_shard(self.path, space=self.space, key=self.key, sums=self.sums)
        if len(rows.ids) != self.rows:
            raise InputError(f"{len(rows.ids)} rows, embeddings.json says {self.rows}", path=self.path, hint=AGAIN)
        return rows

    @property
    def ids(self) -> pa.StringArray:
        """Arrow strings, shape (rows,)."""
        return self.open().ids

    @property
    def vectors(self) -> NDArray[np.floating[Any]]:
        """Mapped, read-only, shape (rows, dim); zeros where ``ok`` is False."""
        return self.open().vectors

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Bool, shape (rows,): there is a vector."""
        return self.open().ok


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The vectors of some videos.

    Attributes:
        found: Bool, shape (n,): there is a vector of this video.
        vectors: float32, shape (n, dim), in the order that was asked for; zeros where ``found`` is False.
    """

    found: NDArray[np.bool_]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSet:
    """A finished set. Every video_id stands in it once.

    Attributes:
        path: The folder.
        space: Of its vectors.
        shards: In order.
        reasons: Why rows have no vector -> how many.
        unreadable: Path -> why a file could not even be hashed: it has no id, and no row.
        argv: The command that finished it.
    """

    path: Path
    space: EmbeddingSpace
    shards: tuple[Shard, ...]
    reasons: Mapping[str, int] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    argv: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all shards, with and without a vector."""
        return sum(shard.rows for shard in self.shards)

    @property
    def ok(self) -> int:
        """Rows with a vector."""
        return sum(shard.ok_rows for shard in self.shards)

    def ids(self) -> Iterator[pa.StringArray]:
        """Yield the ids of each shard, of all its rows."""
        for shard in self.shards:
            yield shard.ids

    def take(self, ids: Sequence[str]) -> Taken:
        """Read the vectors of some videos, from shards whose checksums hold.

        Args:
            ids: In any order; may repeat.

        Raises:
            InputError: A shard is damaged.
        """
        wanted = pa.array(list(ids), pa.string())
        found = np.zeros(len(wanted), bool)
        vectors = np.zeros((len(wanted), self.space.dim), np.float32)
        for shard in self.shards:
            rows = shard.open()
            place = pc.fill_null(pc.index_in(wanted, value_set=rows.ids), -1).to_numpy(zero_copy_only=False)
            here = np.flatnonzero(place >= 0)
            here = here[rows.ok[place[here]]]
            if len(here):
                rows.check()
            found[here] = True
            vectors[here] = rows.vectors[place[here]]
        return Taken(found=found, vectors=vectors)


def is_embeddings(path: Path) -> bool:
    """Tell whether a folder holds a finished set."""
    return (path / NAME).is_file()


def open_embeddings(path: Path) -> EmbeddingSet:
    """Open a finished set: reads the manifest and the sizes of the shards, no vector.

    Raises:
        InputError: There is none, it is not finished, of another version, or a shard is missing or truncated.
    """
    manifest = path / NAME
    if not manifest.is_file():
        if any(path.glob(PARTS)):
            raise InputError(f"has shards but no {NAME}: it is not finished", path=path, hint=AGAIN)
        make = "make one: vibekit embed VIDEOS --embedder av --out E; vectors of your own: --embedder import"
        what = holds(path)
        told = f"this is {what}, not embeddings" if what else "no embeddings in it"
        raise InputError(told if path.is_dir() else "no such folder", path=path, hint=make)
    row = _read(manifest)
    if row.get("version") != VERSION:
        hint = "update vibekit, or embed anew into another folder"
        raise InputError(f"version {row.get('version')!r}, this vibekit reads {VERSION}", path=manifest, hint=hint)
    found = _parsed(path, row)
    for shard in found.shards:
        _check_size(shard)
    return found


def write_embeddings(found: EmbeddingSet, *, vibekit: str) -> None:
    """Write the manifest: the last thing that is written of a set."""
    write_json(
        found.path / NAME,
        {
            "version": VERSION,
            "vibekit": vibekit,
            "space": space_row(found.space),
            "shards": [
                {"name": s.path.name, "key": s.key, "rows": s.rows, "ok": s.ok_rows, "bytes": s.bytes, "sums": s.sums}
                for s in found.shards
            ],
            "rows": found.rows,
            "ok": found.ok,
            "failed": found.rows - found.ok,
            "reasons": dict(sorted(found.reasons.items())),
            "unreadable": dict(sorted(found.unreadable.items())),
            "argv": list(found.argv),
        },
    )


def _read(manifest: Path) -> Mapping[str, Any]:
    try:
        row = json.loads(manifest.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f"cannot be read: {error}", path=manifest, hint=AGAIN) from error
    if not isinstance(row, dict):
        raise InputError("not a JSON object", path=manifest, hint=AGAIN)
    return row


def _parsed(path: Path, row: Mapping[str, Any]) -> EmbeddingSet:
    try:
        space = space_from_row(row["space"])
        shards = tuple(
            Shard(
                path=path / _plain_name(shard["name"]),
                key=str(shard["key"]),
                rows=int(shard["rows"]),
                ok_rows=int(shard["ok"]),
                bytes=int(shard["bytes"]),
                space=space,
                sums=str(shard.get("sums", "")),
            )
            for shard in row["shards"]
        )
        return EmbeddingSet(
            path=path,
            space=space,
            shards=shards,
            reasons={str(k): int(v) for k, v in row["reasons"].items()},
            unreadable={str(k): str(v) for k, v in row["unreadable"].items()},
            argv=tuple(str(word) for word in row["argv"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"is damaged: {error}", path=path / NAME, hint=f"delete it, then {AGAIN}") from error


def _plain_name(name: object) -> str:
    if not isinstance(name, str) or "/" in name or "\\" in name or not name.endswith(".arrow"):
        raise ValueError(f"{name!r} names no shard")
    return name


def _check_size(shard: Shard) -> None:
    try:
        size = shard.path.stat().st_size
    except OSError as error:
        hint = f"bring it back, or {AGAIN}"
        raise InputError(f"a shard is missing: {error.strerror}", path=shard.path, hint=hint) from error
    if size != shard.bytes:
        what = "truncated" if size < shard.bytes else "changed"
        raise InputError(
            f"{what}: {size:,} bytes, embeddings.json says {shard.bytes:,}",
            path=shard.path,
            hint=f"bring it back, or {AGAIN}",
        )
