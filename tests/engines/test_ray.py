"""The same job on a real local Ray: the same labels, whoever began it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.student import space_of, vectors_of, write_small_embeddings, write_small_student

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed"),
]
FAILED = (3, 70)


def predict(folder: Path, out: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: Ray leaves threads and sockets in the one that it was started in."""
    command = [sys.executable, "-m", "vibekit", "predict", "s", "--embeddings", "e", "--out", out, "--json", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*"))}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student, embeddings in five shards, and labels of them that were made here."""
    folder = tmp_path_factory.mktemp("ray")
    write_small_student(folder / "s", space_of())
    write_small_embeddings(folder / "e", space_of(), vectors_of(500), per_shard=110, failed=FAILED)
    assert predict(folder, "local").returncode == 0
    return folder


@pytest.mark.parametrize("runtime", ["onnx", "onnx-int8"])
def test_ray_makes_the_same_bytes_and_finishes_what_was_begun_here(work: Path, runtime: str) -> None:
    whole = work / f"local-{runtime}"
    assert predict(work, whole.name, "--runtime", runtime).returncode == 0
    begun = work / f"begun-{runtime}"
    assert predict(work, begun.name, "--runtime", runtime).returncode == 0
    (begun / "part-00001.parquet").unlink()
    (begun / "part-00003.parquet").write_bytes(b"PAR1")
    done = predict(work, begun.name, "--runtime", runtime, "--engine", "ray")
    assert done.returncode == 0, done.stdout + done.stderr
    data = json.loads(done.stdout)["data"]
    assert data["skipped"] == 3
    assert data["labels"]["without"] == len(FAILED)
    assert data["labels"]["engine"] == "ray"
    assert len(bytes_of(begun)) == 5
    assert bytes_of(begun) == bytes_of(whole)


def test_a_cluster_that_is_not_there_is_said(work: Path) -> None:
    done = predict(work, "nowhere", "--engine", "ray", "--ray-address", "127.0.0.1:1")
    assert done.returncode == 4, done.stdout
    assert "no Ray at 127.0.0.1:1" in json.loads(done.stdout)["errors"][0]["message"]
    assert not list((work / "nowhere").glob("part-*"))


def test_more_threads_than_there_are_processors_are_said(work: Path) -> None:
    done = predict(work, "many", "--engine", "ray", "--threads", "4096")
    assert done.returncode == 2, done.stdout
    assert "lower --threads" in json.loads(done.stdout)["errors"][0]["hint"]


def test_a_shard_that_breaks_under_way_is_said_and_the_rest_is_kept(work: Path) -> None:
    shard = work / "e" / "part-00004.arrow"
    raw = shard.read_bytes()
    # the same size, so that only reading it shows
    shard.write_bytes(bytes(len(raw)))
    try:
        done = predict(work, "broken", "--engine", "ray", "--workers", "1")
    finally:
        shard.write_bytes(raw)
    assert done.returncode in (3, 4), done.stdout + done.stderr
    assert "part-00004.arrow" in json.loads(done.stdout)["errors"][0]["message"]
    assert predict(work, "broken").returncode == 0
    assert bytes_of(work / "broken") == bytes_of(work / "local")
