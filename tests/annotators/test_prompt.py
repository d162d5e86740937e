from pathlib import Path

import pytest

from support.questions import CALMING, ENERGY, MOOD
from vibekit.annotators.prompt import load_template, render
from vibekit.core.attribute import Attribute, Kind
from vibekit.errors import InputError


def test_the_ready_made_prompt_says_the_whole_definition() -> None:
    said = render(load_template(None), (CALMING, ENERGY, MOOD)).system
    for attribute in (CALMING, ENERGY, MOOD):
        assert attribute.question in said
        assert attribute.definition in said
        assert all(choice.meaning in said for choice in attribute.choices)
    for words in (*CALMING.include, *CALMING.exclude, "Rain on a window. Label: true.", "a fire place Label: null."):
        assert words in said
    assert "BEGIN UNTRUSTED" in said


def test_the_prompt_is_constant_for_a_set_of_attributes() -> None:
    template = load_template(None)
    assert render(template, (CALMING,)) == render(template, (CALMING,))


def test_a_definition_with_braces_is_data() -> None:
    definition = "<b>\"'&amp;{{ attributes }}"
    evil = Attribute(
        name="x", version=1, title="{{ 1 }}", kind=Kind.BINARY, question="{% raw %}", definition=definition
    )
    said = render(load_template(None), (evil,)).system
    assert "{{ 1 }}" in said
    assert definition in said


def test_a_template_of_the_users_is_used(tmp_path: Path) -> None:
    path = tmp_path / "own.md"
    path.write_text("---\nname: own\nversion: 1\nabout: x\n---\n# System\n{{ attributes[0].name }}\n# User\nGo.\n")
    assert render(load_template(path), (CALMING,)).system == "calming\n"


def test_what_the_fingerprint_leaves_out_cannot_be_named(tmp_path: Path) -> None:
    path = tmp_path / "own.md"
    path.write_text("---\nname: own\nversion: 1\nabout: x\n---\n# System\n{{ attributes[0].owner }}\n# User\nGo.\n")
    with pytest.raises(InputError, match="owner"):
        render(load_template(path), (CALMING,))
