"""The wheel carries the definitions and prompts, installs into an empty environment, and never pulls torch."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEFT_OUT = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(out.glob("*.whl"))


def test_the_wheel_carries_definitions_prompts_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for kind in ("attributes", "prompts"):
        here = {f"vibekit/shipped/{kind}/{p.name}" for p in (ROOT / kind).iterdir() if p.is_file()}
        assert here
        assert here <= names
    assert {"vibekit/py.typed", "vibekit/formats/prices.yaml"} <= names
    static = {f"vibekit/labelling/static/{p.name}" for p in (ROOT / "src/vibekit/labelling/static").iterdir()}
    assert len(static) >= 3
    assert static <= names


@pytest.mark.slow
def test_it_installs_into_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k not in LEFT_OUT}
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [
        str(python),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "-q",
        "-c",
        str(ROOT / "constraints.txt"),
    ]
    done = subprocess.run([*pip, str(wheel)], capture_output=True, text=True, env=env, check=False)
    if done.returncode and "CI" not in os.environ and "No matching distribution" in done.stderr:
        pytest.skip("no package index can be reached, so the wheel's dependencies cannot be installed")
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(
        [str(python), "-m", "pip", "list"], capture_output=True, text=True, env=env, check=True
    ).stdout
    assert "vibekit" in listed
    assert "torch" not in listed.split()

    def vibekit(*words: str) -> str:
        command = [str(python.with_name("vibekit")), *words]
        return subprocess.run(command, capture_output=True, text=True, env=env, check=True, cwd=tmp_path).stdout

    assert "annotate" in vibekit("--help")
    vibekit("init", "project")
    assert (tmp_path / "project" / "attributes" / "calming.yaml").is_file()
    assert (tmp_path / "project" / "prompts" / "judge.md").is_file()
    assert "calming" in vibekit("attributes", "list")
