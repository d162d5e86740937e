"""``vibekit embed`` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from support.embedded import tiny_clips
from support.own_embedder import COLOUR
from vibekit.cli.main import run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two clips, a file that is no video, and vectors with ids."""
    monkeypatch.chdir(tmp_path)
    tiny_clips(tmp_path / "clips", 2)
    np.save("X.npy", np.eye(4, 3, dtype=np.float32))
    Path("ids.txt").write_text("a\nb\nc\nd\n")
    return tmp_path


def test_clips_and_the_envelope(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["embed", "clips", "--embedder", COLOUR, "--out", "embeddings/e1", "--workers", "1", "--quiet"]
    assert run(command) == 0
    out = capsys.readouterr().out
    assert "2 vectors of 3 dimensions (colour 3), float16, 1 shard\n" in out
    assert "2 rows made now, 0 were there; 0 without a vector" in out
    (here / "clips" / "bad.mp4").write_text("words\n" * 99)
    assert run([*command, "--json"]) == 6
    envelope = json.loads(capsys.readouterr().out)
    assert envelope["status"] == "partial"
    data = envelope["data"]
    assert (data["rows"], data["ok"], data["failed"], data["new"], data["kept"]) == (3, 2, 1, 1, 2)
    assert [error["item"] for error in envelope["errors"]] == ["clips/bad.mp4"]


def test_vectors_of_your_own_and_the_export(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert here.is_dir()
    command = [
        "embed",
        "--embedder",
        "import",
        "--vectors",
        "X.npy",
        "--ids",
        "ids.txt",
        "--out",
        "e",
        "--model",
        "eye",
    ]
    assert run([*command, "--quiet"]) == 6
    out = capsys.readouterr().out
    assert "3 vectors of 3 dimensions (import 3), float32, 1 shard\n" in out
    assert "failed: d: all zero" in out
    assert run(["embed", "--export", "e", "--out", "x.parquet", "--quiet"]) == 0
    assert "x.parquet: 3 rows of 3 dimensions; 1 rows without a vector left out" in capsys.readouterr().out


def test_settings_come_from_the_file_and_not_from_the_environment(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIBEKIT_FRAMES", "9")
    (here / "vibekit.yaml").write_text(f"embed:\n  embedder: {COLOUR}\n  dtype: float32\n  frames: 3\n  workers: 1\n")
    assert run(["embed", "clips", "--out", "e", "--quiet"]) == 0
    assert "float32" in capsys.readouterr().out
    space = json.loads((here / "e" / "embeddings.json").read_text())["space"]
    assert space["blocks"][0]["parameters"]["decoded"]["frames"]["frames"] == 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["clips"], 2, "Missing option '--out'"),
        (["--out", "e"], 2, "Missing argument 'VIDEOS...'"),
        (["clips", "--out", "e", "--embedder", "effnet"], 2, "unknown embedder 'effnet'; known: av, effnet-lite0"),
        (["clips", "--out", "e", "--embedder", "av+av"], 2, "an embedder stands twice"),
        (["clips", "--out", "e", "--embedder", "av+import"], 2, "import stands alone"),
        (["clips", "--out", "e", "--vectors", "X.npy"], 2, "--vectors goes with --embedder import"),
        (["clips", "--out", "e", "--embedder", "import"], 2, "VIDEOS does not go with --embedder import"),
        (["--out", "e", "--embedder", "import"], 2, "--embedder import needs --vectors"),
        (["clips", "--out", "e", "--option", "pool"], 2, "write NAME=VALUE"),
        (["clips", "--out", "e", "--ray-address", "auto"], 2, "--ray-address is for Ray"),
        (["clips", "--out", "e", "--limit", "0"], 2, "--limit 0: at least 1"),
        (["clips", "--out", "e", "--dtype", "float61"], 3, "--dtype 'float61' is not known"),
        (["clips", "--out", "e", "--shard-rows", "0"], 3, "shard-rows 0 is out of range"),
        (["nowhere", "--out", "e", "--embedder", COLOUR], 3, "nowhere"),
        (["clips", "--out", "e", "--embedder", "support.own_embedder:Nobody"], 2, "no embedder"),
        (["clips", "--out", "e", "--frames", "8"], 2, "--embedder av takes no --frames"),
        (["clips", "--out", "e", "--embedder", "av+effnet-lite0", "--model", "m"], 2, "takes no --model"),
        (["clips", "--out", "e", "--embedder", "effnet-lite0", "--option", "pol=mean"], 2, "did you mean 'pool'"),
        (["clips", "--out", "e", "--option", "pool=mean"], 2, "it takes: none"),
        (["--export", "e", "--out", "x.csv"], 2, "does not end in .parquet"),
        (["--export", "e", "--out", "x.parquet"], 3, "no such folder"),
        (["clips", "--export", "e", "--out", "x.parquet"], 2, "--export takes no videos"),
    ],
)
def test_what_is_wrong_is_said(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert run(["embed", *words]) == code
    assert said in capsys.readouterr().err
    assert not (here / "e").exists()
