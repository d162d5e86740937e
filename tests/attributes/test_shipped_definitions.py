"""What every ready-made definition promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vibekit.core.attribute import Kind
from vibekit.core.signal_scale import SIGNAL_INFO
from vibekit.core.signals import Signal
from vibekit.formats.attribute import parse_attribute, read_attribute, write_attribute
from vibekit.formats.attribute_text import SCHEMA_LINE
from vibekit.formats.shipped import shipped_dir
from vibekit.stages.attribute_lints import lint

if TYPE_CHECKING:
    from pathlib import Path

PATHS = sorted(shipped_dir("attributes").glob("*.yaml"))
PROMISED = {
    "calming",
    "energetic",
    "authentic",
    "inspiring",
    "humorous",
    "nostalgic",
    "educational",
    "cozy",
    "suspenseful",
    "outdoors_nature",
}


def test_the_promised_ones_are_there() -> None:
    assert {path.stem for path in PATHS} >= PROMISED
    assert {read_attribute(path).kind for path in PATHS} == set(Kind)


def test_no_two_share_a_fingerprint() -> None:
    assert len({read_attribute(path).fingerprint for path in PATHS}) == len(PATHS)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
class TestEach:
    def test_it_has_no_weakness(self, path: Path) -> None:
        assert lint(read_attribute(path)) == ()
        assert path.read_text().startswith(SCHEMA_LINE)

    def test_it_is_written_in_full(self, path: Path) -> None:
        attribute = read_attribute(path)
        assert 3 <= sum(attribute.definition.count(mark) for mark in (". ", "? ")) + 1 <= 7
        assert min(len(attribute.include), len(attribute.exclude), len(attribute.edge_cases)) >= 4
        assert all(len(case.why.split()) >= 6 for case in attribute.edge_cases)
        assert len(set(attribute.include + attribute.exclude)) == len(attribute.include + attribute.exclude)

    def test_its_rulings_fall_on_both_sides(self, path: Path) -> None:
        attribute = read_attribute(path)
        labels = [case.label for case in attribute.edge_cases if case.label is not None]
        if attribute.kind is Kind.BINARY:
            assert min(labels.count(True), labels.count(False)) >= 2
        else:
            assert len(set(labels)) >= 3

    def test_it_survives_being_written(self, path: Path) -> None:
        attribute = read_attribute(path)
        assert parse_attribute(write_attribute(attribute)) == attribute


def test_measurements_speak_of_arousal_only() -> None:
    rules = {a.name: dict(a.signals[0].weights) for a in map(read_attribute, PATHS) if a.signals}
    assert {"calming", "energetic"} <= set(rules)
    assert not {"authentic", "inspiring", "educational", "people_present"} & set(rules)
    for weights in rules.values():
        seen = sum(abs(w) for signal, w in weights.items() if not SIGNAL_INFO[signal].needs_audio)
        assert seen >= sum(abs(w) for w in weights.values()) / 2, "a silent video could not be judged"
    for signal in (Signal.MOTION, Signal.CUT_RATE, Signal.LOUDNESS, Signal.ONSET_RATE):
        assert rules["calming"][signal] < 0 < rules["energetic"][signal]
