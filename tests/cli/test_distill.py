"""``vibekit distill`` as it is typed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.silver import Made, make
from vibekit.cli.main import run

QUICK = ["--head", "linear", "--draws", "100", "--no-curve", "--quiet"]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.chdir(tmp_path)
    return make(tmp_path)


def test_text_and_envelope(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["distill", "silver.parquet", "--embeddings", "E", "--golden", "golden.csv", "--out", "s", *QUICK]
    assert run(command) == 0
    out = capsys.readouterr().out
    assert "480 of 480 labelled videos used" in out
    assert "Student and teacher against people, same videos (test part)" in out
    assert "majority" in out
    assert (made.folder / "s" / "student.json").is_file()
    assert run([*command, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert set(data["attributes"]) == {"straight", "curved", "mood"}
    assert data["student"] == "s"


def test_settings_from_the_file_and_wrong_ones(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    (made.folder / "vibekit.yaml").write_text("distill:\n  head: linear\n  draws: 100\n  curve: false\n  seed: 5\n")
    command = ["distill", "silver.parquet", "-e", "E", "-o", "s", "-a", "straight", "--quiet", "--json"]
    assert run(command) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert (data["head"], data["settings"]["seed"], data["curve"]) == ("linear", 5, [])
    assert run([*command, "--weight", "nobody=2"]) == 2
    assert "names no source" in capsys.readouterr().out
    assert run([*command, "--weight", "silver.parquet=0"]) == 2
    assert run([*command, "--suggest", "-1"]) == 2


def test_a_fallen_attribute_is_a_gate(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    assert run(["distill", "silver.parquet", "-e", "E", "-o", "old", "-a", "straight", *QUICK]) == 0
    wrong = pa.table({"video_id": made.ids[:480], "straight": 1 - made.chance["straight"][:480]})
    pq.write_table(wrong, "wrong.parquet")
    command = ["distill", "wrong.parquet", "-e", "E", "-o", "new", "--from", "old", "-g", "golden.csv", "--l2", "0.1"]
    capsys.readouterr()
    assert run([*command, *QUICK]) == 7
    assert "'straight' fell by" in capsys.readouterr().out
    assert not Path("new/student.json").exists()


@pytest.mark.slow
def test_killed_at_any_moment_the_same_command_gives_the_same_student(made: Made) -> None:
    words = ["distill", "silver.parquet", "-e", "E", "--head", "mlp", "--epochs", "8", "--draws", "100", "--quiet"]
    command = [sys.executable, "-m", "vibekit", *words]
    subprocess.run([*command, "-o", "whole"], check=True, capture_output=True)
    whole = (made.folder / "whole" / "model.safetensors").read_bytes()
    for delay in (0.5, 2.0, 4.0, 6.0):
        process = subprocess.Popen([*command, "-o", "torn"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run([*command, "-o", "torn"], check=True, capture_output=True)
    torn = (made.folder / "torn" / "model.safetensors").read_bytes()
    assert hashlib.sha256(torn).digest() == hashlib.sha256(whole).digest()
    one, two = (json.loads((made.folder / name / "student.json").read_text()) for name in ("whole", "torn"))
    assert {**one, "created_at": ""} == {**two, "created_at": ""}
