"""The folder of a set while it is written: who may, what is there already, and the manifest at the end."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from vibekit import __version__
from vibekit.core.video import text_path
from vibekit.errors import InputError, UsageError
from vibekit.formats.embedding_space import differences
from vibekit.formats.embeddings import (
    NAME,
    PARTS,
    EmbeddingSet,
    Shard,
    is_embeddings,
    open_embeddings,
    write_embeddings,
)
from vibekit.formats.embeddings_shard import EmbeddingShards, open_shard, shard_key, shard_space, shard_sums
from vibekit.formats.folder_kind import EMBEDDINGS, refuse_foreign
from vibekit.formats.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from vibekit.core.embedding import EmbeddingSpace
    from vibekit.formats.embeddings_shard import ShardRows

LOCK = ".lock"
VIDEOS = "videos.jsonl"
PAID = "paid.bin"


@dataclass(slots=True)
class SetFolder:
    """A set that is being written, by this process alone.

    Attributes:
        path: The folder.
        space: Of its vectors.
        words: Video id -> fingerprint of the words in its vector, for every row that is there.
        failed: Ids of the rows without a vector.
        warnings: What was odd, in whole sentences.
    """

    path: Path
    space: EmbeddingSpace
    words: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    @property
    def form(self) -> EmbeddingShards:
        """How its shards are written."""
        return EmbeddingShards(space=self.space)

    def shards(self) -> list[Path]:
        """Return the finished shards, in order."""
        return sorted(self.path.glob(PARTS))

    def names(self) -> Iterator[str]:
        """Yield names of shards that are free, in order: the number of one that was damaged is given again."""
        for number in count():
            name = f"part-{number:05d}"
            if not (self.path / f"{name}.arrow").exists():
                yield name

    def open(self, shard: Path) -> ShardRows:
        """Map the rows of a shard."""
        return open_shard(shard, space=self.space)

    def finish(self, *, unreadable: Mapping[str, str], argv: tuple[str, ...]) -> EmbeddingSet:
        """Write the manifest: from here on the set can be opened."""
        reasons: Counter[str] = Counter()
        shards: list[Shard] = []
        for path in self.shards():
            rows = self.open(path)
            ok = int(rows.ok.sum())
            if ok < len(rows.ids):
                reasons.update(pc.filter(rows.reasons, ~rows.ok).to_pylist())
            shards.append(
                Shard(
                    path=path,
                    key=shard_key(path) or "",
                    rows=len(rows.ids),
                    ok_rows=ok,
                    bytes=path.stat().st_size,
                    space=self.space,
                    sums=shard_sums(path),
                )
            )
        found = EmbeddingSet(
            path=self.path,
            space=self.space,
            shards=tuple(shards),
            reasons=dict(reasons),
            unreadable=unreadable,
            argv=argv,
        )
        write_embeddings(found, vibekit=__version__)
        return found


@contextmanager
def open_folder(path: Path, space: EmbeddingSpace, *, force: bool = False) -> Iterator[SetFolder]:
    """Open a set for writing, making it when missing.

    Args:
        path: The folder.
        space: Of the vectors that are to be added.
        force: Put what is there aside (renamed, never deleted) and start over.

    Raises:
        InputError: Another process holds it, it is something else than a set, or its vectors were made by another
            embedder.
    """
    refuse_foreign(path, EMBEDDINGS)
    path.mkdir(parents=True, exist_ok=True)
    with locked(path / LOCK, holder=lambda: "another vibekit embed"):
        if force:
            _put_aside(path)
        for torn in path.glob(".part-*"):
            torn.unlink()
        folder = SetFolder(path=path, space=space)
        _check_manifest(folder)
        for shard in folder.shards():
            _take_up(folder, shard)
        yield folder


def _put_aside(path: Path) -> None:
    """Move what is there into a sibling folder, all but the lock."""
    items = [item for item in path.iterdir() if item.name != LOCK]
    if not items:
        return
    stem = f"{path.resolve().name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    names = (path.resolve().with_name(f"{stem}-{n}" if n else stem) for n in count())
    aside = next(name for name in names if not name.exists())
    aside.mkdir()
    for item in items:
        item.rename(aside / item.name)


def _check_manifest(folder: SetFolder) -> None:
    if not is_embeddings(folder.path):
        return
    try:
        found = open_embeddings(folder.path)
    except InputError as error:
        # what is damaged is made anew below; a manifest that cannot be read at all says nothing
        if error.path == folder.path / NAME:
            raise
        folder.warnings.append(f"{error.message}; it is made anew")
        return
    _same(found.space, folder)


def _take_up(folder: SetFolder, shard: Path) -> None:
    """Read what a shard holds; a damaged one is deleted, so that its videos are embedded again."""
    space = shard_space(shard)
    if space is not None:
        _same(space, folder)
    try:
        rows = None if space is None else folder.open(shard)
    except InputError:
        rows = None
    if rows is None:
        folder.warnings.append(f"{text_path(shard)}: truncated or damaged; its videos are embedded again")
        shard.unlink()
        return
    ids = rows.ids.to_pylist()
    folder.words.update(zip(ids, rows.words.to_pylist(), strict=True))
    folder.failed.update(video_id for video_id, ok in zip(ids, rows.ok.tolist(), strict=True) if not ok)


def _same(space: EmbeddingSpace, folder: SetFolder) -> None:
    different = differences(space, folder.space)
    if different:
        raise InputError(
            f"its vectors are of another embedder: {'; '.join(different)} (there and now)",
            path=folder.path,
            hint="choose another --out, or --force to put the old set aside",
        )
    if space.dtype != folder.space.dtype:
        raise UsageError(
            f"{text_path(folder.path)} stores {space.dtype}, now {folder.space.dtype}",
            hint=f"--dtype {space.dtype}, or choose another --out",
        )
