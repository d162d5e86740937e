from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.definitions import good
from vibekit.core.attribute import Kind
from vibekit.errors import InputError
from vibekit.formats.attribute_schema import schema_text
from vibekit.formats.shipped import shipped_dir
from vibekit.stages.attributes import NewConfig, list_definitions, new_definition, show_definition, write_schema


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_list_keeps_broken_files_as_entries() -> None:
    Path("attributes").mkdir()
    Path("attributes/unboxing.yaml").write_text(good())
    Path("attributes/broken.yaml").write_text("name: broken\n")
    entries = {entry.name: entry for entry in list_definitions().attributes}
    assert entries["unboxing"].version == 2
    assert entries["unboxing"].problem == ""
    assert len(entries["calming"].fingerprint) == 16
    assert entries["broken"].fingerprint == ""
    assert entries["broken"].problem.startswith("attributes/broken.yaml:1: missing")


def test_showing_gives_the_file_and_its_fingerprint() -> None:
    report = show_definition("calming")
    assert report.text == (shipped_dir("attributes") / "calming.yaml").read_text(encoding="utf-8")
    assert report.definition["name"] == "calming"
    assert len(report.fingerprint) == 16


@pytest.mark.parametrize("kind", Kind)
def test_a_new_definition_can_be_used_at_once(kind: Kind) -> None:
    report = new_definition(NewConfig(name="slow_living", kind=kind))
    assert (report.path, report.hides) == ("attributes/slow_living.yaml", "")
    assert show_definition("slow_living").definition["kind"] == str(kind)
    assert Path(report.schema).read_text() == schema_text()
    assert Path(report.path).read_text().startswith("# yaml-language-server: $schema=./attribute.schema.json\n")


def test_nothing_is_overwritten() -> None:
    new_definition(NewConfig(name="slow_living"))
    Path("attributes/slow_living.yaml").write_text("mine")
    Path("attributes/attribute.schema.json").write_text("mine too")
    with pytest.raises(InputError, match="is there already"):
        new_definition(NewConfig(name="slow_living", kind=Kind.ORDINAL))
    new_definition(NewConfig(name="other"))
    assert Path("attributes/slow_living.yaml").read_text() == "mine"
    assert Path("attributes/attribute.schema.json").read_text() == "mine too"


def test_hiding_a_ready_made_definition_is_said() -> None:
    report = new_definition(NewConfig(name="calming", folder=Path("mine")))
    assert report.hides.endswith("calming.yaml")


@pytest.mark.parametrize("name", ["Calm", "../calm", "a b", "1st", "", "video_id", "con", "x" * 65, "calm\n"])
def test_a_name_that_cannot_be_used(name: str) -> None:
    with pytest.raises(InputError):
        new_definition(NewConfig(name=name))
    assert not Path("attributes").exists()


def test_the_schema_goes_to_a_file_when_asked() -> None:
    assert write_schema().path == ""
    report = write_schema(Path("deep/schema.json"))
    assert json.loads(Path(report.path).read_text()) == report.schema
