"""The local engine: finished shards are skipped, others are written anew, and nothing half is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vibekit.engines.local import ShardJob, run_local, shard_key
from vibekit.formats.atomic import replacing

SCHEMA = pa.schema([("video_id", pa.string()), ("n", pa.int64())])


class Doubling:
    """Doubles ``n``; fails at -1, and loses the row at -2."""

    schema = SCHEMA

    def __init__(self, fingerprint: str = "f1") -> None:
        self.fingerprint = fingerprint
        self.calls = 0

    def __call__(self, table: pa.Table) -> pa.Table:
        self.calls += 1
        values = table.column("n").to_pylist()
        if -1 in values:
            raise OSError("no space left")
        rows = [{"video_id": v, "n": n * 2} for v, n in zip(table.column("video_id").to_pylist(), values, strict=True)]
        return pa.Table.from_pylist([row for row in rows if row["n"] != -4], schema=SCHEMA)


class Parquet:
    """Parts as Parquet."""

    suffix = ".parquet"

    def key(self, path: Path) -> str | None:
        try:
            metadata: dict[bytes, bytes] = pq.read_schema(path).metadata or {}
            return metadata[b"key"].decode()
        except (pa.ArrowException, OSError, KeyError):
            return None

    @contextmanager
    def writing(self, path: Path, *, schema: pa.Schema, key: str) -> Iterator[pq.ParquetWriter]:
        with replacing(path) as stream, pq.ParquetWriter(stream, schema.with_metadata({"key": key})) as writer:
            yield writer


def a_job(name: str, *numbers: int, source: str = "s") -> ShardJob:
    def tables() -> Iterator[pa.Table]:
        for n in numbers:
            yield pa.Table.from_pylist([{"video_id": f"{name}-{n}", "n": n}], schema=SCHEMA)

    return ShardJob(name=name, source=source, rows=len(numbers), tables=tables)


def test_shards_are_made_once_and_skipped_after(tmp_path: Path) -> None:
    stage, told = Doubling(), list[int]()
    jobs = [a_job("part-00000", 1, 2), a_job("part-00001", 3)]
    done = list(run_local(stage, jobs, folder=tmp_path, form=Parquet(), advance=told.append))
    assert [(d.name, d.rows, d.skipped) for d in done] == [("part-00000", 2, False), ("part-00001", 1, False)]
    assert pq.read_table(tmp_path / "part-00000.parquet").column("n").to_pylist() == [2, 4]
    assert done[0].key == shard_key(stage.fingerprint, jobs[0])
    again = list(run_local(stage, jobs, folder=tmp_path, form=Parquet(), advance=told.append))
    assert [d.skipped for d in again] == [True, True]
    assert (stage.calls, told) == (3, [1, 1, 1, 2, 1])


def test_another_stage_or_source_or_a_damaged_shard_is_made_anew(tmp_path: Path) -> None:
    job = a_job("part-00000", 1)
    list(run_local(Doubling(), [job], folder=tmp_path, form=Parquet()))
    assert not next(run_local(Doubling("f2"), [job], folder=tmp_path, form=Parquet())).skipped
    other = a_job("part-00000", 1, source="t")
    assert not next(run_local(Doubling("f2"), [other], folder=tmp_path, form=Parquet())).skipped
    path = tmp_path / "part-00000.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    assert not next(run_local(Doubling("f2"), [other], folder=tmp_path, form=Parquet())).skipped


@pytest.mark.parametrize(("bad", "error"), [(-1, OSError), (-2, ValueError)])
def test_a_failure_leaves_what_was_there_and_nothing_half(tmp_path: Path, bad: int, error: type[Exception]) -> None:
    jobs = [a_job("part-00000", 1), a_job("part-00001", 2, bad)]
    with pytest.raises(error):
        list(run_local(Doubling(), jobs, folder=tmp_path, form=Parquet()))
    assert [path.name for path in tmp_path.iterdir()] == ["part-00000.parquet"]


def test_a_job_that_announces_other_rows_is_a_bug(tmp_path: Path) -> None:
    job = ShardJob(name="part-00000", source="s", rows=5, tables=a_job("x", 1).tables)
    with pytest.raises(ValueError, match="1 rows came, 5 were announced"):
        list(run_local(Doubling(), [job], folder=tmp_path, form=Parquet()))
    assert not list(tmp_path.iterdir())
