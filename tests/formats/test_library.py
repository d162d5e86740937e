from __future__ import annotations

from pathlib import Path

import pytest

from support.definitions import good
from vibekit.errors import InputError
from vibekit.formats.library import Origin, find_attribute, list_attributes
from vibekit.formats.shipped import shipped_dir


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "attributes").mkdir()
    (tmp_path / "attributes" / "unboxing.yaml").write_text(good())
    return tmp_path


def test_a_ready_made_definition_is_found_without_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    attribute, path = find_attribute("calming")
    assert (attribute.name, path) == ("calming", shipped_dir("attributes") / "calming.yaml")


@pytest.mark.usefixtures("project")
def test_the_users_definition_hides_a_ready_made_one() -> None:
    own = Path("attributes/calming.yaml")
    own.write_text(good("calming"))
    found = find_attribute("calming")
    assert found.path == own
    assert found.attribute.title == "Unboxing"
    origins = {entry.name: entry.origin for entry in list_attributes()}
    assert origins["calming"] is Origin.YOURS
    assert origins["energetic"] is Origin.SHIPPED


@pytest.mark.usefixtures("project")
def test_a_broken_definition_of_the_user_is_an_error_and_not_passed_over() -> None:
    Path("attributes/calming.yaml").write_text("name: calming\n")
    with pytest.raises(InputError, match=r"^attributes/calming\.yaml:1: missing"):
        find_attribute("calming")


@pytest.mark.usefixtures("project")
def test_a_file_is_taken_by_its_path() -> None:
    assert find_attribute("attributes/unboxing.yaml").attribute.name == "unboxing"
    with pytest.raises(InputError, match=r"gone\.yaml: no such file"):
        find_attribute("gone.yaml")


def test_another_folder(project: Path) -> None:
    (project / "mine").mkdir()
    (project / "mine" / "special.yaml").write_text(good("special"))
    assert find_attribute("special", project / "mine").attribute.name == "special"
    assert find_attribute("calming", project / "mine").attribute.name == "calming"
    with pytest.raises(InputError, match="no attribute 'unboxing'"):
        find_attribute("unboxing", project / "mine")
    with pytest.raises(InputError, match="no such folder"):
        find_attribute("special", project / "gone")


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("typed", "meant"), [("unboxin", "unboxing"), ("Calming", "calming"), ("outdoors-nature", "outdoors_nature")]
)
def test_an_unknown_name_has_a_neighbour(typed: str, meant: str) -> None:
    with pytest.raises(InputError, match=f"no attribute '{typed}'") as caught:
        find_attribute(typed)
    assert f"did you mean '{meant}'?" in caught.value.hint
    assert "known: authentic, calming" in caught.value.hint


@pytest.mark.usefixtures("project")
def test_another_ending_is_pointed_out() -> None:
    Path("attributes/other.yml").write_text(good("other"))
    with pytest.raises(InputError) as caught:
        find_attribute("other")
    assert caught.value.hint == "rename attributes/other.yml to other.yaml"
