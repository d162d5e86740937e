from pathlib import Path

import pytest

from vibekit.annotators.settings import AnnotatorSettings
from vibekit.annotators.table import ANNOTATORS, annotator_class, create
from vibekit.errors import InputError, SetupError


@pytest.mark.parametrize("name", ["gemini", "replay", "scripted"])
def test_every_name_leads_to_a_class(name: str) -> None:
    assert annotator_class(name).__name__ == ANNOTATORS[name].partition(":")[2]


def test_a_class_of_the_users_is_made_with_the_settings() -> None:
    made = create("vibekit.annotators.gemini:GeminiAnnotator", AnnotatorSettings(model="gemini-x"))
    assert made.info.model == "gemini-x"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("gemni", "no annotator 'gemni'", "did you mean 'gemini'"),
        ("no.such.module:X", "no module 'no'", "PYTHONPATH"),
        ("vibekit.annotators.gemini:GeminiAnotator", "has no class", "did you mean 'GeminiAnnotator'"),
        ("vibekit.annotators.settings:AnnotatorSettings", "cannot be made from the settings", ""),
        (":X", "no annotator", "known"),
        ("a:", "no annotator", "known"),
    ],
)
def test_errors_say_what_to_type(name: str, message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        create(name, AnnotatorSettings())
    assert hint in caught.value.hint


def test_a_class_without_the_protocol_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_made.py").write_text("class Half:\n    def __init__(self, s): self.info = s\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="has no attribute_settings, "):
        create("half_made:Half", AnnotatorSettings())


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "needs_more.py").write_text("import not_installed_anywhere\n")
    (tmp_path / "broken_module.py").write_text("def (:\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SetupError, match="needs the package 'not_installed_anywhere'"):
        create("needs_more:X", AnnotatorSettings())
    with pytest.raises(SetupError, match="cannot be imported"):
        create("broken_module:X", AnnotatorSettings())
