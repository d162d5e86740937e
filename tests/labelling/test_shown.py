"""What raters read, and that a digit on the keyboard never gives another number than its own."""

from __future__ import annotations

import pytest

from support.reference import ROOT
from vibekit.core.attribute import Attribute, Choice, EdgeCase, Example, Kind
from vibekit.formats.attribute import read_attribute
from vibekit.labelling.shown import choices, shown_attribute


def made(*labels: int | str) -> Attribute:
    kind = Kind.ORDINAL if isinstance(labels[0], int) else Kind.CATEGORICAL
    return Attribute(
        name="a",
        version=1,
        title="A",
        kind=kind,
        question="?",
        definition="Words.",
        choices=tuple(Choice(label=label, meaning="") for label in labels),
        edge_cases=(EdgeCase(case="Fog.", label=None, why="Nothing to see."),),
        examples=(Example(video="secret.mp4", label=labels[0], why="So it is."),),
    )


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        ((1, 2, 3), ["1", "2", "3"]),
        ((0, 1, 2), ["0", "1", "2"]),
        (tuple(range(11)), [*"0123456789", ""]),
        ((-1, 0, 1), ["", "0", "1"]),
        ((10, 20, 30), ["", "", ""]),
        (("sad", "glad"), ["1", "2"]),
        (("2", "1", "none"), ["2", "1", ""]),
        (tuple("abcdefghijk"), [*"123456789", "", ""]),
    ],
)
def test_keys(labels: tuple[int | str, ...], keys: list[str]) -> None:
    shown = choices(made(*labels))
    assert ["".join(c["keys"]) for c in shown] == keys
    assert [c["value"] for c in shown] == list(labels)


def test_a_binary_question_has_letters_and_numbers() -> None:
    shown = choices(read_attribute(ROOT / "attributes" / "calming.yaml"))
    assert [(c["value"], c["keys"]) for c in shown] == [(True, ["y", "1"]), (False, ["n", "2"])]


def test_a_precedent_comes_without_its_video() -> None:
    shown = shown_attribute(made("sad", "glad"))
    assert shown["examples"] == [{"label": "sad", "why": "So it is."}]
    assert shown["edge_cases"] == [{"case": "Fog.", "label": "cannot tell", "why": "Nothing to see."}]
    assert "secret" not in str(shown)
