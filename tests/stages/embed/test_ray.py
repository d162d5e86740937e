"""The same videos on a real local Ray: the same bytes, and what was begun here is finished there."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.embedded import tiny_clips
from support.own_embedder import PAID
from vibekit.errors import UsageError
from vibekit.stages.embed import EmbedConfig, embed


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")
def test_ray_makes_the_same_bytes(tmp_path: Path) -> None:
    tiny_clips(tmp_path / "clips", 6)
    (tmp_path / "clips" / "bad.mp4").write_text("words\n" * 99)

    def run(out: str, *words: str) -> dict[str, object]:
        command = [sys.executable, "-m", "vibekit", "embed", "clips", "--embedder", "av", "--out", out]
        options = ["--shard-rows", "3", "--json", "--quiet", *words]
        done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 6, done.stdout + done.stderr
        data: dict[str, object] = json.loads(done.stdout)["data"]
        return data

    run("here")
    run("there", "--limit", "3")
    (tmp_path / "there" / "embeddings.json").unlink()
    data = run("there", "--engine", "ray")
    assert (data["new"], data["kept"], data["ok"]) == (4, 3, 6)
    parts = [{p.name: p.read_bytes() for p in (tmp_path / out).glob("part-*")} for out in ("here", "there")]
    assert len(parts[0]) == 3
    assert parts[0] == parts[1]


def test_what_is_paid_for_stays_here(tmp_path: Path) -> None:
    tiny_clips(tmp_path / "clips", 1)
    config = EmbedConfig(sources=(str(tmp_path / "clips"),), out=tmp_path / "e", embedders=(PAID,), engine="ray")
    with pytest.raises(UsageError, match="does not run on Ray"):
        embed(config)
