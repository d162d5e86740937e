"""Vectors that people bring, in every form that is taken, and what is wrong with some of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from vibekit.errors import InputError
from vibekit.formats.vectors_file import Columns, open_vectors
from vibekit.formats.vectors_ids import read_ids

N, DIM = 7, 4
VECTORS = np.random.default_rng(0).standard_normal((N, DIM)).astype(np.float32)
IDS = [f"v{i}" for i in range(N)]


def lists(values: np.ndarray[Any, Any]) -> list[list[float]]:
    return [row.tolist() for row in values]


def npy(folder: Path) -> tuple[Path, Path | None, Columns]:
    np.save(folder / "x.npy", VECTORS)
    (folder / "ids.txt").write_text("\n".join(IDS) + "\n")
    return folder / "x.npy", folder / "ids.txt", Columns()


def npz(folder: Path) -> tuple[Path, Path | None, Columns]:
    np.savez(folder / "x.npz", embeddings=VECTORS, ids=np.array(IDS))
    return folder / "x.npz", None, Columns()


def safetensors(folder: Path) -> tuple[Path, Path | None, Columns]:
    save_file({"vectors": VECTORS, "other": np.ones(2, np.float32)}, folder / "x.safetensors")
    np.save(folder / "ids.npy", np.array(IDS))
    return folder / "x.safetensors", folder / "ids.npy", Columns()


def parquet_list(folder: Path) -> tuple[Path, Path | None, Columns]:
    pq.write_table(pa.table({"id": IDS, "emb": pa.array(lists(VECTORS), pa.list_(pa.float32()))}), folder / "x.parquet")
    return folder / "x.parquet", None, Columns()


def parquet_fixed(folder: Path) -> tuple[Path, Path | None, Columns]:
    column = pa.array(lists(VECTORS), pa.list_(pa.float32(), DIM))
    pq.write_table(pa.table({"key": IDS, "what": column}), folder / "x.parquet", row_group_size=3)
    return folder / "x.parquet", None, Columns(ids="key", vectors="what")


def parquet_bytes(folder: Path) -> tuple[Path, Path | None, Columns]:
    column = pa.array([row.tobytes() for row in VECTORS], pa.binary())
    pq.write_table(pa.table({"video_id": IDS, "vector": column}), folder / "x.parquet")
    return folder / "x.parquet", None, Columns(binary="float32")


def parquet_and_csv(folder: Path) -> tuple[Path, Path | None, Columns]:
    pq.write_table(pa.table({"vector": pa.array(lists(VECTORS), pa.large_list(pa.float32()))}), folder / "x.parquet")
    (folder / "ids.csv").write_text("n,video_id\n" + "\n".join(f"{n},{name}" for n, name in enumerate(IDS)) + "\n")
    return folder / "x.parquet", folder / "ids.csv", Columns()


Form = Callable[[Path], tuple[Path, Path | None, Columns]]
FORMS: tuple[Form, ...] = (npy, npz, safetensors, parquet_list, parquet_fixed, parquet_bytes, parquet_and_csv)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rows", [1, 3, 100])
def test_every_form_gives_the_same(tmp_path: Path, form: Form, rows: int) -> None:
    path, ids, columns = form(tmp_path)
    found = open_vectors(path, ids=ids, columns=columns)
    pieces = list(found.pieces(rows))
    assert all(len(piece) <= rows for piece in pieces)
    np.testing.assert_array_equal(np.concatenate(pieces), VECTORS)
    assert found.ids.to_pylist() == IDS
    assert (found.dim, found.dtype) == (DIM, np.dtype(np.float32))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="\x1f"), min_size=1, max_size=9),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_ids_of_lines(ids: list[str], end: str, last: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ids.txt"
        path.write_bytes((end.join(ids) + (end if last else "")).encode())
        assert read_ids(path).to_pylist() == ids


def test_whole_numbers_are_ids(tmp_path: Path) -> None:
    np.save(tmp_path / "ids.npy", np.array([7, 8]))
    assert read_ids(tmp_path / "ids.npy").to_pylist() == ["7", "8"]
    pq.write_table(pa.table({"item_id": [7, 8], "x": [1, 2]}), tmp_path / "ids.parquet")
    assert read_ids(tmp_path / "ids.parquet").to_pylist() == ["7", "8"]


def test_null_vectors_are_not_numbers(tmp_path: Path) -> None:
    for kind in (pa.list_(pa.float32()), pa.list_(pa.float32(), 2)):
        column = pa.array([[1, 2], None, [3, None]], kind)
        pq.write_table(pa.table({"id": ["a", "b", "c"], "vector": column}), tmp_path / "x.parquet")
        found = np.concatenate(list(open_vectors(tmp_path / "x.parquet").pieces(2)))
        assert np.isnan(found).any(axis=1).tolist() == [False, True, True]


def refused(folder: Path, message: str, ids: Path | None = None, columns: Columns | None = None) -> None:
    path = next(p for p in folder.iterdir() if p.stem == "x")
    with pytest.raises(InputError, match=message) as caught:
        list(open_vectors(path, ids=ids, columns=columns).pieces(2))
    assert caught.value.hint


def test_counts_that_differ(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", VECTORS)
    (tmp_path / "ids.txt").write_text("a\nb\n")
    refused(tmp_path, "7 vectors, but 2 ids", tmp_path / "ids.txt")


def test_no_ids(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", VECTORS)
    refused(tmp_path, "holds no ids")
    (tmp_path / "ids.txt").write_text("a\n\nb\n")
    with pytest.raises(InputError, match=r"ids.txt:2: an empty id"):
        read_ids(tmp_path / "ids.txt")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones(3), r"has the shape \(3,\)"),
        (np.ones((2, 2, 2)), "has the shape"),
        (np.array([["a"], ["b"]]), "no numbers"),
        (np.array([[True], [False]]), "no numbers"),
    ],
)
def test_no_rows_of_numbers(tmp_path: Path, array: np.ndarray[Any, Any], message: str) -> None:
    np.save(tmp_path / "x.npy", array)
    (tmp_path / "ids.txt").write_text("a\nb\n")
    refused(tmp_path, message, tmp_path / "ids.txt")


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "ids.txt").write_text("a\n")
    refused(tmp_path, "not an .npy file of numbers", tmp_path / "ids.txt")


def test_mixed_dimensions_in_one_column(tmp_path: Path) -> None:
    column = pa.array([[1.0, 2.0], [3.0, 4.0], [5.0]])
    pq.write_table(pa.table({"id": ["a", "b", "c"], "vector": column}), tmp_path / "x.parquet")
    refused(tmp_path, "row 3: 1 dimensions, the rows before have 2")


def test_bytes_that_nobody_explained(tmp_path: Path) -> None:
    parquet_bytes(tmp_path)
    refused(tmp_path, "holds bytes")


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    pq.write_table(pa.table({"name": ["a"], "score": [1.0]}), tmp_path / "x.parquet")
    refused(tmp_path, "no column of vectors among name string, score double")
    parquet_fixed(tmp_path)
    refused(tmp_path, "no column of ids among key, what")
    refused(tmp_path, "no column of vectors", columns=Columns(vectors="nothing"))


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.parquet", "x.safetensors", "x.txt"])
def test_files_that_are_something_else(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"something else")
    (tmp_path / "ids.txt").write_text("a\n")
    refused(tmp_path, r"not a|ends in none of", tmp_path / "ids.txt")


def test_a_damaged_npz_and_one_that_says_it_is_endless_are_refused(tmp_path: Path) -> None:
    (tmp_path / "ids.txt").write_text("a\nb\n")
    np.savez(tmp_path / "x.npz", vector=np.arange(8.0).reshape(2, 4))
    whole = bytearray((tmp_path / "x.npz").read_bytes())
    whole[220] ^= 1
    (tmp_path / "x.npz").write_bytes(whole)
    with pytest.raises(InputError, match=r"not an \.npz file of numbers"):
        open_vectors(tmp_path / "x.npz", ids=tmp_path / "ids.txt")
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": (2, 10**15)})
    with zipfile.ZipFile(tmp_path / "y.npz", "w") as members:
        members.writestr("vector.npy", head.getvalue())
    with pytest.raises(InputError, match=r"too large for the memory|not an \.npz file"):
        open_vectors(tmp_path / "y.npz", ids=tmp_path / "ids.txt")
