"""Sets of embeddings on the disk: what is written is what is mapped, and nothing broken is ever opened."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.embedded import a_space, rows_of, write_set
from vibekit.core.embedding import Block, EmbeddingSpace
from vibekit.errors import InputError
from vibekit.formats.embedding_space import differences, space_from_row, space_row
from vibekit.formats.embeddings import NAME, SAMPLE, is_embeddings, open_embeddings
from vibekit.formats.embeddings_shard import EmbeddingShards, open_shard, schema_of, shard_key, shard_space


@settings(max_examples=40, deadline=None)
@given(
    ids=st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=12),
    dim=st.integers(1, 9),
    dtype=st.sampled_from(["float16", "float32"]),
    data=st.data(),
)
def test_what_is_written_is_what_is_mapped(ids: list[str], dim: int, dtype: str, data: st.DataObject) -> None:
    ok = np.array(data.draw(st.lists(st.booleans(), min_size=len(ids), max_size=len(ids))), bool)
    vectors = np.random.default_rng(0).standard_normal((len(ids), dim)).astype(dtype)
    ids = [name.encode("utf-8", "replace").decode() for name in ids]
    space = a_space(dim, dtype=dtype)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part-00000.arrow"
        table = rows_of(space, ids, vectors, ok)
        with EmbeddingShards(space=space).writing(path, schema=schema_of(space), key="abc") as writer:
            for start in range(0, len(ids), 5):
                writer.write(table.slice(start, 5))
        rows = open_shard(path, space=space, key="abc")
        assert rows.ids.to_pylist() == ids
        assert rows.ok.tolist() == ok.tolist()
        np.testing.assert_array_equal(rows.vectors, np.where(ok[:, None], vectors, 0))
        assert rows.vectors.dtype == dtype
        assert (shard_key(path), shard_space(path)) == ("abc", space)


def test_vectors_are_mapped_and_not_copied(tmp_path: Path) -> None:
    vectors = np.arange(6, dtype=np.float16).reshape(2, 3)
    shard = write_set(tmp_path / "e", vectors).shards[0]
    before = pa.total_allocated_bytes()
    rows = shard.open()
    assert pa.total_allocated_bytes() - before < vectors.nbytes + 1024
    assert not rows.vectors.flags.owndata
    assert not rows.vectors.flags.writeable


def test_vectors_are_taken_by_id_in_the_order_asked_for(tmp_path: Path) -> None:
    vectors = np.arange(15, dtype=np.float16).reshape(5, 3)
    found = write_set(tmp_path / "e", vectors, ok=np.array([True, True, False, True, True]))
    assert (found.rows, found.ok, len(found.shards)) == (5, 4, 3)
    taken = found.take(["v4", "nobody", "v0", "v2", "v4"])
    assert taken.found.tolist() == [True, False, True, False, True]
    np.testing.assert_array_equal(taken.vectors[[0, 2, 4]], vectors[[4, 0, 4]].astype(np.float32))
    assert not taken.vectors[[1, 3]].any()
    assert [ids.to_pylist() for ids in found.ids()] == [["v0", "v1"], ["v2", "v3"], ["v4"]]


def test_a_truncated_shard_is_noticed_at_opening(tmp_path: Path) -> None:
    shard = write_set(tmp_path / "e", np.ones((4, 3))).shards[1].path
    shard.write_bytes(shard.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"part-00001.arrow: truncated: [\d,]+ bytes, embeddings.json says") as caught:
        open_embeddings(tmp_path / "e")
    assert "vibekit embed" in caught.value.hint
    assert shard_key(shard) is None
    assert shard_space(shard) is None
    with pytest.raises(InputError, match="truncated or damaged"):
        open_shard(shard, space=a_space())


def test_a_shard_of_another_set_is_noticed(tmp_path: Path) -> None:
    one = write_set(tmp_path / "one", np.ones((4, 3)))
    write_set(tmp_path / "two", np.zeros((4, 3)) + 2, shard_rows=2)
    data = (tmp_path / "two" / "part-00000.arrow").read_bytes()
    one.shards[1].path.write_bytes(data)
    with pytest.raises(InputError, match="is not the shard that"):
        _ = open_embeddings(tmp_path / "one").shards[1].vectors


def test_a_missing_shard_is_noticed(tmp_path: Path) -> None:
    write_set(tmp_path / "e", np.ones((4, 3))).shards[0].path.unlink()
    with pytest.raises(InputError, match="a shard is missing"):
        open_embeddings(tmp_path / "e")


def test_a_set_that_is_not_finished_is_no_set(tmp_path: Path) -> None:
    write_set(tmp_path / "e", np.ones((4, 3)))
    (tmp_path / "e" / NAME).unlink()
    assert not is_embeddings(tmp_path / "e")
    with pytest.raises(InputError, match="it is not finished"):
        open_embeddings(tmp_path / "e")
    with pytest.raises(InputError, match="no such folder"):
        open_embeddings(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 99}, "version 99, this vibekit reads 1"),
        ({"shards": [{"name": "../x.arrow", "key": "", "rows": 1, "ok": 1, "bytes": 1}]}, "names no shard"),
        ({"shards": [{"name": "part-0.arrow"}]}, "is damaged"),
        ({"space": {}}, "no embedding space"),
        ({"reasons": []}, "is damaged"),
    ],
)
def test_a_manifest_that_is_no_manifest(tmp_path: Path, change: dict[str, object], message: str) -> None:
    write_set(tmp_path / "e", np.ones((4, 3)))
    manifest = tmp_path / "e" / NAME
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **change}))
    with pytest.raises(InputError, match=message):
        open_embeddings(tmp_path / "e")
    manifest.write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        open_embeddings(tmp_path / "e")


def test_the_sample_is_a_manifest(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps(SAMPLE))
    (tmp_path / "part-00000.arrow").write_bytes(bytes(SAMPLE["shards"][0]["bytes"]))
    found = open_embeddings(tmp_path)
    assert (found.rows, found.ok, found.space.dim) == (2, 1, 3)


def test_a_space_that_was_edited_is_refused() -> None:
    row = space_row(a_space())
    assert space_from_row(row) == a_space()
    row["blocks"][0]["parameters"] = {"model": "other"}
    with pytest.raises(ValueError, match="fingerprint"):
        space_from_row(row)


def test_differences_name_what_changed() -> None:
    def space(name: str, dim: int, frames: int) -> EmbeddingSpace:
        block = Block(embedder=name, start=0, dim=dim, normalisation="l2", parameters={"frames": frames})
        return EmbeddingSpace(name=name, blocks=(block,))

    assert differences(space("a", 2, 8), space("a", 2, 8)) == ()
    assert differences(space("a", 2, 8), space("b", 2, 8)) == ("embedder a and b",)
    assert differences(space("a", 2, 8), space("a", 3, 4)) == ("a: 2 and 3 dimensions", "a: frames 8 and 4")


def test_a_full_disk_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    code = f"""
import resource, signal, sys, numpy as np
from pathlib import Path
from support.embedded import a_space, rows_of
from vibekit.formats.embeddings_shard import EmbeddingShards, schema_of
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
space = a_space(512)
n = 100
try:
    path = Path({str(tmp_path)!r}) / "part-00000.arrow"
    with EmbeddingShards(space=space).writing(path, schema=schema_of(space), key="k") as writer:
        writer.write(rows_of(space, [str(i) for i in range(n)], np.ones((n, 512)), np.ones(n, bool)))
except OSError as error:
    sys.exit(error.errno if "part-00000" in str(error.filename) else 1)
"""
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env={"PYTHONPATH": str(root)}, check=False)
    assert done.returncode == errno.EFBIG
    assert list(tmp_path.iterdir()) == []


def test_a_flipped_byte_is_an_error_and_never_another_vector_or_id(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((4, 3))
    found = write_set(tmp_path / "e", vectors, shard_rows=4, ok=np.array([True, True, False, True]))
    shard = found.shards[0].path
    whole, ids = shard.read_bytes(), ["v0", "v1", "v2", "v3"]
    before = found.take(ids)
    errors = 0
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0x41
        # a new file: the old one is still mapped
        shard.unlink()
        shard.write_bytes(damaged)
        try:
            taken = open_embeddings(tmp_path / "e").take(ids)
        except InputError:
            errors += 1
            continue
        assert taken.found.tolist() == before.found.tolist()
        assert taken.vectors.tobytes() == before.vectors.tobytes()
    assert errors > 50
