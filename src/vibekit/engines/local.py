"""Runs a stage over shards on this machine: what is finished is skipped, what is not is written anew at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vibekit.core.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pyarrow as pa

    from vibekit.engines.base import RowStage


class TableWriter(Protocol):
    """Takes the rows of one shard."""

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        ...


class ShardForm(Protocol):
    """How the shards of one artefact are stored."""

    @property
    def suffix(self) -> str:
        """The end of their file names, such as ``.parquet``."""
        ...

    def key(self, path: Path) -> str | None:
        """Return the key that a whole shard was written with; None when there is none or it is broken."""
        ...

    def writing(self, path: Path, *, schema: pa.Schema, key: str) -> AbstractContextManager[TableWriter]:
        """Write a shard that appears under ``path`` when the block ends, and not at all when it fails.

        Args:
            path: Its final name.
            schema: Of the rows.
            key: Goes into the shard's metadata.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardJob:
    """One shard to make.

    Attributes:
        name: Without the suffix, such as ``part-00000``.
        source: Fingerprint of the rows that go in.
        rows: How many go in.
        tables: Reads them, a piece at a time; not called when the shard is finished.
    """

    name: str
    source: str
    rows: int
    tables: Callable[[], Iterable[pa.Table]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardDone:
    """One finished shard.

    Attributes:
        name: Without the suffix.
        path: The file.
        key: That it was written with.
        rows: How many it has.
        skipped: It was there already.
    """

    name: str
    path: Path
    key: str
    rows: int
    skipped: bool


def shard_key(stage: str, job: ShardJob) -> str:
    """Return 16 hex digits over everything that can change a shard: the fingerprint of the stage, and of the rows."""
    return fingerprint([stage, job.source])


def run_local(
    stage: RowStage,
    jobs: Iterable[ShardJob],
    *,
    folder: Path,
    form: ShardForm,
    advance: Callable[[int], object] = lambda _: None,
) -> Iterator[ShardDone]:
    """Make shards one after another; nothing is done until the result is iterated.

    Args:
        stage: Maps rows; one piece of a shard at a time.
        jobs: In order; read only as fast as shards are made.
        folder: Where the shards go.
        form: How they are stored.
        advance: Told how many rows are done, also those of a shard that is skipped.

    Yields:
        Each shard once it is whole under its final name.

    Raises:
        ValueError: The stage returned another number of rows than it was given; a bug.
    """
    for job in jobs:
        path = folder / f"{job.name}{form.suffix}"
        key = shard_key(stage.fingerprint, job)
        skipped = path.exists() and form.key(path) == key
        if skipped:
            advance(job.rows)
        else:
            _make(stage, job, path=path, key=key, form=form, advance=advance)
        yield ShardDone(name=job.name, path=path, key=key, rows=job.rows, skipped=skipped)


def _make(
    stage: RowStage, job: ShardJob, *, path: Path, key: str, form: ShardForm, advance: Callable[[int], object]
) -> None:
    done = 0
    with form.writing(path, schema=stage.schema, key=key) as writer:
        for table in job.tables():
            made = stage(table)
            if made.num_rows != table.num_rows:
                raise ValueError(f"the stage made {made.num_rows} rows of {table.num_rows} of {job.name}")
            writer.write(made)
            done += made.num_rows
            advance(made.num_rows)
        if done != job.rows:
            raise ValueError(f"{job.name}: {done} rows came, {job.rows} were announced")
