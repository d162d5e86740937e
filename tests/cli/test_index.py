"""``vibekit index build``, ``add``, ``remove``, ``update-labels``, ``info`` and ``verify`` as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.indexed import random_vectors, write_table, write_vectors
from vibekit.cli.index_build import MetricOption, StorageOption
from vibekit.cli.index_options import bytes_of, thresholds_of
from vibekit.cli.main import run
from vibekit.core.index import Metric, Storage
from vibekit.errors import UsageError
from vibekit.formats.index import read_index
from vibekit.formats.index_data import data_path

NAMES = [f"v{n}" for n in range(60)]
BUILD = ["index", "build", "e", "--labels", "l.csv", "--out", "i"]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with embeddings of 60 videos and labels of them."""
    monkeypatch.chdir(tmp_path)
    write_vectors(Path("e"), random_vectors(NAMES))
    write_table(Path("l.csv"), ["calming"], [(name, n / 60) for n, name in enumerate(NAMES)])
    return tmp_path


def envelope(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert run([*words, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["exit_code"] == code
    assert found["command"] == " ".join(words[:2])
    return found


def test_options_name_every_storage_and_metric() -> None:
    assert {option.value for option in StorageOption} == set(Storage)
    assert {option.value for option in MetricOption} == set(Metric)


def test_help_imports_no_heavy_package() -> None:
    script = (
        "import sys; from vibekit.cli.main import run; run(['index', '--help']); run(['index', 'build', '--help']);"
        "print([m for m in ('numpy', 'pyarrow', 'faiss', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "update-labels" in done.stdout


@pytest.mark.usefixtures("work")
def test_text_says_what_was_built_and_what_is_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*BUILD, "--threshold", "calming=0.4"]) == 0
    said = capsys.readouterr()
    assert "calming    true   0.400  36" in said.out
    assert "60 videos of 8 dimensions, fp32, exact search only: under 20,000 videos" in said.out
    assert "next: vibekit index search i --id VIDEO --restrict calming" in said.err
    assert run([*BUILD, "--threshold", "calming=0.4"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert run(BUILD) == 3
    assert "--force" in capsys.readouterr().err


@pytest.mark.usefixtures("work")
def test_without_labels_an_index_says_that_it_has_no_attributes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "build", "e", "--out", "i"]) == 0
    assert "no attributes: put labels in with vibekit index update-labels" in capsys.readouterr().out


@pytest.mark.usefixtures("work")
def test_the_life_of_an_index(capsys: pytest.CaptureFixture[str]) -> None:
    assert envelope(capsys, *BUILD)["data"]["index"]["rows"] == 60
    write_vectors(Path("more"), random_vectors(["v1", "w1"], seed=5))
    added = envelope(capsys, "index", "add", "i", "more")["data"]
    assert (added["added"], added["replaced"]) == (1, 1)
    Path("gone.txt").write_text("v5\nstranger\n")
    removed = envelope(capsys, "index", "remove", "i", "gone.txt", "--id", "w1")
    assert (removed["data"]["removed"], removed["data"]["unknown"]) == (2, 1)
    assert "1 of 3 videos are not in the index" in removed["errors"][0]["message"]
    write_table(Path("new.csv"), ["calming", "sad"], [(name, 0.9, "true") for name in NAMES])
    labelled = envelope(capsys, "index", "update-labels", "i", "--labels", "new.csv")["data"]
    assert labelled["labelled"] == ["calming", "sad"]
    assert labelled["index"]["attributes"][1]["counts"] == {"true": 59, "false": 0, "unknown": 0}
    info = envelope(capsys, "index", "info", "i")
    assert info["data"]["index"]["generation"] == "g-000004"
    assert info["data"]["ages_days"]["sad"] < 1
    verified = envelope(capsys, "index", "verify", "i", "--queries", "10")["data"]
    assert verified["damaged"] == []
    assert {row["recall"] for row in verified["recalls"]} == {1.0}


@pytest.mark.usefixtures("work")
def test_a_damaged_file_is_exit_3_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(BUILD) == 0
    path = data_path(Path("i"), read_index(Path("i")).files["label-calming"])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    capsys.readouterr()
    found = envelope(capsys, "index", "verify", "i", code=3)
    (problem,) = [error for error in found["errors"] if error["code"] == "damaged"]
    assert path.name in problem["message"]
    assert "update-labels" in problem["hint"]


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["build", "e", "--out", "i", "--recall", "1"], 2, "--recall"),
        (["build", "e", "--out", "i", "--max-disk", "much"], 2, "not a size"),
        (["build", "e", "--out", "i", "--threshold", "calming"], 2, "not NAME=P"),
        (["build", "e", "--out", "i", "--labels", "nowhere"], 3, "no such file or folder"),
        (["build", "e", "--out", "i", "--metadata", "nowhere.csv"], 3, "no such file"),
        (["build", "nowhere", "--out", "i"], 3, "no such folder"),
        (["add", "i", "e"], 3, "no such folder"),
        (["remove", "i"], 2, "nothing to remove"),
        (["update-labels", "i"], 2, "no labels given"),
        (["info", "e"], 3, "no index in it"),
        (["verify", "e"], 3, "no index in it"),
    ],
)
def test_bad_input_is_refused(words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", *words]) == code
    error = capsys.readouterr().err
    assert said in error
    assert "hint: " in error
    assert not Path("i").exists()


def test_sizes_are_read_as_people_write_them() -> None:
    sizes = {"8GB": 8 * 10**9, "500 MB": 5 * 10**8, "1.5g": 15 * 10**8, "2GiB": 2**31, "1000": 1000, "": None}
    assert {text: bytes_of("--max-disk", text) for text in sizes} == sizes


def test_a_threshold_twice_is_refused() -> None:
    assert thresholds_of(["a=b=0.5"]) == {"a=b": 0.5}
    with pytest.raises(UsageError, match="given twice"):
        thresholds_of(["a=0.5", "a=0.6"])
