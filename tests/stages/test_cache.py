"""What is kept can be counted and removed, whatever state the file is in."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.cached import reply
from vibekit.errors import InputError
from vibekit.formats.response_cache import ResponseCache
from vibekit.stages.cache import clear, info


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return filled(tmp_path / "cache" / "responses.sqlite")


def filled(path: Path) -> Path:
    """Keep three answers of two models, at 0.004, 0.004 and 0 dollars, and close the file."""
    with closing(ResponseCache.open(path)) as cache:
        assert cache.put("aa", reply(), annotator="gemini", model="gemini-3.8-flash")
        assert cache.put("bb", reply(label=False), annotator="gemini", model="gemini-3.8-flash")
        assert cache.put("cc", reply(cost_usd=0.0), annotator="openai", model="qwen")
    return path


def keys(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as file:
        return {key for (key,) in file.execute("SELECT key FROM replies")}


def test_info_counts(path: Path) -> None:
    report = info(path)
    assert report.answers == 3
    assert report.paid_usd == pytest.approx(0.008)
    assert [(g.annotator, g.model, g.answers) for g in report.groups] == [
        ("gemini", "gemini-3.8-flash", 2),
        ("openai", "qwen", 1),
    ]
    assert report.bytes == path.stat().st_size
    assert "2026" <= report.oldest <= report.newest <= report.last_used


def test_info_of_nothing_makes_nothing(tmp_path: Path) -> None:
    report = info(tmp_path / "cache" / "responses.sqlite")
    assert (report.answers, report.bytes, report.oldest, report.groups) == (0, 0, "", ())
    assert list(tmp_path.iterdir()) == []


def test_clear_by_model_and_annotator(path: Path) -> None:
    before = path.read_bytes()
    assert clear(path, model="qwen", annotator="gemini").answers == 0
    assert clear(path, model="qwen", dry_run=True).answers == 1
    assert path.read_bytes() == before
    report = clear(path, annotator="gemini")
    assert (report.answers, report.warnings) == (2, ())
    assert report.paid_usd == pytest.approx(0.008)
    assert keys(path) == {"cc"}


def test_clear_by_age_goes_by_the_last_use(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("UPDATE replies SET created_at = '2020-01-01T00:00:00Z'")
        file.execute("UPDATE replies SET last_used_at = '2020-01-01T00:00:00Z' WHERE key <> 'bb'")
    assert clear(path, older_than_days=36_500).answers == 0
    assert clear(path, older_than_days=0.5, model="qwen").answers == 1
    assert clear(path, older_than_days=0.5).answers == 1
    assert keys(path) == {"bb"}


def test_clear_gives_room_back_and_leaves_no_trace(path: Path) -> None:
    with closing(ResponseCache.open(path)) as cache:
        for n in range(500):
            cache.put(str(n), reply(why="a telling rationale"), annotator="old", model="old")
    report = clear(path, model="old")
    assert report.answers == 500
    assert report.bytes_after < report.bytes_before / 5
    assert b"telling" not in path.read_bytes()


def test_clear_of_everything_removes_the_files(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"left over")
    assert clear(path, dry_run=True).answers == 3
    report = clear(path)
    assert (report.answers, report.bytes_after) == (3, 0)
    assert list(path.parent.iterdir()) == []
    assert clear(path).answers == 0


def test_clear_while_a_run_goes_on(path: Path) -> None:
    with closing(ResponseCache.open(path)) as cache:
        assert clear(path, model="qwen").answers == 1
        assert cache.get("cc") is None
        assert cache.get("aa") == reply()
        assert clear(path).answers == 2
        assert cache.put("dd", reply(), annotator="gemini", model="m")
    assert keys(path) == {"dd"}
    assert cache.warnings == []


def test_a_misspelt_name_is_named(path: Path) -> None:
    [warning] = clear(path, model="gemini-3.8-flahs").warnings
    assert warning.endswith("did you mean 'gemini-3.8-flash'?")
    [warning] = clear(path, annotator="xyz").warnings
    assert "vibekit cache info" in warning


def test_a_damaged_file_goes_as_a_whole_only(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)
    for ask in (lambda: info(path), lambda: clear(path, model="qwen")):
        with pytest.raises(InputError, match="is damaged") as caught:
            ask()
        assert "vibekit cache clear" in caught.value.hint
    assert clear(path, dry_run=True).answers is None
    assert path.exists()
    report = clear(path)
    assert (report.answers, report.bytes_before, report.bytes_after) == (None, 12_000, 0)


@pytest.mark.parametrize("sql", ["PRAGMA application_id = 7", "PRAGMA user_version = 99"])
def test_what_is_not_ours_or_newer_is_never_removed(sql: str, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(sql)
    before = path.read_bytes()
    with pytest.raises(InputError):
        clear(path)
    assert path.read_bytes() == before


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damage_anywhere_is_told_and_can_be_cleared(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = filled(tmp_path_factory.mktemp("cache") / "responses.sqlite")
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        # behind the header, which says whose file it is
        raw[data.draw(st.integers(100, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    with suppress(InputError):
        assert isinstance(info(path).oldest, str)
    with suppress(InputError):
        clear(path, model="qwen")
    assert clear(path).bytes_after == 0


def test_copies_of_videos_are_counted_and_removed(path: Path) -> None:
    folder = path.parent / "playable"
    folder.mkdir()
    for name, days in (("old", 40), ("new", 1)):
        copy = folder / f"{name}-1.mp4"
        copy.write_bytes(b"12345")
        os.utime(copy, times=(time.time() - days * 86_400,) * 2)
    assert (info(path).copies, info(path).copies_bytes) == (2, 10)
    assert clear(path, model="qwen").copies == 0
    assert clear(path, dry_run=True).copies == 2
    assert clear(path, older_than_days=30).copies == 1
    assert [copy.name for copy in folder.iterdir()] == ["new-1.mp4"]
    assert clear(path).copies_bytes == 5
    assert list(folder.iterdir()) == []
