from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.errors import InputError
from vibekit.formats.manifest import Table, cell_of, is_table, read_table

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


def table(tmp_path: Path, data: str | bytes, name: str = "m.csv") -> Table:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_table(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(["title", "path"]) + "\n" + delimiter.join(["a, b; c" if delimiter == "\t" else "x", "c.mp4"])
    found = table(tmp_path, text)
    assert found.path_column == "path"
    assert found.rows[0].values["path"] == "c.mp4"


def test_semicolons_in_a_comma_header_do_not_mislead(tmp_path: Path) -> None:
    found = table(tmp_path, '"a;b;c;d",path\n1,c.mp4\n')
    assert found.columns == ("a;b;c;d", "path")


def test_lines_are_counted_through_quoted_newlines(tmp_path: Path) -> None:
    found = table(tmp_path, 'path,title\n\na.mp4,"one\ntwo"\nb.mp4,three\n')
    assert [(row.line, row.values["path"]) for row in found.rows] == [(3, "a.mp4"), (5, "b.mp4")]
    assert found.rows[0].values["title"] == "one\ntwo"


@pytest.mark.parametrize("bom", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, bom: bytes) -> None:
    assert table(tmp_path, bom + b"path,title\r\na.mp4,x\r\n").rows[0].values == {"path": "a.mp4", "title": "x"}


def test_utf_16_as_spreadsheets_export_it(tmp_path: Path) -> None:
    found = table(tmp_path, "path\ttitle\na.mp4\tÜber\n".encode("utf-16"))
    assert found.rows[0].values == {"path": "a.mp4", "title": "Über"}


def test_names_that_are_not_utf_8_survive_and_are_told_of(tmp_path: Path) -> None:
    found = table(tmp_path, b"path\nv\xff.mp4\n")
    assert found.rows[0].values["path"] == "v\udcff.mp4"
    assert "not UTF-8" in found.warnings[0]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("path,title\na.mp4\n", 2, "1 cells, the header has 2"),
        ("path,title\na.mp4,x\nb.mp4,y,z\n", 3, "3 cells, the header has 2"),
        ('path,title\na.mp4,"x\nb.mp4,y\n', 2, "broken record"),
        ('path,title\na.mp4,"x"y\n', 2, "broken record"),
        ("path,title,Title\na.mp4,x,y\n", 1, "two columns are named 'title'"),
    ],
)
def test_broken_csv_names_the_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(InputError) as caught:
        table(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path / 'm.csv'}:{line}: ")
    assert said in caught.value.message
    assert caught.value.hint


def test_an_empty_file_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="first line must name the columns"):
        table(tmp_path, "\n\n")


def test_empty_columns_of_spreadsheets_and_the_index_of_pandas_do_no_harm(tmp_path: Path) -> None:
    found = table(tmp_path, ",path,\n0,a.mp4,\n1,b.mp4,,\n")
    assert [row.values["path"] for row in found.rows] == ["a.mp4", "b.mp4"]


def test_a_cell_above_the_default_limit_of_the_parser(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    found = table(tmp_path, f"path,transcript\na.mp4,{'x' * 200_000}\n")
    assert len(found.rows[0].values["transcript"]) == 200_000
    assert csv.field_size_limit() == before


def test_jsonl_keeps_lists_and_drops_what_is_nested(tmp_path: Path) -> None:
    line = {"Path": "a.mp4", "tags": ["x", 1], "views": 3, "ok": True, "none": None, "box": {"x": 1}}
    found = table(tmp_path, "\n" + json.dumps(line) + "\n\n", "m.jsonl")
    assert found.rows[0].line == 2
    assert found.rows[0].values == {"path": "a.mp4", "tags": ("x", "1"), "views": "3", "ok": "true"}


def test_a_line_separator_inside_json_text_ends_no_line(tmp_path: Path) -> None:
    found = table(tmp_path, '{"path": "a\u2028b.mp4"}\n{"path": "c.mp4"}', "m.ndjson")
    assert [row.values["path"] for row in found.rows] == ["a\u2028b.mp4", "c.mp4"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"path": ', "not JSON"),
        ('["a.mp4"]', "not a JSON object but list"),
        ('{"path": "a", "path": "b"}', "stands twice"),
        ("[" * 100_000, "not JSON"),
        ('{"n": ' + "9" * 5000 + "}", "not JSON"),
    ],
)
def test_broken_json_names_the_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        table(tmp_path, '{"path": "a.mp4"}\n' + line + "\n", "m.jsonl")
    assert f"{tmp_path / 'm.jsonl'}:2: " in caught.value.message
    assert said in caught.value.message


def test_parquet_reads_what_csv_reads_and_leaves_vectors_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    columns: dict[str, Any] = {
        "path": ["a.mp4", "b.mp4"], "tags": [["x", "y"], None], "score": [0.5, float("nan")],
        "vector": [[0.1, 0.2], [0.3, 0.4]],
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
    found = read_table(path)
    assert found.columns == ("path", "tags", "score")
    assert found.rows[0].values == {"path": "a.mp4", "tags": ("x", "y"), "score": "0.5"}
    assert found.rows[1].values == {"path": "b.mp4"}
    assert found.rows[1].line == 2


@pytest.mark.parametrize("data", [b"", b"PAR1", b"path,title\n", b"PAR1" + b"\x00" * 50 + b"PAR1"])
def test_what_is_not_parquet(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match="not a Parquet file"):
        table(tmp_path, data, "m.parquet")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"m\.csv: cannot be read"):
        read_table(tmp_path / "m.csv")


def test_the_suffix_decides() -> None:
    assert is_table(Path("A.CSV"))
    assert not is_table(Path("a.mp4"))


def test_the_most_telling_path_column_is_taken(tmp_path: Path) -> None:
    assert table(tmp_path, "video,path\nv1,a.mp4\n").path_column == "path"
    assert table(tmp_path, "id,name\nv1,a.mp4\n").path_column is None


@given(rows=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5), delimiter=st.sampled_from(",;\t"))
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "m.csv"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(["path", "title"])
    writer.writerows([("x" + a, "y" + b) for a, b in rows])
    path.write_bytes(buffer.getvalue().encode())
    read = [(row.values["path"], row.values["title"]) for row in read_table(path).rows]
    assert read == [("x" + a, "y" + b) for a, b in rows]


@given(data=st.binary(max_size=200), name=st.sampled_from(["m.csv", "m.jsonl", "m.parquet", "m.tsv"]))
def test_any_bytes_give_a_table_or_an_error_that_names_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("any") / name
    path.write_bytes(data)
    try:
        found = read_table(path)
    except InputError as error:
        said = error.message
        found = Table(path=path, columns=(), rows=())
    else:
        said = str(path)
    assert said.startswith(str(path))
    assert all(set(row.values) <= set(found.columns) for row in found.rows)


def test_cells_of_json_values() -> None:
    assert cell_of(None) == "" == cell_of({"a": 1})
    assert cell_of([None, "a", {"b": 1}, 2.5]) == ("a", "2.5")
    assert cell_of(b"v\xff") == "v\udcff"
