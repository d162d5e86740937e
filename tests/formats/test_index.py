"""Files of an index: read as written, and refused when they are not what they should be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from vibekit.core.index import IndexManifest
from vibekit.errors import InputError
from vibekit.formats.index import SAMPLE, generations, is_index, next_generation, point, read_index, write_generation
from vibekit.formats.index_data import (
    data_path,
    keep,
    map_array,
    map_table,
    removed_mask,
    save_array,
    save_table,
    writing_array,
)


def test_a_generation_is_read_as_written(tmp_path: Path) -> None:
    write_generation(tmp_path, SAMPLE)
    assert not is_index(tmp_path)
    point(tmp_path, SAMPLE.generation)
    assert read_index(tmp_path) == SAMPLE
    assert next_generation(tmp_path) == "g-000002"


def test_generations_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("g-1000000", "g-999999", "g-000002"):
        write_generation(tmp_path, replace(SAMPLE, generation=name))
    assert generations(tmp_path) == ("g-000002", "g-999999", "g-1000000")
    assert next_generation(tmp_path) == "g-1000001"


@pytest.mark.parametrize("shape", [(0, 3), (5, 3), (400_000, 3)])
def test_an_array_is_mapped_read_only(tmp_path: Path, shape: tuple[int, int]) -> None:
    wanted = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    with writing_array(tmp_path, "a.npy", shape=shape, dtype=np.float32) as out:
        out[:] = wanted
    file = keep(tmp_path, tmp_path / "a.npy", "rows")
    assert not (tmp_path / "a.npy").exists()
    found = map_array(tmp_path, _manifest(rows=file), "rows")
    assert found.tolist() == wanted.tolist()
    assert not found.flags.writeable
    assert type(found) is np.ndarray


def test_a_table_is_mapped_in_one_piece(tmp_path: Path) -> None:
    table = pa.concat_tables([pa.table({"video_id": ["a", "b"]}), pa.table({"video_id": ["c"]})])
    save_table(tmp_path / "t.arrow", table)
    found = map_table(tmp_path, _manifest(ids=keep(tmp_path, tmp_path / "t.arrow", "ids")), "ids")
    assert found.column("video_id").to_pylist() == ["a", "b", "c"]
    assert found.column("video_id").num_chunks == 1


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    files = []
    for name in ("a.npy", "b.npy"):
        save_array(tmp_path / name, np.arange(5))
        files.append(keep(tmp_path, tmp_path / name, "rows"))
    assert files[0] == files[1]
    assert [path.name for path in (tmp_path / "data").iterdir()] == [files[0].name]


def test_a_name_of_an_attribute_cannot_leave_the_folder(tmp_path: Path) -> None:
    save_array(tmp_path / "a.npy", np.arange(5))
    file = keep(tmp_path, tmp_path / "a.npy", "label-../../x y")
    assert data_path(tmp_path, file).parent == tmp_path / "data"
    assert data_path(tmp_path, file).is_file()


def test_removed_rows_are_bits_the_lowest_first(tmp_path: Path) -> None:
    removed = np.array([True, False, False, True, False, False, False, False, True, False])
    save_array(tmp_path / "r.npy", np.packbits(removed, bitorder="little"))
    manifest = _manifest(removed=keep(tmp_path, tmp_path / "r.npy", "removed"))
    assert removed_mask(tmp_path, replace(manifest, rows=8, tail=2)).tolist() == removed.tolist()
    with pytest.raises(InputError, match="16 bits, not 99"):
        removed_mask(tmp_path, replace(manifest, rows=99))
    assert not removed_mask(tmp_path, replace(SAMPLE, rows=9)).any()


def _manifest(**files: object) -> IndexManifest:
    return replace(SAMPLE, files=files)  # type: ignore[arg-type]
