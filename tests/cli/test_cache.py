"""``vibekit cache`` from the command line: what it says, what it asks, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from support.cached import reply
from vibekit.formats.response_cache import ResponseCache

VIBEKIT = [sys.executable, "-m", "vibekit", "cache"]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VIBEKIT, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )


def envelope(*words: str, code: int = 0) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.returncode == code, done.stderr
    found = json.loads(done.stdout)
    assert found["exit_code"] == code
    return dict(found)


@pytest.fixture
def file(cache_dir: Path) -> Path:
    """The file of the user's cache, with three answers."""
    with closing(ResponseCache.open()) as cache:
        for key, model in (("aa", "gemini-3.8-flash"), ("bb", "gemini-3.8-flash"), ("cc", "gemini-old")):
            assert cache.put(key, reply(), annotator="gemini", model=model)
    return cache_dir / "responses.sqlite"


def test_info(file: Path) -> None:
    done = run("info")
    assert done.returncode == 0
    first, second, _, header, *rows = done.stdout.splitlines()
    assert first.startswith(str(file))
    assert second.startswith("3 answers that cost $0.0120, kept from 20")
    assert header.split()[:4] == ["annotator", "model", "answers", "paid"]
    assert [row.split()[:4] for row in rows] == [
        ["gemini", "gemini-3.8-flash", "2", "$0.0080"],
        ["gemini", "gemini-old", "1", "$0.0040"],
    ]
    data = envelope("info")["data"]
    assert data["path"] == str(file)
    assert data["answers"] == 3
    assert data["bytes"] == file.stat().st_size
    assert data["groups"][1]["model"] == "gemini-old"


def test_info_of_nothing(cache_dir: Path) -> None:
    assert "no answers are kept" in run("info").stdout
    assert envelope("info")["data"]["answers"] == 0
    assert not cache_dir.exists()


def test_clear_asks_before_it_removes_what_was_paid_for(file: Path) -> None:
    for words in ((), ("--model", "gemini-old")):
        done = run("clear", *words)
        assert done.returncode == 2
        assert "--dry-run" in done.stderr
        assert "--yes" in done.stderr
    assert envelope("clear", code=2)["errors"][0]["code"] == "usage"
    assert envelope("info")["data"]["answers"] == 3
    assert file.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("says", "left", "told"), [(b"n\n", 3, "nothing was removed"), (b"y\n", 2, "removed 1 answer")]
)
def test_clear_on_a_terminal_takes_an_answer(says: bytes, left: int, told: str, file: Path) -> None:
    ours, theirs = os.openpty()
    words = [*VIBEKIT, "clear", "--model", "gemini-old"]
    with subprocess.Popen(words, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        os.write(ours, says)
        said, asked = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert f"Remove 1 answer that cost $0.0040 ({file})? [y/N]" in asked
    assert told in said
    assert envelope("info")["data"]["answers"] == left


def test_clear_a_part(file: Path) -> None:
    assert "it would be 1 answer" in run("clear", "--model", "gemini-old", "--dry-run").stdout
    assert envelope("clear", "--older-than", "1", "--yes")["data"]["answers"] == 0
    assert envelope("clear", "--model", "gemini-old", "--yes")["data"]["answers"] == 1
    assert envelope("clear", "--annotator", "gemini", "--yes")["data"]["answers"] == 2
    assert file.exists()


def test_clear_everything(file: Path) -> None:
    done = run("clear", "--yes")
    assert done.returncode == 0
    assert done.stdout.startswith("removed 3 answers that cost $0.0120\n")
    assert list(file.parent.iterdir()) == []
    assert envelope("clear", "--yes")["data"]["answers"] == 0


def test_clear_a_name_that_nothing_is_kept_of(file: Path) -> None:
    found = envelope("clear", "--model", "gemini-odl", "--yes")
    assert found["data"]["answers"] == 0
    assert "did you mean 'gemini-old'?" in found["errors"][0]["message"]
    assert file.exists()


@pytest.mark.parametrize("days", ["-1", "nan", "inf", "1e9", "many"])
def test_clear_a_span_that_is_none(days: str, file: Path) -> None:
    done = run("clear", "--older-than", days, "--yes")
    assert done.returncode == 2
    assert "--older-than" in done.stderr
    assert file.exists()


def test_a_damaged_file(file: Path) -> None:
    file.write_bytes(b"no database " * 100)
    for words in (("info",), ("clear", "--older-than", "90", "--yes")):
        done = run(*words)
        assert done.returncode == 3
        assert done.stderr.startswith(f"error: {file}: is damaged")
        assert "vibekit cache clear" in done.stderr
    assert run("clear", "--yes").stdout.startswith("removed a damaged file\n")
    assert not file.exists()


def test_the_variable_that_says_where_is_no_unknown_setting() -> None:
    words = [sys.executable, "-m", "vibekit", "doctor"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert "VIBEKIT_CACHE_DIR" not in done.stdout + done.stderr
