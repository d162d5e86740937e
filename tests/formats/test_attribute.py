from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.bad_definitions import BAD, BINARY, CATEGORICAL, ONLY_PARSER, ORDINAL
from vibekit.core.attribute import (
    Attribute,
    Change,
    Choice,
    EdgeCase,
    Example,
    Kind,
    Label,
    Modality,
    SignalWeights,
)
from vibekit.core.signals import Signal
from vibekit.errors import InputError
from vibekit.formats.attribute import SAMPLE, examine, parse_attribute, read_attribute, write_attribute
from vibekit.formats.attribute_skeleton import skeleton
from vibekit.formats.attribute_text import SCHEMA_LINE
from vibekit.formats.strict_yaml import load

if TYPE_CHECKING:
    from pathlib import Path


def test_the_sample_is_read() -> None:
    attribute = parse_attribute(SAMPLE)
    assert attribute.name == "unboxing"
    assert attribute.allowed == (True, False)
    assert attribute.edge_cases[0].label is False
    assert attribute.threshold == 0.5
    assert attribute.modalities == tuple(Modality)


def test_every_kind_has_its_labels() -> None:
    assert parse_attribute(ORDINAL).allowed == (1, 2, 5)
    categorical = parse_attribute(CATEGORICAL)
    assert categorical.choices == (Choice(label="calm", meaning="slow"), Choice(label="upbeat", meaning=""))


@pytest.mark.parametrize(
    ("text", "written", "label"),
    [
        (BINARY, "true", True),
        (BINARY, "false", False),
        (BINARY, "abstain", None),
        (BINARY, "null", None),
        (ORDINAL, "5", 5),
        (ORDINAL, "abstain", None),
        (CATEGORICAL, "upbeat", "upbeat"),
        (CATEGORICAL, "~", None),
    ],
)
def test_labels_of_rulings(text: str, written: str, label: Label | None) -> None:
    case = f"edge_cases: [{{case: c, label: {written}, why: w}}]\n"
    attribute = parse_attribute(text + case + case.replace("edge_cases", "examples").replace("case:", "video:"))
    assert attribute.edge_cases == (EdgeCase(case="c", label=label, why="w"),)
    assert attribute.examples == (Example(video="c", label=label, why="w"),)
    assert type(attribute.edge_cases[0].label) is type(label)


@pytest.mark.parametrize(
    ("text", "label", "says"),
    [
        (BINARY, "no", "write true or false"),
        (BINARY, "yes", "write true or false"),
        (BINARY, '"true"', ""),
        (BINARY, "1", ""),
        (BINARY, "", "write one of true, false, or abstain"),
        (BINARY, "maybe", ""),
        (ORDINAL, "3", ""),
        (ORDINAL, "1.0", ""),
        (ORDINAL, "true", ""),
        (ORDINAL, '"1"', ""),
        (CATEGORICAL, "clam", "did you mean 'calm'?"),
        (CATEGORICAL, "no", 'quote it: "no"'),
        (CATEGORICAL, "1", 'quote it: "1"'),
        (CATEGORICAL, "Calm", "did you mean 'calm'?"),
    ],
)
def test_a_label_outside_the_kind_is_an_error(text: str, label: str, says: str) -> None:
    line = text.count("\n") + 3
    with pytest.raises(InputError, match=rf"^f\.yaml:{line}: edge_cases\[1\]\.label: ") as caught:
        parse_attribute(text + f"edge_cases:\n  - case: c\n    label: {label}\n    why: w\n", path="f.yaml")
    assert says in caught.value.hint


@pytest.mark.parametrize("text", [*BAD.values(), *ONLY_PARSER.values()], ids=[*BAD, *ONLY_PARSER])
def test_bad_files_are_refused_with_file_and_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^bad\.yaml:\d+: "):
        parse_attribute(text, path="bad.yaml")


def test_every_error_of_a_file_is_found_in_order() -> None:
    text = BINARY.replace("title: X", "title: no") + "threshold: 2\nlables: []\nsignals: {motoin: 1}\n"
    errors = examine(load(text, path="f.yaml")).errors
    assert [error.line for error in errors] == [3, 7, 8, 9]
    assert [error.hint for error in errors[2:]] == ["did you mean 'labels'?", "did you mean 'motion'?"]


def test_the_name_is_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "unboxings.yaml"
    path.write_text(SAMPLE)
    with pytest.raises(InputError, match="not the name of the file") as caught:
        read_attribute(path)
    assert caught.value.hint == "write name: unboxings, or call the file unboxing.yaml"
    assert read_attribute(path, check_name=False).name == "unboxing"


def test_a_file_cut_inside_its_required_fields_is_refused() -> None:
    lines = SAMPLE.splitlines(keepends=True)
    for cut in range(6):
        with pytest.raises(InputError):
            parse_attribute("".join(lines[:cut]))


@given(st.sampled_from([SAMPLE, ORDINAL, CATEGORICAL]), st.data())
def test_a_damaged_file_is_read_or_refused(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 20)))
    middle = data.draw(st.text(max_size=5) | st.sampled_from(["no", "\n", ": ", "- ", "1e3", "[]", "{}", "~"]))
    with suppress(InputError):
        parse_attribute(text[:start] + middle + text[stop:])


