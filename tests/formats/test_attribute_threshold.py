"""A threshold is written, and every other byte stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.definitions import good
from vibekit.errors import InputError
from vibekit.formats.attribute import parse_attribute, read_attribute
from vibekit.formats.attribute_threshold import write_threshold, written


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("threshold: 0.5\n", "threshold: 0.37\n"),
        ("threshold:   0.5   # set by hand\n", "threshold:   0.37   # set by hand\n"),
        ("threshold : 1\r\n", "threshold : 0.37\r\n"),
    ],
)
def test_only_the_number_changes(tmp_path: Path, line: str, expected: str) -> None:
    path = tmp_path / "unboxing.yaml"
    old = "\ufeff# mine\n" + good().replace("threshold: 0.5\n", line)
    path.write_bytes(old.encode())
    before = parse_attribute(old[1:])
    write_threshold(path, 0.37)
    assert path.read_bytes().decode() == old.replace(line, expected)
    assert read_attribute(path).threshold == 0.37
    assert read_attribute(path).fingerprint == before.fingerprint


def test_a_definition_without_one_gets_a_line_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "unboxing.yaml"
    old = good().replace("threshold: 0.5\n", "").rstrip("\n")
    path.write_text(old)
    write_threshold(path, 0.37)
    assert path.read_text() == old + "\nthreshold: 0.37\n"


def test_what_cannot_be_replaced_safely_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "unboxing.yaml"
    old = good().replace("threshold: 0.5\n", "threshold:\n  0.5\n")
    path.write_text(old)
    with pytest.raises(InputError, match="cannot be replaced") as refused:
        write_threshold(path, 0.37)
    assert "threshold: 0.37" in refused.value.hint
    assert path.read_text() == old


@given(st.integers(0, 10**9).map(lambda n: n / 10**9))
def test_any_threshold_is_read_back_as_it_was(value: float) -> None:
    text = good().replace("threshold: 0.5", f"threshold: {written(value)}")
    assert parse_attribute(text).threshold == value
