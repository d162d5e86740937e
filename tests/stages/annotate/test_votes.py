"""Votes: the majority is the label, its share the probability, and a tie is no answer."""

from __future__ import annotations

import pytest

from vibekit.core.annotation import Answer, ProbabilitySource, Status
from vibekit.stages.annotate.votes import combine


def said(label: bool | int | str | None) -> Answer:
    if label is None:
        return Answer(status=Status.ABSTAIN)
    return Answer(status=Status.OK, label=label, probability=0.9, rationale=f"because {label}")


INVALID = Answer(status=Status.INVALID, reason="off-list")
BLOCKED = Answer(status=Status.BLOCKED, reason="SAFETY")


@pytest.mark.parametrize(
    ("answers", "label", "probability"),
    [
        ([said(True), said(True), said(False)], True, 2 / 3),
        ([said(False), said(True), said(False)], False, 1 / 3),
        ([said(False)] * 3, False, 0.0),
        ([said("sad"), said("calm"), said("sad"), said("sad")], "sad", 0.75),
        ([said(1), said(2), said(2)], 2, 2 / 3),
        ([said(True), said(True), INVALID], True, 1.0),
        ([said(True), said(True), said(None)], True, 1.0),
    ],
)
def test_the_majority_wins(answers: list[Answer], label: object, probability: float) -> None:
    result = combine(answers)
    assert (result.status, result.label) == (Status.OK, label)
    assert result.probability == pytest.approx(probability, abs=1e-6)
    assert result.probability_source is ProbabilitySource.VOTES
    assert result.rationale == f"because {label}"


def test_a_true_label_and_the_number_one_are_different_votes() -> None:
    assert dict(combine([said(1), said(1), said(True)]).votes) == {"1": 2, "true": 1}


@pytest.mark.parametrize("answers", [[said(True), said(False)], [said(None), said(None), said(True)]])
def test_a_tie_and_a_majority_of_abstentions_abstain(answers: list[Answer]) -> None:
    result = combine(answers)
    assert (result.status, result.label, result.probability) == (Status.ABSTAIN, None, None)


def test_half_failed_is_no_verdict() -> None:
    result = combine([said(True), BLOCKED])
    assert (result.status, result.label) == (Status.BLOCKED, None)
    assert combine([said(True), BLOCKED, BLOCKED, INVALID]).status is Status.BLOCKED


def test_a_single_answer_stays_as_it_is() -> None:
    assert combine([said(True)]) == said(True)
