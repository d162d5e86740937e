"""Tables of labels: Parquet by columns, parts, and text."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vibekit.errors import InputError
from vibekit.formats.labels_table import SAMPLE, column_names, is_labels, read_labels


def test_the_sample_comes_back(tmp_path: Path) -> None:
    pq.write_table(SAMPLE, tmp_path / "labels.parquet")
    assert read_labels(tmp_path / "labels.parquet").table == SAMPLE
    assert column_names(tmp_path / "labels.parquet") == ("video_id", "calming", "mood=happy")
    part = read_labels(tmp_path / "labels.parquet", columns=("calming",))
    assert part.table.column_names == ["calming"]


def test_parts_are_one_table_and_their_folder_gives_no_column(tmp_path: Path) -> None:
    folder = tmp_path / "labels" / "day=3"
    folder.mkdir(parents=True)
    for n in range(2):
        pq.write_table(SAMPLE.slice(n, 1), folder / f"part-{n}.parquet")
    assert is_labels(folder)
    assert read_labels(folder).table == SAMPLE
    pq.write_table(SAMPLE.drop_columns(["calming"]), folder / "part-2.parquet")
    with pytest.raises(InputError, match="'calming'"):
        read_labels(folder)


def test_a_cut_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    pq.write_table(SAMPLE, path)
    whole = path.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match="not a Parquet file"):
            read_labels(path)


def test_rows_of_text_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('video,note,calming\na,"two\nlines",0.5\n\nb,,0.7\n')
    table = read_labels(path)
    assert [table.line(row) for row in range(2)] == [2, 5]
    assert table.table["note"].to_pylist() == ["two\nlines", None]
    part = table.part(pa.array([1]), ("calming",))
    assert part.line(0) == 5
    assert part.error(0, "wrong").message == f"{path}:5: wrong"


def test_a_folder_without_parts_is_no_table(tmp_path: Path) -> None:
    assert not is_labels(tmp_path)
    with pytest.raises(InputError, match="no such file or folder"):
        read_labels(tmp_path / "none.parquet")
