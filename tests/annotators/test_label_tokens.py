"""P(label) from tokens: whatever the tokens are, it is read right or not at all."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.openai_tokens import SPLITS, with_logprobs
from support.questions import CALMING, ENERGY, a_question
from vibekit.annotators.answer import parse_answer
from vibekit.annotators.json_place import value_span
from vibekit.annotators.label_tokens import MOST_LOST, label_probability, token_starts, with_probabilities
from vibekit.core.annotation import Answer, ProbabilitySource
from vibekit.core.attribute import Attribute, Choice, Kind, Label
from vibekit.openai_compat.response import Token, read_response

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def named(*labels: str) -> Attribute:
    """Return a categorical attribute with these labels."""
    choices = tuple(Choice(label=label, meaning="m") for label in labels)
    return Attribute(
        name="mood", version=1, title="M", kind=Kind.CATEGORICAL, question="?", definition="d", choices=choices
    )


def answer_text(attribute: Attribute, label: Label | None, *, rationale: str = "", **how: Any) -> str:  # noqa: ANN401
    stated = 0.0 if label is False else 1.0
    one = {"evidence": list[Any](), "rationale": rationale, "label": label, "probability": stated}
    return json.dumps({"request_id": "q1w2e3", "answers": {attribute.name: one}}, **how)


def as_tokens(raw: list[dict[str, Any]]) -> tuple[Token, ...]:
    return read_response({"choices": [{"logprobs": {"content": raw}}]}).tokens


def read(attribute: Attribute, label: Label, text: str, tokens: tuple[Token, ...]) -> float | None:
    starts = token_starts(text, tokens)
    return label_probability(attribute, label, text=text, tokens=tokens, starts=starts) if starts else None


def four(letters: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.text(letters, min_size=1, max_size=8), min_size=4, max_size=4, unique=True)


def found_among(labels: list[str], *, which: int, split: str, sure: float, ascii_: bool) -> float | None:
    attribute, label = named(*labels), labels[which]
    text = answer_text(attribute, label, rationale="the label: null", ensure_ascii=ascii_)
    literals = {x: json.dumps(x, ensure_ascii=ascii_) for x in labels}
    others = {literals[label]: [v for k, v in literals.items() if k != label]}
    tokens = as_tokens(with_logprobs(text, split=split, sure=sure, others=others))
    return read(attribute, label, text, tokens)


HOW = {
    "split": st.sampled_from(sorted(SPLITS)),
    "sure": st.floats(0.3, 0.999),
    "which": st.integers(0, 3),
    "ascii_": st.booleans(),
}


@given(labels=four(st.characters(categories=["L", "N"])), **HOW)
def test_the_probability_of_a_name_is_read_however_it_is_cut(labels: list[str], sure: float, **how: Any) -> None:  # noqa: ANN401
    found = found_among(labels, sure=sure, **how)
    assert found is not None
    assert math.isclose(found, sure, rel_tol=1e-6)


@given(labels=four(st.characters(codec="utf-8")), **HOW)
def test_names_of_any_letters_are_read_right_or_not_at_all(labels: list[str], sure: float, **how: Any) -> None:  # noqa: ANN401
    # a letter may be written in two ways, and one of them may begin like another label
    found = found_among(labels, sure=sure, **how)
    assert found is None or math.isclose(found, sure, abs_tol=MOST_LOST)


@pytest.mark.parametrize("split", sorted(SPLITS))
@pytest.mark.parametrize(("label", "wanted"), [(True, 0.8 / 0.9), (False, 0.1 / 0.9)])
def test_binary_is_the_probability_of_true_with_null_apart(split: str, label: bool, wanted: float) -> None:
    text = answer_text(CALMING, label)
    others = {"true": ["false", "null"], "false": ["true", "null"]}
    tokens = as_tokens(with_logprobs(text, split=split, sure=0.8, others=others))
    found = read(CALMING, label, text, tokens)
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize("split", sorted(SPLITS))
@pytest.mark.parametrize("label", [1, 10, 100])
def test_numbers_that_begin_alike_are_told_apart(split: str, label: int) -> None:
    choices = tuple(Choice(label=n, meaning="m") for n in (1, 10, 100, 2))
    steps = Attribute(
        name="steps", version=1, title="S", kind=Kind.ORDINAL, question="?", definition="d", choices=choices
    )
    text = answer_text(steps, label)
    others = {str(label): [str(n) for n in (1, 10, 100, 2) if n != label]}
    found = read(steps, label, text, as_tokens(with_logprobs(text, split=split, sure=0.7, others=others)))
    assert found == pytest.approx(0.7)


def tokens_of(*pieces: tuple[str, float, dict[str, float]]) -> tuple[Token, ...]:
    """Return tokens of (text, probability, alternatives)."""
    return tuple(
        Token(t.encode(), math.log(p), tuple((a.encode(), math.log(q)) for a, q in top.items())) for t, p, top in pieces
    )


HEAD, TAIL = '{"answers": {"calming": {"label":', "}}}"


def probability(*label: tuple[str, float, dict[str, float]], said: bool = True) -> float | None:
    pieces = ((HEAD, 1.0, {}), *label, (TAIL, 1.0, {}))
    return read(CALMING, said, "".join(piece[0] for piece in pieces), tokens_of(*pieces))


def test_space_before_a_label_does_not_matter() -> None:
    assert probability((" true", 0.7, {" true": 0.7, "true": 0.1, " false": 0.2})) == pytest.approx(0.8)
    assert probability((" ", 0.99, {}), ("true", 0.75, {"false": 0.25})) == pytest.approx(0.75)


def test_the_written_token_need_not_be_among_the_likeliest() -> None:
    assert probability((" true", 0.1, {" false": 0.8})) == pytest.approx(1 / 9)


def test_tokens_that_are_no_label_are_left_out() -> None:
    assert probability((" true", 0.6, {" True": 0.2, ' "yes"': 0.05, " false": 0.1})) == pytest.approx(6 / 7)


@pytest.mark.parametrize(
    "label",
    [
        pytest.param((" true", 0.3, {" True": 0.6, " false": 0.1}), id="mostly something else"),
        pytest.param((" true", 0.6, {" ": 0.3, " false": 0.1}), id="space that could lead to any"),
        pytest.param((" true", 0.9, {" false": 0.9}), id="more than one in all"),
        pytest.param((" true", 0.6, {}), id="no alternatives"),
        pytest.param((" true", 0.6, {" true": 0.6}), id="one alternative, itself"),
        pytest.param((" true", 0.6, {" true": 0.6, " True": 0.2}), id="the other label is not named and may be likely"),
    ],
)
def test_what_is_in_doubt_is_not_read(label: tuple[str, float, dict[str, float]]) -> None:
    assert probability(label) is None


def test_a_label_that_is_too_unlikely_to_be_named_does_not_matter() -> None:
    assert probability((" true", 0.9, {" true": 0.9, " True": 0.07, "true": 0.01})) == pytest.approx(1.0)
    assert probability((" true", 0.99, {})) == pytest.approx(1.0)


def test_tokens_that_do_not_fit_the_text_are_not_read() -> None:
    tokens = tokens_of((HEAD, 1.0, {}), (" true", 0.9, {}), (TAIL, 1.0, {}))
    text = HEAD + " true" + TAIL
    assert token_starts(text, tokens)
    assert token_starts(text + " ", tokens) == []
    assert token_starts(text, tokens + tokens) == []
    assert token_starts(text, ()) == []
    assert token_starts("", tokens) == []


def answered(label: Label, tokens: tuple[Token, ...], text: str) -> Answer:
    question = a_question(CALMING)
    parsed = parse_answer(text, question=question, duration_s=6.0)
    assert parsed.answers["calming"].label is label, parsed
    return with_probabilities(parsed.answers, (CALMING,), text=text, tokens=tokens)["calming"]


def test_label_and_probability_never_contradict_each_other() -> None:
    text = answer_text(CALMING, True)
    raw = with_logprobs(text, split="words", sure=0.2, others={"true": ["false"]})
    kept = answered(True, as_tokens(raw), text)
    assert (kept.label, kept.probability, kept.probability_source) == (True, 1.0, ProbabilitySource.VERBAL)
    raw = with_logprobs(text, split="words", sure=0.6, others={"true": ["false"]})
    changed = answered(True, as_tokens(raw), text)
    assert (changed.probability, changed.probability_source) == (0.6, ProbabilitySource.LOGPROB)


def test_other_answers_stay_as_they_are() -> None:
    text = answer_text(CALMING, None).replace("1.0", "0.5")
    parsed = parse_answer(text, question=a_question(CALMING), duration_s=6.0)
    tokens = as_tokens(with_logprobs(text, split="words", sure=0.9, others={"null": ["true", "false"]}))
    assert with_probabilities(parsed.answers, (CALMING,), text=text, tokens=tokens) == parsed.answers


@given(value=st.dictionaries(st.text(), JSON, max_size=5), data=st.data(), indent=st.none() | st.integers(0, 3))
def test_a_place_in_json_is_found(value: dict[str, Any], data: st.DataObject, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=data.draw(st.booleans()))
    inner: Any = value
    path = []
    while isinstance(inner, dict) and inner:
        path.append(data.draw(st.sampled_from(sorted(inner))))
        inner = inner[path[-1]]
    span = value_span(text, path)
    assert span is not None
    assert json.loads(text[slice(*span)]) == inner
    assert value_span(text, [*path, "nowhere"]) is None


@given(text=st.text(), path=st.lists(st.text(), max_size=3))
def test_a_place_in_anything_is_found_or_not(text: str, path: list[str]) -> None:
    value_span(text, path)


def test_every_label_of_a_shared_call_has_its_own() -> None:
    one: dict[str, Any] = {"evidence": [], "rationale": "", "probability": 1.0}
    said = {"calming": {**one, "label": True}, "energy": {**one, "label": 2}}
    text = json.dumps({"request_id": "q1w2e3", "answers": said})
    raw = with_logprobs(text, split="odd", sure=0.8, others={"true": ["false"], "2": ["1", "3"]})
    parsed = parse_answer(text, question=a_question(CALMING, ENERGY), duration_s=6.0)
    answers = with_probabilities(parsed.answers, (CALMING, ENERGY), text=text, tokens=as_tokens(raw))
    assert [a.probability for a in answers.values()] == [pytest.approx(0.8), pytest.approx(0.8)]
