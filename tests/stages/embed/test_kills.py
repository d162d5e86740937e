"""``kill -9`` at random moments of ``vibekit embed``, then the same command: the same bytes as without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from support.embedded import tiny_clips
from support.own_embedder import COLOUR

KILLS = int(os.environ.get("VIBEKIT_TEST_KILLS", "8"))
SEED = int(os.environ.get("VIBEKIT_TEST_SEED", "1"))
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name != "videos.jsonl"}


def killed_until_done(words: list[str], cwd: Path) -> int:
    """Kill the command again and again, later each time; returns how often it was killed before it ended."""
    dice = Random(SEED)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "vibekit", "embed", *words, "--quiet"]
    for kills in range(KILLS + 1):
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL)
        try:
            process.wait(dice.uniform(0.3, 2.5) if kills < KILLS else 120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        else:
            assert process.returncode == 0
            return kills
    raise AssertionError("never done")


def test_clips(tmp_path: Path) -> None:
    tiny_clips(tmp_path / "clips", 12)
    words = ["clips", "--embedder", COLOUR, "--option", "delay=0.15", "--shard-rows", "2", "--workers", "1", "--out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    whole = [sys.executable, "-m", "vibekit", "embed", *words, "e", "--quiet"]
    subprocess.run(whole, cwd=tmp_path, env=environment, check=True, stdout=subprocess.DEVNULL)
    (tmp_path / "e").rename(tmp_path / "whole")
    assert killed_until_done([*words, "e"], tmp_path) > 0
    assert content(tmp_path / "e") == content(tmp_path / "whole")


def test_vectors(tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((40_000, 256)).astype(np.float16)
    np.save(tmp_path / "X.npy", vectors)
    (tmp_path / "ids.txt").write_text("".join(f"{i:08d}\n" for i in range(len(vectors))))
    words = ["--embedder", "import", "--vectors", "X.npy", "--ids", "ids.txt", "--model", "m", "--shard-rows", "500"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    whole = [sys.executable, "-m", "vibekit", "embed", *words, "--out", "e", "--quiet"]
    subprocess.run(whole, cwd=tmp_path, env=environment, check=True, stdout=subprocess.DEVNULL)
    (tmp_path / "e").rename(tmp_path / "whole")
    killed_until_done([*words, "--out", "e"], tmp_path)
    assert content(tmp_path / "e") == content(tmp_path / "whole")
