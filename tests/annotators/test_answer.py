import json
import math
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.questions import CALMING, ENERGY, MOOD, a_question
from vibekit.annotators.answer import answer_schema, clean, parse_answer
from vibekit.core.annotation import Answer, ProbabilitySource, Status
from vibekit.core.attribute import Attribute

ONE: dict[str, Any] = {"evidence": [], "rationale": "Still water.", "label": True, "probability": 0.9}


def read(reply: Any, *attributes: Attribute, duration_s: float | None = 6.0) -> dict[str, Answer]:  # noqa: ANN401
    text = reply if isinstance(reply, str) else json.dumps(reply)
    return dict(parse_answer(text, question=a_question(*attributes), duration_s=duration_s).answers)


def reply(**changed: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"request_id": "q1w2e3", "answers": {"calming": {**ONE, **changed}}}


def test_a_proper_answer_becomes_a_label() -> None:
    answer = read(reply(evidence=[{"start_s": 1, "end_s": 2.5, "what": "a lake"}]))["calming"]
    assert (answer.status, answer.label, answer.probability) == (Status.OK, True, 0.9)
    assert answer.probability_source is ProbabilitySource.VERBAL
    assert answer.evidence[0].what == "a lake"
    assert answer.rationale == "Still water."


def test_every_kind_has_labels_and_abstention() -> None:
    answers = {
        "calming": {**ONE, "label": False, "probability": 0.1},
        "energy": {**ONE, "label": 3},
        "mood": {**ONE, "label": None},
    }
    read_back = read({"request_id": "q1w2e3", "answers": answers}, CALMING, ENERGY, MOOD)
    assert [read_back[name].label for name in answers] == [False, 3, None]
    assert read_back["mood"].status is Status.ABSTAIN
    assert read_back["mood"].probability is None


OFF_LIST: dict[str, tuple[Attribute, list[object]]] = {
    "binary": (CALMING, ["true", 1, 0, 0.5, "yes", [], {}]),
    "ordinal": (ENERGY, [0, 4, True, "1", 1.0, 2.5, "low"]),
    "categorical": (MOOD, ["Sad", "sad ", "", 1, True, "happy"]),
}


@pytest.mark.parametrize(
    ("attribute", "label"), [(attribute, label) for attribute, labels in OFF_LIST.values() for label in labels]
)
def test_off_list_labels_are_invalid(attribute: Attribute, label: object) -> None:
    answers = {attribute.name: {**ONE, "label": label}}
    answer = read({"request_id": "q1w2e3", "answers": answers}, attribute)[attribute.name]
    assert (answer.status, answer.label, answer.probability) == (Status.INVALID, None, None)
    assert answer.reason


@pytest.mark.parametrize(("label", "probability"), [(True, 0.49), (False, 0.51), (True, 0.0), (False, 1.0)])
def test_a_label_that_contradicts_its_probability_is_invalid(label: bool, probability: float) -> None:
    answer = read(reply(label=label, probability=probability))["calming"]
    assert answer.status is Status.INVALID
    assert "contradicts" in answer.reason


@pytest.mark.parametrize("label", [True, False])
def test_an_even_probability_goes_with_either_label(label: bool) -> None:
    assert read(reply(label=label, probability=0.5))["calming"].label is label


@pytest.mark.parametrize("probability", [-0.01, 1.01, "0.9", None, True, [0.9]])
def test_bad_probabilities_are_invalid(probability: object) -> None:
    assert read(reply(probability=probability))["calming"].status is Status.INVALID


def test_an_integer_probability_is_a_number() -> None:
    assert read(reply(probability=1))["calming"].probability == 1.0


GOOD = json.dumps(reply())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "true",
        f"```json\n{GOOD}\n```",
        f"Here it is: {GOOD}",
        f"{GOOD} I hope this helps",
        GOOD[:-1],
        GOOD.replace("0.9", "NaN"),
        GOOD.replace("0.9", "Infinity"),
        GOOD.replace("0.9", "1e999"),
        GOOD.replace('"label": true', '"label": false, "label": true'),
        GOOD.replace('"request_id"', '"request_id": "x", "request_id"'),
        GOOD.replace('"request_id"', '"id"'),
        GOOD.replace("q1w2e3", "other"),
        GOOD.replace('"rationale"', '"reason"'),
        GOOD.replace("{", '{"more": 1, ', 1),
        "[" * 100_000,
        "9" * 5_000,
        "\ufeff" + GOOD,
    ],
)
def test_anything_else_is_invalid_for_every_attribute(text: str) -> None:
    parsed = parse_answer(text, question=a_question(CALMING, ENERGY), duration_s=6.0)
    assert {a.status for a in parsed.answers.values()} == {Status.INVALID}
    assert all(a.label is None and a.reason for a in parsed.answers.values())
    assert parsed.retry


