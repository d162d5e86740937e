"""People beside the model: nobody is scored against himself, and disagreements are not left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.scoring import NAME, Case, make_golden, make_run, ratings, said
from vibekit.core.golden import Event, Role
from vibekit.core.score import AttributeScore
from vibekit.stages.golden.votes import majority_labels
from vibekit.stages.score import ScoreConfig, score


def scored(folder: Path, events: list[Event], model: list[bool], *, source: str = "majority") -> AttributeScore:
    """Score a model on a set whose labels are the majority of its ratings, or an expert's."""
    from support.scoring import video_id

    majority = majority_labels(events)
    truth = [majority.get((video_id(n), NAME)) for n in range(len(model))]
    cases = [Case(truth=label.label if label else None) for label in truth]
    run = make_run(folder / "run", {NAME: [said(label) for label in model]})
    golden = make_golden(folder / "golden", cases, events=events, source=source)
    config = ScoreConfig(labels=run, golden=golden, draws=200, report=False)
    return score(config).attributes[NAME]


def test_two_raters_who_disagree_are_not_perfect_though_their_ties_have_no_golden_label(tmp_path: Path) -> None:
    ann = [True] * 20 + [False] * 20
    bob = [True] * 10 + [False] * 10 + [False] * 20
    one = scored(tmp_path, [*ratings("ann", ann), *ratings("bob", bob)], ann)
    assert one.outcomes.undecided == 10
    assert one.n == 30
    assert one.humans is not None
    assert one.humans.reference == "others"
    by_name = {judge.name: judge for judge in one.humans.raters}
    # ann against bob: 10 right of 20 said; bob against ann: 10 found of 20
    assert by_name["ann"].precision.value == pytest.approx(0.5)
    assert by_name["ann"].recall.value == 1.0
    assert by_name["bob"].recall.value == pytest.approx(0.5)
    assert by_name["ann"].n == 40
    # the model says what ann says: perfect against ann, as she is against bob
    assert one.humans.model is not None
    assert one.humans.model.n == 40
    assert "over 80 ratings of 40 videos" in one.humans.note
    assert one.humans.model.precision.value == pytest.approx((10 + 20) / (20 + 20))


def test_each_rater_is_held_against_the_majority_of_the_others(tmp_path: Path) -> None:
    good = [n % 2 == 0 for n in range(40)]
    odd = [not value if n < 8 else value for n, value in enumerate(good)]
    events = [*ratings("ann", good), *ratings("bob", good), *ratings("cy", good), *ratings("dan", odd)]
    one = scored(tmp_path, events, good)
    assert one.humans is not None
    found = {judge.name: judge.f1.value for judge in one.humans.raters}
    assert found["ann"] == found["bob"] == found["cy"] == 1.0
    assert found["dan"] == pytest.approx(32 / 40)
    assert one.humans.model is not None
    assert one.humans.model.f1.value == 1.0
    assert one.alt_test is not None
    assert one.alt_test.passed is True


def test_an_experts_labels_are_the_reference_for_both(tmp_path: Path) -> None:
    truth = [n % 2 == 0 for n in range(40)]
    events = [*ratings("ann", [True] * 40), *ratings("eve", truth, role=Role.EXPERT)]
    cases = [Case(truth=label) for label in truth]
    run = make_run(tmp_path / "run", {NAME: [said(label) for label in truth]})
    golden = make_golden(tmp_path / "golden", cases, events=events, source="expert")
    one = score(ScoreConfig(labels=run, golden=golden, draws=200, report=False)).attributes[NAME]
    assert one.humans is not None
    assert one.humans.reference == "expert"
    assert [judge.name for judge in one.humans.raters] == ["ann"]
    assert one.humans.raters[0].precision.value == pytest.approx(0.5)
    assert one.humans.model is not None
    assert one.humans.model.f1.value == 1.0


def test_one_rater_is_not_compared(tmp_path: Path) -> None:
    one = scored(tmp_path, ratings("ann", [True, False] * 15), [True, False] * 15)
    assert one.humans is not None
    assert "one rater only" in one.humans.note
    assert one.humans.pooled is None
    assert one.alt_test is not None
    assert one.alt_test.passed is None


def test_hidden_repeats_do_not_count_as_raters_answers(tmp_path: Path) -> None:
    labels = [True, False] * 15
    wrong = [not label for label in labels]
    events = [*ratings("ann", labels), *ratings("bob", labels), *ratings("ann", wrong, repeat=1)]
    one = scored(tmp_path, events, labels)
    assert one.humans is not None
    assert one.humans.pooled is not None
    assert one.humans.pooled.f1.value == 1.0
