"""Killed at any moment, or out of disk: begun again, it gives the same bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from support.prediction import FAILED, bytes_of, make_work, run
from support.student import (
    space_of,
    student_of,
    tensors_of,
    vectors_of,
    write_small_embeddings,
)
from vibekit.formats.student import write_student


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return make_work(tmp_path)


KILLED = """
import sys
from pathlib import Path
from vibekit.stages.predict import PredictConfig, predict
predict(PredictConfig(student=Path("s"), embeddings=Path("e"), out=Path(sys.argv[1]), threads=2))
"""


@pytest.mark.slow
def test_killed_and_begun_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """Kill with -9 at random moments until it is complete."""
    space, dice = space_of(64), Random(7)
    student = replace(student_of(space), hidden=(256, 256))
    write_student(tmp_path / "s", student, tensors_of(student))
    write_small_embeddings(tmp_path / "e", space, vectors_of(60_000, 64), per_shard=2_000, failed=FAILED)
    run(tmp_path, out="whole")
    kills = halves = 0
    for _ in range(60):
        process = subprocess.Popen([sys.executable, "-c", KILLED, "killed"], cwd=tmp_path, stderr=subprocess.DEVNULL)
        folder = tmp_path / "killed"
        # wait for it to have begun writing, then for a moment
        while process.poll() is None and not (folder / "labels.json").exists():
            time.sleep(0.002)
        parts = len(bytes_of(folder))
        while process.poll() is None and len(list(folder.glob("part-*"))) < parts + 1:
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            break
        kills += 1
        halves += any(folder.glob(".part-*"))
        assert json.loads((folder / "labels.json").read_text())["status"] == "running"
        if kills == 8:
            break
    run(tmp_path, out="killed")
    assert kills >= 3
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "whole")
    assert not any((tmp_path / "killed").glob(".part-*"))
    told = [json.loads((tmp_path / out / "labels.json").read_text()) for out in ("killed", "whole")]
    for one in told:
        one.pop("created_at")
    assert told[0] == told[1]


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
""" + KILLED.replace("threads=2", "runtime='numpy', threads=1")


@pytest.mark.skipif(os.name != "posix", reason="needs limits of the operating system")
def test_a_full_disk_leaves_no_half_part(work: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, "l"], cwd=work, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "OSError" in done.stderr
    assert not list((work / "l").glob("*part-*"))
    run(work, runtime="numpy")
    run(work, out="whole", runtime="numpy")
    assert bytes_of(work / "l") == bytes_of(work / "whole")