def test_signals_are_read() -> None:
    binary = parse_attribute(BINARY + "signals: {bias: -1, motion: 0.5, speech_share: 2}\n")
    weights = ((Signal.MOTION, 0.5), (Signal.SPEECH_SHARE, 2.0))
    assert binary.signals == (SignalWeights(bias=-1.0, weights=weights),)
    by_label = parse_attribute(CATEGORICAL + "signals: {calm: {bias: 1}, upbeat: {motion: 1}}\n")
    assert [rule.label for rule in by_label.signals] == ["calm", "upbeat"]
    assert parse_attribute(BINARY + "signals: {}\n").signals == ()


def test_the_fingerprint_is_over_judged_fields_only() -> None:
    base = parse_attribute(BINARY)
    outside = "threshold: 0.9\nsignals: {motion: 1}\nowner: me\nchangelog: [{version: 1, date: 2026-01-02, why: w}]\n"
    assert parse_attribute(BINARY.replace("version: 1", "version: 7") + outside).fingerprint == base.fingerprint
    assert parse_attribute(BINARY + "modalities: [text, audio, frames]\n").fingerprint == base.fingerprint
    for more in ("include: [a]\n", "exclude: [a]\n", "modalities: [frames]\n"):
        assert parse_attribute(BINARY + more).fingerprint != base.fingerprint


def test_the_layout_of_a_file_is_outside_the_fingerprint() -> None:
    folded = BINARY.replace("definition: It is.", "definition: >-\n  It\n  is.")
    assert parse_attribute(folded).fingerprint == parse_attribute(BINARY).fingerprint


def test_written_files_begin_with_the_line_for_editors() -> None:
    text = write_attribute(parse_attribute(SAMPLE))
    assert text.startswith(SCHEMA_LINE + "name: unboxing\n")
    assert "modalities: [frames, audio, text]\n" in text


@pytest.mark.parametrize("kind", Kind)
def test_a_skeleton_is_valid(kind: Kind) -> None:
    attribute = parse_attribute(skeleton("slow_living", kind, date="2026-01-02"), stem="slow_living")
    assert attribute.kind is kind
    uncommented = (
        skeleton("slow_living", kind, date="2026-01-02").replace("# signals:", "signals:").replace("#   ", "  ")
    )
    assert parse_attribute(uncommented).signals


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=120).map(str.strip).filter(bool)
lines = st.lists(texts, min_size=1, max_size=3).map("\n".join)
prose = (
    texts | lines | st.sampled_from(["yes", "1e3", "null", "=", "<<", "2026-01-02", "a: b", "- x", "# c", "12:30", "~"])
)
names = st.from_regex("[a-z][a-z0-9_]{0,10}", fullmatch=True).map(lambda n: f"x{n}")
weights = st.floats(-100, 100, allow_nan=False).map(lambda w: w + 0.0)
rules = st.dictionaries(st.sampled_from(Signal), weights, min_size=1, max_size=4).map(lambda d: tuple(d.items()))


@st.composite
def attributes(draw: st.DrawFn) -> Attribute:
    kind = draw(st.sampled_from(Kind))
    choices: tuple[Choice, ...] = ()
    signals: tuple[SignalWeights, ...] = ()
    if kind is Kind.ORDINAL:
        steps = sorted(draw(st.sets(st.integers(-1000, 1000), min_size=2, max_size=4)))
        choices = tuple(Choice(label=step, meaning=draw(prose)) for step in steps)
    elif kind is Kind.CATEGORICAL:
        found = draw(st.lists(names, min_size=2, max_size=4, unique=True))
        choices = tuple(Choice(label=name, meaning=draw(prose)) for name in found)
    if draw(st.booleans()):
        labels = [str(c.label) for c in choices] if kind is Kind.CATEGORICAL else [None]
        signals = tuple(SignalWeights(label=lb, bias=draw(weights), weights=draw(rules)) for lb in labels)
    allowed: list[Any] = [None, True, False] if kind is Kind.BINARY else [None, *(c.label for c in choices)]
    label = st.sampled_from(allowed)
    return Attribute(
        name=draw(names),
        version=draw(st.integers(1, 10**6)),
        title=draw(prose),
        kind=kind,
        question=draw(prose),
        definition=draw(prose),
        include=tuple(draw(st.lists(prose, max_size=3))),
        exclude=tuple(draw(st.lists(prose, max_size=3))),
        edge_cases=tuple(draw(st.lists(st.builds(EdgeCase, case=prose, label=label, why=prose), max_size=2))),
        choices=choices,
        modalities=tuple(draw(st.lists(st.sampled_from(Modality), min_size=1, unique=True))),
        threshold=draw(st.floats(0, 1)),
        examples=tuple(draw(st.lists(st.builds(Example, video=prose, label=label, why=prose), max_size=2))),
        signals=signals,
        owner=draw(prose | st.just("")),
        changelog=tuple(
            draw(
                st.lists(
                    st.builds(
                        Change, version=st.integers(1, 99), date=st.dates().map(lambda d: d.isoformat()), why=prose
                    ),
                    max_size=2,
                )
            )
        ),
    )


@given(attributes())
def test_what_is_written_is_read_back(attribute: Attribute) -> None:
    again = parse_attribute(write_attribute(attribute), stem=attribute.name)
    assert again == attribute
    assert again.fingerprint == attribute.fingerprint
    assert write_attribute(again) == write_attribute(attribute)


@given(attributes(), st.data())
def test_a_changed_label_of_a_ruling_changes_the_fingerprint(attribute: Attribute, data: st.DataObject) -> None:
    one, other = data.draw(st.permutations([None, *attribute.allowed]))[:2]
    ruled = [replace(attribute, edge_cases=(EdgeCase(case="c", label=label, why="w"),)) for label in (one, other)]
    assert ruled[0].fingerprint != ruled[1].fingerprint
