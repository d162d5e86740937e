import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vibekit.core.attribute import Kind
from vibekit.core.index import ColumnType, IndexedAttribute, IndexedColumn
from vibekit.core.restriction import (
    Chance,
    Compare,
    Contains,
    Everything,
    Is,
    Known,
    Name,
    Of,
    Restriction,
    Sign,
    Value,
    among,
    both,
    canonical,
    either,
    negated,
    number,
    text,
)
from vibekit.core.restriction_bind import read_restriction
from vibekit.core.restriction_error import RestrictionError
from vibekit.core.restriction_text import parse
from vibekit.errors import UsageError

ATTRIBUTES = (
    *(IndexedAttribute(name=n, kind=Kind.BINARY, labels=(True,)) for n in ("calming", "cozy", "sad", "shared")),
    IndexedAttribute(name="mood", kind=Kind.CATEGORICAL, labels=("calm", "tense")),
    IndexedAttribute(name="energy", kind=Kind.ORDINAL, labels=(1, 2, 3)),
    IndexedAttribute(name="light", kind=Kind.ORDINAL, labels=("dark", "dim", "bright")),
)
COLUMNS = tuple(
    IndexedColumn(name=name, type=kind)
    for name, kind in (
        ("language", ColumnType.TEXT), ("creator-id", ColumnType.TEXT), ("shared", ColumnType.TEXT),
        ("duration_s", ColumnType.NUMBER), ("published", ColumnType.DATE), ("music", ColumnType.TRUTH),
    )
)  # fmt: skip


def read(typed: str) -> str:
    return canonical(read_restriction(typed, attributes=ATTRIBUTES, columns=COLUMNS))


names = st.builds(
    Name,
    text=st.one_of(
        st.sampled_from(["calming", "not", "IN", "creator-id", "a.b", "x`y", "ä_1", "label"]),
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
    ),
    of=st.sampled_from(Of),
)
texts = st.builds(text, st.text(st.characters(codec="utf-8"), max_size=12))
numbers = st.one_of(
    st.builds(number, st.floats(allow_nan=False, allow_infinity=False)),
    st.builds(lambda n: Value(type=ColumnType.NUMBER, value=n), st.integers(-(2**63) + 1, 2**63 - 1)),
)
dates = st.builds(lambda d: Value(type=ColumnType.DATE, value=d.isoformat()), st.dates())
truths = st.builds(lambda b: Value(type=ColumnType.TRUTH, value=b), st.booleans())
values = st.one_of(texts, numbers, dates, truths)
signs = st.sampled_from(Sign)
conditions: st.SearchStrategy[Restriction] = st.one_of(
    st.builds(Is, name=names),
    st.builds(Known, name=names),
    st.builds(Contains, name=names, value=texts),
    st.builds(Compare, name=names, sign=signs, value=values),
    st.builds(Chance, name=names, label=values, sign=signs, value=numbers),
    st.builds(lambda name, some: among(name, *some), names, st.lists(values, min_size=1, max_size=4)),
)
restrictions = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(negated, inner),
        st.builds(lambda parts: both(*parts), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: either(*parts), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(restrictions)
def test_the_canonical_text_means_what_it_was_written_from(one: Restriction) -> None:
    written = canonical(one)
    assert parse(written) == one
    assert canonical(parse(written)) == written


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from([*string.printable, "é", "名", "\ud800", "“"]), max_size=40))
def test_any_text_is_read_or_refused_with_a_place(typed: str) -> None:
    error = refusal(typed)
    if error is not None:
        assert 0 <= error.at <= len(typed)
        assert error.hint
        assert all(line.isprintable() for line in error.context)


def refusal(typed: str) -> RestrictionError | None:
    try:
        parse(typed)
    except RestrictionError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("calming & !sad", "!sad & calming"),
        ("calming AND NOT sad", "!sad & calming"),
        ("calming && calming", "calming"),
        ("(calming | cozy) & sad", "(calming | cozy) & sad"),
        ("calming | cozy & sad", "calming | (cozy & sad)"),
        ("sad or (cozy or calming)", "calming | cozy | sad"),
        ("calming>=0.80", "calming >= 0.8"),
        ("!calming >= .8", "calming < 0.8"),
        ("!!calming", "calming"),
        ("calming == false", "!calming"),
        ("calming is not known", "calming is unknown"),
        ('mood="calm"', 'mood == "calm"'),
        ("mood['calm'] > 6e-1", 'mood["calm"] > 0.6'),
        ("energy >= 2", "energy >= 2"),
        ('light <= "dim"', 'light <= "dim"'),
        ("energy in (3, 1, 3)", "energy in (1, 3)"),
        ('language not in ("en")', 'language != "en"'),
        ('language contains "E"', 'language contains "E"'),
        ("duration_s<60.0", "duration_s < 60"),
        ("duration_s > -5", "duration_s > -5"),
        ('published >= "2026-01-31"', "published >= 2026-01-31"),
        ("music != true", "!music"),
        ('`creator-id` == "a\\"b"', '`creator-id` == "a\\"b"'),
        ("label:shared & column:shared is known", "column:shared is known & label:shared"),
        ("label:calming", "calming"),
        (" \n\t ", ""),
        ("!" * 10_001 + "calming", "!calming"),
    ],
)
def test_what_is_typed_has_one_canonical_text(typed: str, meant: str) -> None:
    assert read(typed) == meant
    assert read(meant) == meant


