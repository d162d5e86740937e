"""Kept answers come back as they were or not at all, and nothing about the file can end a run."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.cached import KEEP_FOR_EVER, reply
from vibekit.core.annotation import Answer, Evidence, ProbabilitySource, Spread, Status, Usage
from vibekit.errors import InputError
from vibekit.formats.cached_reply import CachedReply
from vibekit.formats.response_cache import ResponseCache
from vibekit.formats.response_store import cache_path, connect, remove_files, store_files

KEY = "0f" * 16
OTHER = "6a" * 16
TESTS = Path(__file__).parents[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "responses.sqlite"


def keep(cache: ResponseCache, key: str, kept: CachedReply) -> bool:
    return cache.put(key, kept, annotator="gemini", model="gemini-3.8-flash")


def filled(path: Path, **replies: CachedReply) -> Path:
    """Keep replies, by default one under ``KEY``, and close the file."""
    cache = ResponseCache.open(path)
    for key, kept in (replies or {KEY: reply()}).items():
        assert keep(cache, key, kept)
    cache.close()
    assert cache.warnings == []
    return path


def found(path: Path, key: str = KEY) -> CachedReply | None:
    with closing(ResponseCache.open(path)) as cache:
        return cache.get(key)


def alter(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(sql, values)


def start(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(TESTS)}
    words = [sys.executable, "-c", KEEP_FOR_EVER, str(path), name, str(count)]
    return subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True)


numbers = st.floats(allow_nan=False, allow_infinity=False)
labelled = st.builds(
    Answer,
    status=st.just(Status.OK),
    label=st.booleans() | st.integers(-(2**63), 2**63) | st.text(min_size=1),
    probability=st.none() | numbers,
    probability_source=st.none() | st.sampled_from(ProbabilitySource),
    rationale=st.text(),
    evidence=st.lists(st.builds(Evidence, start_s=numbers, end_s=numbers, what=st.text()), max_size=3).map(tuple),
    votes=st.dictionaries(st.text(), st.integers(0, 100), max_size=3).map(lambda votes: tuple(votes.items())),
    spread=st.none() | st.builds(Spread, samples=st.integers(1, 100), disagreement=numbers),
)
without = st.builds(Answer, status=st.sampled_from([Status.ABSTAIN, Status.BLOCKED]), reason=st.text())
replies = st.builds(
    CachedReply,
    answers=st.dictionaries(st.text(), labelled | without, min_size=1, max_size=3),
    usage=st.builds(Usage, prompt=st.integers(0, 2**40), thoughts=st.integers(0, 2**40)),
    cost_usd=st.floats(0, 1e6),
)


@settings(max_examples=60, deadline=None)
@given(kept=replies)
def test_what_comes_back_is_what_was_kept(kept: CachedReply, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("cache") / "responses.sqlite"
    with closing(ResponseCache.open(path)) as cache:
        assert keep(cache, KEY, kept)
        assert cache.get(KEY) == kept
        assert cache.get(OTHER) is None
    again = found(path)
    assert again == kept
    # true is not 1
    labels = [type(a.label) for a in kept.answers.values()]
    assert [type(a.label) for a in (again or kept).answers.values()] == labels


@pytest.mark.parametrize("status", [Status.EMPTY, Status.INVALID, Status.MEDIA_ERROR, Status.ERROR])
def test_what_is_no_whole_answer_is_not_kept(status: Status, path: Path) -> None:
    answers = {**reply().answers, "energetic": Answer(status=status, reason="cut off")}
    with closing(ResponseCache.open(path)) as cache:
        assert not keep(cache, KEY, CachedReply(answers=answers, usage=Usage(), cost_usd=0.1))
        assert not keep(cache, KEY, CachedReply(answers={}, usage=Usage(), cost_usd=0.1))
        assert not keep(cache, KEY, reply(cost_usd=float("nan")))
        assert cache.get(KEY) is None
        assert cache.warnings == []


def test_the_last_reply_for_a_key_counts(path: Path) -> None:
    filled(path)
    filled(path, **{KEY: reply(label=False)})
    assert found(path) == reply(label=False)


def test_answers_are_for_the_user_alone(path: Path) -> None:
    with closing(ResponseCache.open(path)) as cache:
        assert keep(cache, KEY, reply())
        modes = {file.name: file.stat().st_mode & 0o777 for file in store_files(path)}
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_no_secret_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "not-a-real-key-0123456789")
    filled(path, **{KEY: reply(why="Bearer not-a-real-key-0123456789")})
    assert b"not-a-real-key" not in path.read_bytes()
    again = found(path)
    assert again is not None
    assert again.answers["calming"].rationale == "Bearer [GEMINI_API_KEY]"


def test_a_flipped_bit_in_an_answer_is_a_miss(path: Path) -> None:
    filled(path, **{KEY: reply(label=3)})
    whole = path.read_bytes()
    at = whole.index(b'"label":3')
    for bit in range(8):
        damaged = bytearray(whole)
        damaged[at + 8] ^= 1 << bit
        path.write_bytes(damaged)
        assert found(path) is None
    path.write_bytes(whole)
    assert found(path) == reply(label=3)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_anywhere_gives_the_answer_or_none(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = filled(tmp_path_factory.mktemp("cache") / "responses.sqlite", **{KEY: reply(), OTHER: reply(label=False)})
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)) | st.just(len(raw)))])
    with closing(ResponseCache.open(path)) as cache:
        assert cache.get(KEY) in (reply(), None)
        assert cache.get(OTHER) in (reply(label=False), None)
        keep(cache, "ab" * 16, reply())
        assert cache.get("ab" * 16) in (reply(), None)
    assert len(cache.warnings) <= 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE replies SET reply = 'no JSON'",
        "UPDATE replies SET reply = 7, checksum = 7",
        "UPDATE replies SET reply = x'ff00fe'",
        "UPDATE replies SET checksum = '0'",
        f"UPDATE replies SET key = CASE key WHEN '{KEY}' THEN '{OTHER}x' ELSE '{KEY}' END",
    ],
)
def test_a_row_that_is_not_as_it_was_written_is_a_miss(sql: str, path: Path) -> None:
    filled(path, **{KEY: reply(), OTHER: reply(label=False)})
    alter(path, sql)
    with closing(ResponseCache.open(path)) as cache:
        assert cache.get(KEY) is None
        assert keep(cache, KEY, reply())
        assert cache.get(KEY) == reply()
        assert cache.warnings == []


def test_a_damaged_file_is_one_warning_and_stays(path: Path) -> None:
    filled(path)
    path.write_bytes(b"these are " * 2000)
    with closing(ResponseCache.open(path)) as cache:
        for _ in range(3):
            assert cache.get(KEY) is None
            assert not keep(cache, KEY, reply())
    [warning] = cache.warnings
    assert f"{path}: is damaged" in warning
    assert "vibekit cache clear" in warning
    assert path.read_bytes().startswith(b"these are ")


def test_damage_that_shows_later_is_one_warning(path: Path) -> None:
    filled(path, **{f"{n:032x}": reply() for n in range(300)})
    raw = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xee" * (len(raw) - 8192))
    with closing(ResponseCache.open(path)) as cache:
        assert [cache.get(f"{n:032x}") for n in range(300)] == [None] * 300
        assert not keep(cache, KEY, reply())
    assert len(cache.warnings) == 1
    assert "is damaged" in cache.warnings[0]


def test_a_newer_file_is_left_alone(path: Path) -> None:
    filled(path)
    alter(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    with closing(ResponseCache.open(path)) as cache:
        assert cache.get(KEY) is None
        assert not keep(cache, OTHER, reply())
    assert "newer vibekit" in cache.warnings[0]
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    alter(path, "CREATE TABLE replies (mine TEXT)")
    before = path.read_bytes()
    with closing(ResponseCache.open(path)) as cache:
        assert not keep(cache, KEY, reply())
    assert "another program" in cache.warnings[0]
    assert path.read_bytes() == before


def test_a_place_where_nothing_can_be_written_is_one_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.sqlite").mkdir()
    for path in (tmp_path / "file" / "x" / "responses.sqlite", tmp_path / "folder.sqlite"):
        with closing(ResponseCache.open(path)) as cache:
            assert cache.get(KEY) is None
            assert not keep(cache, KEY, reply())
        assert len(cache.warnings) == 1


def test_no_home_folder_is_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIBEKIT_CACHE_DIR", "~nobody-of-this-name/cache")
    cache = ResponseCache.open()
    assert "export VIBEKIT_CACHE_DIR=DIR" in cache.warnings[0]


def test_on_a_full_disk_what_is_there_is_still_found(path: Path) -> None:
    pytest.importorskip("resource")
    filled(path)
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom support.cached import reply\n"
        "from vibekit.formats.response_cache import ResponseCache\n"
        "cache = ResponseCache.open(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "kept = [cache.put(f'{n:032x}', reply(), annotator='a', model='m') for n in range(100)]\n"
        "assert kept[0] and not kept[-1], kept\n"
        "assert all(bool(cache.get(f'{n:032x}')) == there for n, there in enumerate(kept)), kept\n"
        f"assert cache.get('{KEY}')\ncache.close()\n[warning] = cache.warnings\nprint(warning)"
    )
    env = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run([sys.executable, "-c", code, str(path)], env=env, capture_output=True, text=True, check=False)
    assert "answers that are there are used, new ones are not kept" in done.stdout, done.stderr
    assert found(path) == reply()


def test_another_process_in_the_way_delays_writing(path: Path) -> None:
    cache = ResponseCache.open(filled(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert keep(cache, OTHER, reply(label=False))
        assert cache.get(OTHER) == reply(label=False)
        assert cache.get(KEY) == reply()
        assert found(path, OTHER) is None
        other.execute("ROLLBACK")
    cache.close()
    assert cache.warnings == []
    assert found(path, OTHER) == reply(label=False)


def test_another_process_in_the_way_for_long_is_one_warning(path: Path) -> None:
    filled(path)
    impatient = ResponseCache.open(path, patience_s=0.0)
    waiting = ResponseCache.open(path, wait_s=0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not keep(impatient, OTHER, reply())
        assert keep(waiting, OTHER, reply())
        impatient.close()
        waiting.close()
    assert "new ones are not kept" in impatient.warnings[0]
    assert len(waiting.warnings) == 1
    assert found(path, OTHER) is None


def test_a_file_that_was_removed_meanwhile_is_made_anew(path: Path) -> None:
    with closing(ResponseCache.open(filled(path))) as cache:
        remove_files(path)
        assert keep(cache, OTHER, reply())
        assert found(path, OTHER) == reply()
        assert cache.get(KEY) is None
        shutil.rmtree(path.parent)
        assert keep(cache, KEY, reply())
    assert found(path) == reply()
    assert cache.warnings == []


def test_use_is_written_down_once_an_hour(path: Path) -> None:
    filled(path, **{KEY: reply(), OTHER: reply()})
    alter(path, "UPDATE replies SET last_used_at = '2020-01-01T00:00:00Z'")
    assert found(path) == reply()
    with closing(connect(path)) as file:
        used = dict(file.execute("SELECT key, last_used_at FROM replies").fetchall())
        assert used[OTHER] == "2020-01-01T00:00:00Z"
        assert used[KEY] > "2020-01-02"
        [version] = file.execute("PRAGMA data_version").fetchone()
        assert found(path) == reply()
        assert file.execute("PRAGMA data_version").fetchone() == (version,)


def test_the_log_is_moved_into_the_database_meanwhile(path: Path) -> None:
    with closing(ResponseCache.open(path)) as cache:
        for n in range(1200):
            assert keep(cache, f"{n:032x}", reply())
        size = 0
        for _ in range(100):
            if (size := path.stat().st_size) > 300_000:
                break
            time.sleep(0.1)
        assert size > 300_000


def test_a_closed_cache_is_empty(path: Path) -> None:
    cache = ResponseCache.open(filled(path))
    cache.close()
    cache.close()
    assert cache.get(KEY) is None
    assert not keep(cache, KEY, reply())
    assert cache.warnings == []


def test_several_make_the_file_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / str(n) / "responses.sqlite" for n in range(20)]
    together = threading.Barrier(4, timeout=60)

    def keep_one(name: str) -> list[str]:
        said: list[str] = []
        for path in paths:
            together.wait()
            with closing(ResponseCache.open(path)) as cache:
                assert keep(cache, name, reply())
            said += cache.warnings
        return said

    with ThreadPoolExecutor(4) as threads:
        assert [*threads.map(keep_one, "abcd")] == [[]] * 4
    assert [path for path in paths for name in "abcd" if found(path, name) is None] == []


def test_several_processes_keep_at_once(path: Path) -> None:
    ended = [(p, p.communicate(timeout=60)[0].splitlines()) for p in [start(path, f"p{i}", 200) for i in range(4)]]
    with closing(ResponseCache.open(path)) as cache:
        for process, lines in ended:
            assert process.returncode == 0
            assert lines[-1] == "[]", lines
            assert len(lines) == 201
            assert all(cache.get(key) for key in lines[:-1])
    with closing(connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
def test_killed_at_any_moment_everything_that_was_kept_is_there(path: Path) -> None:
    chance = random.Random(7)
    kept: list[str] = []
    for n in range(12):
        with start(path, f"k{n}", 100_000) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            time.sleep(chance.uniform(0.0, 0.4))
            process.kill()
            lines += process.stdout.readlines()
        kept += [line.strip() for line in lines if len(line) == 33]
        with closing(ResponseCache.open(path)) as cache:
            assert [key for key in kept if cache.get(key) is None] == []
            assert cache.warnings == []
    assert len(kept) > 1000
    with closing(connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_where_the_file_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    at_home = tmp_path / ".cache" / "vibekit" / "responses.sqlite"
    assert cache_path({"VIBEKIT_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a/responses.sqlite")
    assert cache_path({"VIBEKIT_CACHE_DIR": "~/a"}) == tmp_path / "a" / "responses.sqlite"
    assert cache_path({"XDG_CACHE_HOME": "/b"}) == Path("/b/vibekit/responses.sqlite")
    assert cache_path({"XDG_CACHE_HOME": "b"}) == at_home
    assert cache_path({"VIBEKIT_CACHE_DIR": " "}) == at_home
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_path({}) == tmp_path / "Library" / "Caches" / "vibekit" / "responses.sqlite"


def test_opening_what_is_not_there_makes_nothing(path: Path) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        connect(path, create=False)
    assert not path.parent.exists()
