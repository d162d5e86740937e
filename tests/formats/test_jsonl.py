"""Append-only lines survive being cut anywhere."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.errors import InputError
from vibekit.formats.jsonl import Appender, iter_lines, read_row

ROWS = st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers(), max_size=3), max_size=6)


def rows(path: Path) -> list[dict[str, object]]:
    return [line.row for line in iter_lines(path)]


def append(path: Path, *new: dict[str, object]) -> list[int]:
    out = Appender(path)
    offsets = [out.append(row) for row in new]
    out.close()
    return offsets


@given(before=ROWS, cut=st.integers(min_value=0, max_value=400), after=ROWS)
def test_a_file_cut_anywhere_keeps_its_whole_lines_and_takes_new_ones(
    tmp_path_factory: pytest.TempPathFactory, before: list[dict[str, object]], cut: int, after: list[dict[str, object]]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    append(path, *before)
    data = path.read_bytes()[:cut]
    path.write_bytes(data)
    whole = [json.loads(part) for part in data.split(b"\n")[:-1]]
    tail = data.rpartition(b"\n")[2]
    if tail and _is_object(tail):
        whole.append(json.loads(tail))
    assert rows(path) == whole
    append(path, *after)
    assert rows(path) == [*whole, *after]


def _is_object(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except ValueError:
        return False


def test_a_torn_last_line_is_dropped_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b": ')
    warnings: list[str] = []
    assert [line.row for line in iter_lines(path, warnings=warnings)] == [{"a": 1}]
    assert warnings == [f"{path}:2: dropped a torn last line"]


def test_a_damaged_middle_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\nnonsense\n{"b": 2}\n')
    with pytest.raises(InputError, match=r"a\.jsonl:2: not a JSON object"):
        rows(path)


def test_offsets_find_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    append(path, {"n": 0})
    offsets = append(path, {"n": 1, "text": "ü\n"}, {"n": 2})
    with path.open("rb") as stream:
        assert [read_row(stream, o)["n"] for o in offsets] == [1, 2]


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert rows(tmp_path / "none.jsonl") == []


def test_keys_are_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", 'very"secret-key')
    path = tmp_path / "a.jsonl"
    append(path, {"reason": 'the service said: bad key very"secret-key'})
    assert b"secret-key" not in path.read_bytes()
    assert rows(path) == [{"reason": "the service said: bad key [GEMINI_API_KEY]"}]


def test_a_full_disk_leaves_whole_lines_and_true_offsets(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "a.jsonl"
    out = Appender(path)
    out.append({"n": 1})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (30, hard))
        with pytest.raises(OSError, match="large"):
            out.append({"n": 2, "text": "x" * 100})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    offset = out.append({"n": 3})
    out.close()
    assert [row["n"] for row in rows(path)] == [1, 3]
    with path.open("rb") as stream:
        assert read_row(stream, offset) == {"n": 3}