@pytest.mark.parametrize(
    ("typed", "at", "said", "hint"),
    [
        ("calmin & sad", 0, "no attribute or metadata column 'calmin'", "did you mean 'calming'?"),
        ("label:language", 0, "no attribute 'language'", "attributes: calming"),
        ("shared", 0, "an attribute and a metadata column", "label:shared or column:shared"),
        ("calming sad", 8, "expected & or |", "join"),
        ("calming &", 9, "expected a condition after &", "calming"),
        ("(calming", 0, "never closed", "close it"),
        ("calming)", 7, "never opened", "take it out"),
        ("(" * 10_000, 50, "more than 50 parentheses", "flatter"),
        ("x" * 20_001, 20_000, "20,001 letters", "--allow"),
        ("mood == calm", 8, "expected a value after ==", '"calm"'),
        ("mood", 0, "not true and false", 'mood == "calm"'),
        ('mood == "clam"', 8, "no label", "did you mean 'calm'?"),
        ('mood < "calm"', 7, "no order", 'mood == "calm"'),
        ("energy == true", 10, "no label true", "1, 2, 3"),
        ("energy == 1.5", 10, "no label 1.5", "1, 2, 3"),
        ("calming >= 80", 11, "from 0 to 1", "0.8"),
        ("calming == 0.5", 11, "compared with", "calming >= 0.5"),
        ("calming > 0.2 < 0.8", 14, "second comparison", "one at a time"),
        ("0.8 <= calming", 0, "begins with a name", "calming >= 0.8"),
        ("duration_s", 0, "a column of numbers", "duration_s < 60"),
        ('duration_s < "60"', 13, "a column of numbers, this is a text", "duration_s < 60"),
        ("duration_s < 60s", 13, "neither a number nor a date", "without a unit"),
        ("language == 3", 12, "a column of text, this is a number", 'language == "en"'),
        ('language < "en"', 0, "no order", '=='),
        ("published > 2026-13-01", 12, "no such day", "2026-01-31"),
        ("published > 2026", 12, "a column of dates, this is a number", "2026-01-31"),
        ("creator-id == 3", 0, "a dot or a dash", "`creator-id`"),
        ('"language" == "en"', 0, "where a name should", "`language`"),
        ('language == "en', 12, "never closed", "close it"),
        ("language == “en”", 12, "means nothing", 'write "'),
        ("calming <> sad", 8, "means nothing", "write !="),
        ("calming ; sad", 8, "means nothing", "write &"),
        ("duration_s contains \"a\"", 0, "only texts", "compare"),
        ("calming[true] > 0.5", 0, "one probability", "calming >= 0.8"),
        ("and", 0, "found and", "`and`"),
        ("calming\ud800", 7, "UTF-8", "anew"),
        ("duration_s < 1e999", 13, "too large", "numbers"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_with_its_place(typed: str, at: int, said: str, hint: str) -> None:
    with pytest.raises(RestrictionError) as refused:
        read(typed)
    error = refused.value
    assert isinstance(error, UsageError)
    assert (error.at, said in error.message, hint in error.hint) == (at, True, True), (error.message, error.hint)
    line, caret = error.context
    assert caret.strip() == "^"
    assert len(line) <= 102


def test_the_caret_stands_under_wide_letters() -> None:
    with pytest.raises(RestrictionError) as refused:
        parse("名前 & & x")
    assert refused.value.context == ("名前 & & x", "       ^")


def test_one_and_true_are_different_values() -> None:
    name = Name(text="x")
    values: list[Any] = [parse(f"x == {value}") for value in ("1", "true", '"1"')]
    assert len({canonical(value) for value in values}) == 3
    assert among(name, number(1), number(1.0)) == parse("x == 1")
    assert parse("") == Everything()
