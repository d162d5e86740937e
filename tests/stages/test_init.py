from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from vibekit.errors import InputError
from vibekit.formats.config import load_settings
from vibekit.formats.library import Origin, list_attributes
from vibekit.formats.shipped import shipped_dir
from vibekit.formats.strict_yaml import read
from vibekit.stages.annotate.options import AnnotateOptions
from vibekit.stages.attribute_check import CheckConfig, check_attributes
from vibekit.stages.init import InitConfig, init_project


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_new_project_has_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    report = init_project(InitConfig(folder=Path("p")))
    assert (report.replaced, report.kept, report.unchanged) == ((), (), ())
    here = {str(path.relative_to("p")) for path in Path("p").rglob("*") if path.is_file()}
    assert here == set(report.written)
    assert here >= {"vibekit.yaml", "Makefile", ".gitignore", "README.md", ".github/workflows/vibekit.yml"}
    assert {path.name for path in Path("p/prompts").iterdir()} == {f.name for f in shipped_dir("prompts").glob("*.md")}
    monkeypatch.chdir("p")
    assert {entry.origin for entry in list_attributes()} == {Origin.YOURS}
    checked = check_attributes(CheckConfig(strict=True))
    assert (checked.errors, len(checked.files)) == (0, len(list_attributes()))


def test_the_files_are_what_their_readers_expect() -> None:
    init_project(InitConfig(folder=Path("p"), attributes=("cozy", "authentic")))
    settings = load_settings("annotate", AnnotateOptions(), flags={}, env={}, config=Path("p/vibekit.yaml"))
    assert settings == AnnotateOptions(annotator="gemini")
    text = Path("p/vibekit.yaml").read_text()
    keys = re.findall(r"^  (?:# )?(\w+):", text, flags=re.MULTILINE)
    assert {"annotator", "frames", "max_cost"} <= set(keys) <= set(AnnotateOptions.__dataclass_fields__)
    workflow = read(Path("p/.github/workflows/vibekit.yml")).pairs()
    assert [key.raw for key, _ in workflow] == ["name", "on", "permissions", "jobs"]
    assert "-a cozy -a authentic --annotator signals" in Path("p/.github/workflows/vibekit.yml").read_text()
    assert sorted(path.stem for path in Path("p/attributes").glob("*.yaml")) == ["authentic", "cozy"]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_makefile_calls_vibekit() -> None:
    init_project(InitConfig(folder=Path("p")))

    def made(*args: str) -> str:
        command = ["make", "-C", "p", "--no-print-directory", *args]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert "make check" in made()
    assert made("-n", "annotate", "VIDEOS=clips").splitlines() == [
        "vibekit attributes check attributes",
        "vibekit annotate clips -a calming -a energetic --out runs/first",
    ]
    assert made("-n", "signals").split()[-4:] == ["--annotator", "signals", "--out", "runs/first-signals"]


def test_running_twice_changes_nothing() -> None:
    first = init_project(InitConfig(folder=Path()))
    again = init_project(InitConfig(folder=Path()))
    assert (again.written, again.kept, again.unchanged) == ((), (), first.written)


def test_what_is_there_stays_unless_forced() -> None:
    Path("README.md").write_text("mine")
    Path("Makefile").mkdir()
    report = init_project(InitConfig(folder=Path(), attributes=("calming",)))
    assert set(report.kept) == {"README.md", "Makefile"}
    assert Path("README.md").read_text() == "mine"
    forced = init_project(InitConfig(folder=Path(), attributes=("calming",), force=True))
    assert (forced.replaced, forced.kept) == (("README.md",), ("Makefile",))


def test_a_wrong_name_writes_nothing() -> None:
    with pytest.raises(InputError, match="no ready-made attribute 'clam'") as caught:
        init_project(InitConfig(folder=Path("p"), attributes=("cozy", "clam")))
    assert "calming" in caught.value.hint
    assert not Path("p").exists()


def test_a_folder_that_cannot_be_one() -> None:
    Path("file").write_text("x")
    for folder in (Path("file"), Path("file/deeper")):
        with pytest.raises(InputError, match="file"):
            init_project(InitConfig(folder=folder))