def test_a_wrong_echo_spoils_every_answer() -> None:
    said = {"request_id": "zzz", "answers": {"calming": ONE, "energy": {**ONE, "label": 2}}}
    answers = read(said, CALMING, ENERGY)
    assert {a.status for a in answers.values()} == {Status.INVALID}
    assert "another request" in answers["energy"].reason


def test_one_invalid_answer_does_not_spoil_the_others() -> None:
    said = {"request_id": "q1w2e3", "answers": {"calming": {**ONE, "label": "maybe"}, "energy": {**ONE, "label": 2}}}
    parsed = parse_answer(json.dumps(said), question=a_question(CALMING, ENERGY, MOOD), duration_s=6.0)
    assert [str(a.status) for a in parsed.answers.values()] == ["invalid", "ok", "invalid"]
    assert parsed.retry


def test_an_attribute_that_was_not_asked_is_refused() -> None:
    said = {"request_id": "q1w2e3", "answers": {"calming": ONE, "mood": {**ONE, "label": "sad"}}}
    assert read(said)["calming"].status is Status.INVALID


def test_evidence_outside_is_dropped_and_counted() -> None:
    moments = [(0, 6), (-0.4, 1), (5, 6.4), (-1, 2), (5, 7), (3, 2), (9, 10), (2, 2)]
    evidence = [{"start_s": a, "end_s": b, "what": "x"} for a, b in moments]
    answer = read(reply(evidence=evidence))["calming"]
    assert answer.status is Status.OK
    assert [(e.start_s, e.end_s) for e in answer.evidence] == [(0, 6), (0, 1), (5, 6), (2, 2)]
    assert answer.evidence_dropped == 4


def test_without_a_length_only_order_and_start_are_checked() -> None:
    evidence = [{"start_s": a, "end_s": b, "what": "x"} for a, b in ((0, 1000), (-3, 1), (2, 1))]
    answer = read(reply(evidence=evidence), duration_s=None)["calming"]
    assert (len(answer.evidence), answer.evidence_dropped) == (1, 2)


def test_lone_surrogates_do_not_get_through() -> None:
    evidence = [{"start_s": 0, "end_s": 1, "what": "a\udc80"}]
    answer = read(reply(rationale="x\ud800y \U0001f30a", evidence=evidence))["calming"]
    assert answer.rationale == "x\ufffdy \U0001f30a"
    assert answer.evidence[0].what == "a\ufffd"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | JSON.map(json.dumps))
def test_no_text_crashes_or_becomes_a_label(text: str) -> None:
    assert read(text)["calming"].status is Status.INVALID


@settings(max_examples=300, deadline=None)
@given(label=JSON, probability=JSON, evidence=JSON, rationale=JSON)
def test_a_label_is_only_ever_one_of_the_list(label: Any, probability: Any, evidence: Any, rationale: Any) -> None:  # noqa: ANN401
    for attribute in (CALMING, ENERGY, MOOD):
        one = {"evidence": evidence, "rationale": rationale, "label": label, "probability": probability}
        text = json.dumps({"request_id": "q1w2e3", "answers": {attribute.name: one}})
        answer = read(text, attribute)[attribute.name]
        if answer.status is Status.OK:
            assert json.dumps(answer.label) == json.dumps(label)
            assert any(answer.label is a or (answer.label == a and type(a) is type(label)) for a in attribute.allowed)
            assert answer.probability is not None
            assert math.isfinite(answer.probability)
        else:
            assert answer.label is None
            assert answer.probability is None


@given(st.text())
def test_clean_leaves_proper_text_alone(text: str) -> None:
    assert clean(text) == text


def test_the_schema_takes_what_the_reader_takes() -> None:
    schema = answer_schema((CALMING, ENERGY, MOOD))
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    said: dict[str, Any] = {
        "request_id": "q1w2e3",
        "answers": {"calming": ONE, "energy": {**ONE, "label": 1}, "mood": {**ONE, "label": None}},
    }
    assert validator.is_valid(said)
    for name, label in (("calming", "true"), ("energy", 9), ("mood", "happy"), ("calming", 1)):
        broken = {**said, "answers": {**said["answers"], name: {**ONE, "label": label}}}
        assert not validator.is_valid(broken)
    assert list(schema["properties"]["answers"]["properties"]["calming"]["properties"]) == [
        "evidence",
        "rationale",
        "label",
        "probability",
    ]
