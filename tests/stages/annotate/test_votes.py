"""Votes: the majority is the label, its share the probability, and a tie is no answer."""

from __future__ import annotations

import pytest

from vibekit.core.annotation import Answer, ProbabilitySource, Spread, Status
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
    assert combine([said(True)]).spread is None


def sure(label: bool | int | str, p: float | None, source: ProbabilitySource = ProbabilitySource.VERBAL) -> Answer:
    return Answer(status=Status.OK, label=label, probability=p, probability_source=source if p is not None else None)


def test_the_spread_of_a_binary_vote_is_over_all_labels() -> None:
    result = combine([sure(True, 0.9), sure(True, 0.7), sure(False, 0.2), sure(True, 0.8), INVALID])
    assert result.spread == Spread(samples=5, disagreement=0.25, probability_mean=0.65, probability_sd=0.310913)
    assert result.probability == 0.75


def test_the_spread_of_other_kinds_is_over_the_winning_label() -> None:
    result = combine([sure("sad", 0.9), sure("calm", 0.4), sure("sad", 0.7)])
    assert result.spread == Spread(samples=3, disagreement=0.333333, probability_mean=0.8, probability_sd=0.141421)


@pytest.mark.parametrize(
    ("answers", "spread"),
    [
        ([sure(True, 0.9)] * 3, Spread(samples=3, disagreement=0.0, probability_mean=0.9, probability_sd=0.0)),
        ([sure(True, None)] * 2, Spread(samples=2, disagreement=0.0)),
        ([said(None), said(None), sure(True, 0.6)], Spread(samples=3, disagreement=0.333333, probability_mean=0.6)),
        ([sure("sad", 0.9), sure("calm", 0.4)], Spread(samples=2, disagreement=0.5)),
        ([sure(True, 0.9), sure(True, 0.7, ProbabilitySource.LOGPROB)], Spread(samples=2, disagreement=0.0)),
    ],
    ids=["all alike", "no probabilities", "abstained", "a tie of names", "two sources"],
)
def test_what_cannot_be_said_of_a_spread_is_left_empty(answers: list[Answer], spread: Spread) -> None:
    assert combine(answers).spread == spread


def test_no_verdict_has_no_spread() -> None:
    assert combine([sure(True, 0.9), BLOCKED]).spread is None
