"""``kill -9`` at random moments of a build or an add: run again, the index is the one that was never killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import numpy as np
import pytest

from support.indexed import content_of, random_vectors, write_table, write_vectors
from vibekit.formats.index import is_index, read_index
from vibekit.stages.index.add import add
from vibekit.stages.index.build import build
from vibekit.stages.index.config import AddConfig, BuildConfig
from vibekit.stages.index.verify import verify

SEED = int(os.environ.get("VIBEKIT_TEST_SEED", "1"))
KILLS = 12
ROWS = 22_000
CONFIG = """
from pathlib import Path
import sys
from vibekit.stages.index.{stage} import {stage}
from vibekit.stages.index.config import {kind}
folder = Path(sys.argv[1])
print("begun", flush=True)
{stage}({kind}({words}))
"""


def _killed_until_done(folder: Path, stage: str, kind: str, words: str) -> int:
    """Run it again and again, killed later each time, until it ends by itself; returns how often it was killed."""
    dice, kills = Random(SEED), 0
    script = CONFIG.format(stage=stage, kind=kind, words=words)
    for turn in range(200):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            if kills < KILLS:
                time.sleep(dice.random() * (0.1 + 0.2 * turn))
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
            process.wait()
        if process.returncode == 0:
            return kills
        assert process.returncode == -signal.SIGKILL
    raise AssertionError("it never ended")


def _same(one: Path, other: Path) -> None:
    first, second = read_index(one), read_index(other)
    assert first.files == second.files
    assert first.efforts == second.efforts
    assert (first.rows, first.tail, first.removed) == (second.rows, second.tail, second.removed)
    assert verify(one, queries=0).damaged == ()
    names = {file.name for file in first.files.values()}
    assert names <= {path.name for path in (one / "data").iterdir()}
    assert not list(one.glob("building-*"))


@pytest.mark.slow
def test_a_killed_build_goes_on_and_gives_the_same(tmp_path: Path) -> None:
    vectors = random_vectors([f"v{n:05d}" for n in range(ROWS)])
    write_vectors(tmp_path / "e", vectors, per_shard=5_000)
    write_table(tmp_path / "l.csv", ["calming"], [(name, n / ROWS) for n, name in enumerate(vectors)])
    words = 'embeddings=folder / "e", out=folder / "i", labels=(folder / "l.csv",)'
    kills = _killed_until_done(tmp_path, "build", "BuildConfig", words)
    assert kills
    build(BuildConfig(embeddings=tmp_path / "e", out=tmp_path / "whole", labels=(tmp_path / "l.csv",)))
    _same(tmp_path / "i", tmp_path / "whole")


@pytest.mark.slow
def test_a_killed_add_leaves_the_old_or_the_new_index(tmp_path: Path) -> None:
    vectors = random_vectors([f"v{n:05d}" for n in range(ROWS)])
    write_vectors(tmp_path / "e", vectors, per_shard=5_000)
    write_table(tmp_path / "l.csv", ["calming"], [(name, n / ROWS) for n, name in enumerate(vectors)])
    build(BuildConfig(embeddings=tmp_path / "e", out=tmp_path / "i", labels=(tmp_path / "l.csv",)))
    shutil.copytree(tmp_path / "i", tmp_path / "whole")
    write_vectors(
        tmp_path / "more", random_vectors([f"v{n:05d}" for n in range(5_000, 17_000)], seed=4), per_shard=5_000
    )
    words = 'index=folder / "i", embeddings=folder / "more", labels=(folder / "l.csv",)'
    kills = _killed_until_done(tmp_path, "add", "AddConfig", words)
    assert kills
    assert is_index(tmp_path / "i")
    add(AddConfig(index=tmp_path / "whole", embeddings=tmp_path / "more", labels=(tmp_path / "l.csv",)))
    one, other = content_of(tmp_path / "i"), content_of(tmp_path / "whole")
    assert one.labels == other.labels
    assert one.chances == other.chances
    assert all(np.array_equal(one.vectors[name], other.vectors[name]) for name in other.vectors)
    _same(tmp_path / "i", tmp_path / "whole")


def test_two_writers_are_kept_apart(tmp_path: Path) -> None:
    from vibekit.errors import InputError
    from vibekit.stages.index.generation import writing

    write_vectors(tmp_path / "e", random_vectors(["a", "b"]))
    (tmp_path / "i").mkdir()
    with writing(tmp_path / "i"), pytest.raises(InputError, match="in use by another process"):
        build(BuildConfig(embeddings=tmp_path / "e", out=tmp_path / "i"))


def test_files_of_an_unfinished_generation_are_swept(tmp_path: Path) -> None:
    write_vectors(tmp_path / "e", random_vectors(["a", "b"]))
    config = BuildConfig(embeddings=tmp_path / "e", out=tmp_path / "i")
    build(config)
    (tmp_path / "i" / "data" / "rows-0000000000000000.npy").write_bytes(b"half")
    (tmp_path / "i" / "generations" / "g-000002.json").write_text("{}")
    write_vectors(tmp_path / "more", random_vectors(["c"]))
    report = add(AddConfig(index=tmp_path / "i", embeddings=tmp_path / "more"))
    assert report.index.generation == "g-000002"
    assert not (tmp_path / "i" / "data" / "rows-0000000000000000.npy").exists()
    assert set(content_of(tmp_path / "i").vectors) == {"a", "b", "c"}
