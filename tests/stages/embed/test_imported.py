"""Vectors that people bring: every row is checked, and one id never stands for two vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from vibekit.errors import InputError, UsageError
from vibekit.formats.embeddings import NAME, open_embeddings
from vibekit.stages.embed import EmbedReport, ImportConfig, export_parquet, import_vectors

VECTORS = np.random.default_rng(0).standard_normal((10, 4)).astype(np.float32)
Bring = Callable[..., EmbedReport]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Import an array with ids ``v0``, ``v1`` … three rows a shard."""

    def go(
        array: np.ndarray[Any, Any] = VECTORS, ids: Sequence[str] | None = None, name: str = "x", **changes: object
    ) -> EmbedReport:
        np.save(tmp_path / f"{name}.npy", array)
        names = [f"v{i}" for i in range(len(array))] if ids is None else ids
        (tmp_path / f"{name}.txt").write_text("".join(f"{one}\n" for one in names))
        config = ImportConfig(
            vectors=(tmp_path / f"{name}.npy",), ids=(tmp_path / f"{name}.txt",), out=tmp_path / "e", model="m",
            shard_rows=3,
        )  # fmt: skip
        return import_vectors(replace(config, **changes))  # type: ignore[arg-type]

    return go


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize(("kind", "stored"), [(np.float16, "float16"), (np.float32, "float32"), (np.int8, "float32")])
def test_vectors_come_as_they_are(bring: Bring, tmp_path: Path, kind: type[np.generic], stored: str) -> None:
    given = (VECTORS * 10 + 50).astype(kind)
    report = bring(given)
    assert (report.ok, report.failed, report.new, report.shards, report.dtype) == (10, 0, 10, 4, stored)
    found = open_embeddings(tmp_path / "e")
    np.testing.assert_array_equal(found.take([f"v{i}" for i in range(10)]).vectors, given.astype(np.float32))


def test_the_storage_can_be_chosen(bring: Bring, tmp_path: Path) -> None:
    report = bring(dtype="float16")
    assert report.dtype == "float16"
    np.testing.assert_array_equal(open_embeddings(tmp_path / "e").shards[0].vectors, VECTORS[:3].astype(np.float16))


def test_rows_that_are_no_vectors_are_counted_and_listed(bring: Bring, tmp_path: Path) -> None:
    given = VECTORS.copy()
    given[1, 2], given[4], given[8, 0], given[9, 1] = np.nan, 0, np.inf, 1e6
    report = bring(given, dtype="float16")
    assert (report.ok, report.failed, report.rows) == (6, 4, 10)
    beyond = "a value is beyond the range of float16: use --dtype float32"
    assert report.reasons == {"NaN or infinite": 2, "all zero": 1, beyond: 1}
    assert [f.path for f in report.failures] == ["v1", "v4", "v8", "v9"]
    assert not open_embeddings(tmp_path / "e").take(["v1"]).found[0]
    assert bring(given, dtype="float16").new == 0


def test_vectors_are_normalised_when_asked(bring: Bring, tmp_path: Path) -> None:
    given = VECTORS * np.logspace(-3, 3, 10, dtype=np.float32)[:, None]
    bring(given, normalise=True)
    found = open_embeddings(tmp_path / "e")
    norms = np.linalg.norm(found.take([f"v{i}" for i in range(10)]).vectors, axis=1)
    np.testing.assert_allclose(norms, 1, rtol=1e-5)
    with pytest.raises(InputError, match="normalisation l2 and none"):
        bring(given)


def test_running_again_changes_nothing_and_a_kill_is_finished(bring: Bring, tmp_path: Path) -> None:
    bring()
    whole = content(tmp_path / "e")
    assert bring().new == 0
    assert content(tmp_path / "e") == whole
    (tmp_path / "e" / NAME).unlink()
    (tmp_path / "e" / "part-00003.arrow").unlink()
    (tmp_path / "e" / ".part-00003.arrow.xyz").write_bytes(b"half")
    assert bring().new == 1
    assert content(tmp_path / "e") == whole


def test_more_rows_become_new_shards(bring: Bring) -> None:
    bring(VECTORS[:5])
    report = bring()
    assert (report.new, report.kept, report.rows, report.shards) == (5, 5, 10, 4)


def test_one_id_with_two_vectors_is_an_error(bring: Bring, tmp_path: Path) -> None:
    same = VECTORS.copy()
    same[7] = same[2]
    ids = ["a", "b", "c", "d", "e", "f", "g", "c", "i", "j"]
    report = bring(same, ids)
    assert (report.rows, report.duplicates) == (9, 1)
    with pytest.raises(InputError, match=r"x.npy: row 8: the id 'c' stands twice, with different vectors"):
        bring(VECTORS, ids, out=tmp_path / "other")
    with pytest.raises(InputError, match=r"row 1: the id 'a' is in .* with another vector"):
        bring(VECTORS[::-1].copy(), [*ids[:7], "h", "i", "j"])
    assert open_embeddings(tmp_path / "e").rows == 9


def test_files_are_read_in_order_and_dimensions_are_not_mixed(bring: Bring, tmp_path: Path) -> None:
    bring(VECTORS[:4], name="a", out=tmp_path / "first")
    bring(VECTORS[4:], ids=[f"v{i}" for i in range(4, 10)], name="b", out=tmp_path / "second")
    files = {name: (tmp_path / f"a.{name}", tmp_path / f"b.{name}") for name in ("npy", "txt")}
    both = import_vectors(ImportConfig(vectors=files["npy"], ids=files["txt"], out=tmp_path / "e", shard_rows=3))
    assert (both.rows, both.shards) == (10, 4)
    assert any("--model" in warning for warning in both.warnings)
    np.save(tmp_path / "b.npy", np.ones((6, 5)))
    with pytest.raises(InputError, match=r"b.npy: 5 dimensions, .*a.npy has 4"):
        import_vectors(ImportConfig(vectors=files["npy"], ids=files["txt"], out=tmp_path / "f"))
    with pytest.raises(UsageError, match="2 files of vectors, 1 of ids"):
        import_vectors(ImportConfig(vectors=files["npy"], ids=files["txt"][:1], out=tmp_path / "f"))
    assert not (tmp_path / "f").exists()


def test_vectors_of_another_model_are_refused(bring: Bring) -> None:
    bring(VECTORS[:5])
    with pytest.raises(InputError, match="import: model 'm' and 'n'"):
        bring(model="n")


def test_nothing_is_an_error(bring: Bring) -> None:
    with pytest.raises(InputError, match="no vector in it"):
        bring(np.zeros((0, 4), np.float32), [])
    with pytest.raises(UsageError, match="needs --vectors"):
        import_vectors(ImportConfig(vectors=(), ids=(), out=Path("nowhere")))


def test_the_export_holds_the_rows_with_a_vector(bring: Bring, tmp_path: Path) -> None:
    given = VECTORS.copy()
    given[3] = 0
    bring(given)
    report = export_parquet(tmp_path / "e", tmp_path / "x.parquet")
    assert (report.rows, report.left_out, report.dim) == (9, 1, 4)
    table = pq.read_table(tmp_path / "x.parquet")
    assert table.column("video_id").to_pylist() == [f"v{i}" for i in range(10) if i != 3]
    flat = table.column("vector").combine_chunks().flatten().to_numpy()
    np.testing.assert_array_equal(flat.reshape(9, 4), np.delete(given, 3, axis=0))
    again = import_vectors(ImportConfig(vectors=(tmp_path / "x.parquet",), ids=(), out=tmp_path / "back", model="m"))
    assert again.rows == 9
