from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.errors import InputError
from vibekit.formats.strict_yaml import MAX_BYTES, load, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vibekit.formats.strict_yaml import Node


def _field(text: str) -> Node:
    return load(text, path="f.yaml").mapping()["a"]


def test_plain_values_come_out_as_json() -> None:
    text = 'a: 1\nb: [x, "1", 2.5, true, null]\nc:\n  d: 2026-01-02\n  e: >-\n    two\n    words\n'
    assert load(text).value() == {
        "a": 1,
        "b": ["x", "1", 2.5, True, None],
        "c": {"d": "2026-01-02", "e": "two words"},
    }


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "duplicate key 'a' (first on line 1)"),
        ("x:\n  a: 1\n  a: 2\n", 3, "duplicate key"),
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("a: *x\n", 1, "aliases"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tags"),
        ("a: ! x\n", 1, "tags"),
        ("a:\n  <<: {b: 1}\n", 2, "merge"),
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: b: c\n", 1, "not valid YAML"),
        ("a: 'x\n", 2, "not valid YAML"),
        ("a: 1\n[]: 2\n", 2, "key"),
        ('a: "\\u0007"\n', 1, "control character"),
        ('a: "\\uD800"\n', 1, "control character"),
        ('a: "\\x9b31m"\n', 1, "control character"),
        ("a: 1\nb: \x07\n", 2, "does not allow"),
        ("[" * 50, 1, "nested"),
        ("- " * 50, 1, "nested"),
    ],
)
def test_what_yaml_would_let_pass_is_an_error_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(InputError, match=rf"^f\.yaml:{line}: ") as caught:
        load(text, path="f.yaml")
    assert says in caught.value.message


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_document_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="empty"):
        load(text)


def test_an_escape_beyond_unicode_is_an_error() -> None:
    with pytest.raises(InputError, match="not valid YAML"):
        load('a: "\\U00110000"\n')


def test_lines_can_start_anywhere() -> None:
    with pytest.raises(InputError, match=r"^p\.md:12: "):
        load("a: 1\na: 2\n", path="p.md", first_line=11)


@pytest.mark.parametrize("word", ["no", "yes", "on", "Off", "TRUE", "true", "null", "~", "12", "1.5", "1e3", "12:30"])
def test_a_word_that_yaml_takes_for_something_else_is_not_text(word: str) -> None:
    with pytest.raises(InputError, match="text is expected") as caught:
        _field(f"a: {word}\n").text()
    assert caught.value.hint == f'quote it: "{word}"'
    assert _field(f'a: "{word}"\n').text() == word


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", '"true"', "1", "y"])
def test_only_true_and_false_are_boolean(word: str) -> None:
    with pytest.raises(InputError, match="expected true or false"):
        _field(f"a: {word}\n").boolean()


def test_booleans() -> None:
    assert [_field(f"a: {word}\n").boolean() for word in ("true", "False")] == [True, False]


@pytest.mark.parametrize("word", ["010", "0x1f", "1_000", "12:30", "1.0", '"1"', "true", "9" * 30, "1" * 5000, "[1]"])
def test_what_is_not_a_plain_whole_number(word: str) -> None:
    with pytest.raises(InputError, match="whole number"):
        _field(f"a: {word}\n").integer()


@pytest.mark.parametrize("word", [".nan", ".inf", "-.inf", '"0.5"', "1e999", "1_0.5", "1:30.5", "x", "true"])
def test_what_is_not_a_number(word: str) -> None:
    with pytest.raises(InputError, match="number"):
        _field(f"a: {word}\n").number()


@pytest.mark.parametrize(("word", "value"), [("1", 1.0), ("-0.5", -0.5), ("1e-3", 0.001), ("1.5e+2", 150), (".5", 0.5)])
def test_numbers(word: str, value: float) -> None:
    assert _field(f"a: {word}\n").number() == value


def test_bounds_are_inclusive_and_named() -> None:
    assert _field("a: 3\n").integer(minimum=3, maximum=3) == 3
    with pytest.raises(InputError, match=r"a: 4 is above 3"):
        _field("a: 4\n").integer(maximum=3)
    with pytest.raises(InputError, match=r"a: -0.1 is below 0"):
        _field("a: -0.1\n").number(minimum=0)


