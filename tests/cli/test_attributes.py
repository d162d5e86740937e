from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from support.definitions import good
from vibekit.cli.attributes import app
from vibekit.errors import InputError, VibekitError
from vibekit.formats.shipped import shipped_dir


@pytest.fixture(autouse=True)
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("attributes").mkdir()
    Path("attributes/unboxing.yaml").write_text(good())


def _run(*args: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, args)
    if isinstance(result.exception, VibekitError):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def _envelope(*args: str, code: int = 0) -> dict[str, Any]:
    found = json.loads(_run(*args, "--json", code=code))
    assert found["exit_code"] == code
    return dict(found)


def test_list() -> None:
    lines = _run("list").splitlines()
    assert lines[0].split() == ["name", "kind", "version", "title", "fingerprint", "from"]
    assert any(line.startswith("unboxing ") and line.endswith("yours") for line in lines)
    assert {entry["name"] for entry in _envelope("list")["data"]["attributes"]} >= {"calming", "unboxing"}


def test_list_with_a_broken_file_warns_and_goes_on() -> None:
    Path("attributes/broken.yaml").write_text("a: [\n")
    found = _envelope("list", "--quiet")
    assert found["status"] == "success"
    assert found["errors"][0]["item"] == "attributes/broken.yaml"


def test_show_prints_every_field() -> None:
    text = _run("show", "unboxing")
    for piece in ("Unboxing", "fingerprint ", "A sealed box", "-> false: The opening itself", "version 2, 2026-01-02"):
        assert piece in text


def test_show_yaml_copies_the_file() -> None:
    assert _run("show", "calming", "--yaml") == (shipped_dir("attributes") / "calming.yaml").read_text()


def test_show_an_unknown_name() -> None:
    with pytest.raises(InputError, match="no attribute 'calmin'"):
        _run("show", "calmin")


def test_new_then_check() -> None:
    assert _run("new", "slow_living", "--kind", "ordinal", "-q") == "wrote attributes/slow_living.yaml\n"
    text = _run("check", "slow_living")
    assert "attributes/slow_living.yaml:12: warning: definition: still holds the skeleton's text [placeholder]" in text
    _run("check", "slow_living", "--strict", code=3)
    _run("new", "other", "--kind", "sometimes", code=2)


def test_check_is_clean() -> None:
    assert _run("check") == "1 definition: 0 errors, 0 warnings\n"
    assert _envelope("check")["data"]["errors"] == 0


def test_check_finds_errors_in_every_file() -> None:
    Path("attributes/one.yaml").write_text(good("one").replace("label: true", "label: yes"))
    Path("attributes/two.yaml").write_text(good("two").replace("exclude:", "exlude:"))
    found = _envelope("check", code=3)
    assert found["status"] == "error"
    messages = [problem["message"] for problem in found["errors"]]
    assert messages[0].startswith("attributes/one.yaml:18: edge_cases[2].label: expected true or false, found 'yes'")
    assert messages[1].startswith("attributes/two.yaml:11: unknown key 'exlude'")
    assert found["errors"][1]["hint"] == "did you mean 'exclude'?"


def test_diff_says_why() -> None:
    Path("old.yaml").write_text(good().replace("A sealed", "A closed").replace("0.5", "0.4"))
    lines = _run("diff", "old.yaml", "unboxing").splitlines()
    assert "- A closed box is cut open and the parts are laid out." in lines
    assert "@@ threshold (outside the fingerprint) @@" in lines
    assert lines[-1].startswith("fingerprint changed, because include can change a judgement")
    assert _envelope("diff", "unboxing", "--against", "old.yaml", "-q")["data"]["fingerprint_changed"] is True


def test_schema() -> None:
    assert json.loads(_run("schema")) == json.loads((shipped_dir("attributes") / "attribute.schema.json").read_text())
    assert _run("schema", "--out", "s.json") == "wrote s.json\n"
    assert Path("s.json").is_file()


@pytest.mark.parametrize("command", ["list", "show", "new", "check", "diff", "schema"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    assert f"Example: vibekit attributes {command}" in " ".join(_run(command, "--help").split())