@pytest.mark.parametrize("word", ["2026-02-30", "2026-1-2", "yesterday", "20260102", "2026-01-02T00:00:00Z"])
def test_dates_are_days_that_exist(word: str) -> None:
    with pytest.raises(InputError, match="date"):
        _field(f"a: {word}\n").date()


def test_dates_may_be_quoted() -> None:
    assert {_field(f"a: {w}\n").date() for w in ("2026-01-02", '"2026-01-02"')} == {"2026-01-02"}


def test_an_unknown_key_names_its_line_and_its_neighbour() -> None:
    root = load("name: x\nlables: []\n", path="f.yaml")
    with pytest.raises(InputError, match=r"^f\.yaml:2: unknown key 'lables'") as caught:
        root.mapping(("name", "labels"))
    assert caught.value.hint == "did you mean 'labels'?"


def test_a_missing_key_is_named() -> None:
    with pytest.raises(InputError, match="missing 'b', 'c'"):
        load("a: 1\n").mapping(("a", "b", "c"), required=("a", "b", "c"))


def test_a_key_that_yaml_takes_for_a_boolean_is_an_error() -> None:
    root = load("yes: 1\n")
    for reader in (root.mapping, root.value):
        with pytest.raises(InputError, match="true or false"):
            reader()


def test_a_field_is_named_by_its_place() -> None:
    root = load("cases:\n  - label: ok\n  - label: no\n", path="f.yaml")
    case = root.mapping()["cases"].sequence()[1].mapping()["label"]
    assert (case.name, case.line) == ("cases[2].label", 3)
    with pytest.raises(InputError, match=r"^f.yaml:3: cases\[2\].label: "):
        case.text()


def test_a_choice_has_a_neighbour() -> None:
    with pytest.raises(InputError, match="'binry' is not one of binary, ordinal") as caught:
        _field("a: binry\n").choice(("binary", "ordinal"))
    assert caught.value.hint == "did you mean 'binary'?"


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("a: x", lambda n: n.sequence()),
        ("a: x", lambda n: n.mapping()),
        ("a: [x]", lambda n: n.text()),
        ("a: {b: c}", lambda n: n.text()),
        ("a: {b: c}", lambda n: n.scalar()),
        ("a: [x, '']", lambda n: n.texts()),
        ("a: ''", lambda n: n.text()),
        ("a:", lambda n: n.text()),
    ],
)
def test_the_wrong_shape_is_an_error(text: str, reader: Callable[[Node], object]) -> None:
    with pytest.raises(InputError, match=r"^f\.yaml:1: a"):
        reader(_field(text))


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read(path).value() == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a: 1\nb: \xff\n", ":2: not UTF-8"),
        ("a: 1\n".encode("utf-16"), ":1: not UTF-8"),
        (b"#" * (MAX_BYTES + 1), "larger than"),
        (b"", "empty"),
        (b"\0\0\0\0", "does not allow"),
    ],
)
def test_bad_files(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=says):
        read(path)


def test_what_is_no_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for name, says in (("pipe.yaml", "not a file"), ("gone.yaml", "no such file"), (".", "not a file")):
        with pytest.raises(InputError, match=says):
            read(tmp_path / name)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / ("x" * 300))


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"%@`#?,\n \t~<=10.\\"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        load(text).value()


@given(st.text(max_size=40))
def test_any_unicode_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        load(text).value()


@given(st.binary(max_size=40))
def test_a_cut_or_random_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random.yaml"
    path.write_bytes(data)
    with suppress(InputError):
        read(path).value()


@pytest.mark.parametrize("text", ["question: Does it carry a #calm tag?", "include:\n  - Videos tagged #haul or so"])
def test_text_that_yaml_would_cut_off_at_a_hash_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="takes the text after ' #' for a comment"):
        load(text, path="a.yaml")


@pytest.mark.parametrize("text", ["a: x # a comment", "a: 'Videos #haul'", "a: 3 #three", "# a\na: x", "a: b#c"])
def test_comments_and_quoted_hashes_are_fine(text: str) -> None:
    load(text, path="a.yaml")
