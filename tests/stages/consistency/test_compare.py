"""Pairs of answers of every kind: each number counts what it says it counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vibekit.core.annotation import Annotation, Answer, ProbabilitySource, Status
from vibekit.core.attribute import Kind, Label
from vibekit.formats.annotations import SAMPLE, from_row
from vibekit.stages.consistency.compare import Pair, compare, flips, kept_of_each
from vibekit.stages.consistency.verdict import of_repeat

BASE = from_row(SAMPLE)
Said = tuple[Label | None, float | None]


def line(label: Label | None, p: float | None, source: ProbabilitySource = ProbabilitySource.VERBAL) -> Annotation:
    if label is None:
        return replace(BASE, answer=Answer(status=Status.ABSTAIN))
    answer = Answer(status=Status.OK, label=label, probability=p, probability_source=source if p is not None else None)
    return replace(BASE, answer=answer)


def pair(n: int, first: Said, second: Said | None) -> Pair:
    return Pair(video_id=str(n), first=line(*first), second=line(*second) if second else None)


BINARY = [
    pair(0, (True, 0.9), (True, 0.7)),
    pair(1, (True, 0.8), (False, 0.3)),
    pair(2, (False, 0.2), (False, 0.1)),
    pair(3, (False, 0.1), (False, None)),
    pair(4, (True, 0.9), (None, None)),
    pair(5, (None, None), (True, 0.9)),
    pair(6, (True, 0.9), None),
]


def test_binary_pairs() -> None:
    found = compare(BINARY, Kind.BINARY)
    assert found.outcomes == {"abstain -> ok": 1, "ok -> abstain": 1, "ok -> not asked": 1, "ok -> ok": 4}
    assert sum(found.outcomes.values()) == found.pairs == 7
    assert (found.labels.k, found.labels.n) == (3, 4)
    assert found.counts == {"false -> false": 2, "true -> false": 1, "true -> true": 1}
    assert (found.before, found.after) == ({"false": 2, "true": 2}, {"false": 3, "true": 1})
    assert found.kappa.value == pytest.approx(0.5)
    assert (found.up, found.down, found.change_p) == (0, 1, 1.0)
    assert found.shift is not None
    assert (found.shift.n, found.shift.sources) == (3, {"verbal -> none": 1})
    assert found.shift.mean_abs == pytest.approx((0.2 + 0.5 + 0.1) / 3)
    assert found.shift.mean.value == pytest.approx(-0.8 / 3)
    assert found.steps is None
    assert {label: (r.k, r.n) for label, r in kept_of_each(BINARY).items()} == {"false": (2, 2), "true": (1, 2)}


def test_probabilities_of_two_sources_are_not_mixed() -> None:
    pairs = [Pair(video_id="0", first=line(True, 0.9), second=line(True, 0.6, ProbabilitySource.LOGPROB))]
    found = compare(pairs, Kind.BINARY)
    assert found.shift is not None
    assert (found.shift.n, found.shift.mean_abs) == (0, None)
    assert found.shift.sources == {"verbal -> logprob": 1}


def test_ordinal_pairs_count_steps() -> None:
    pairs = [pair(n, (a, 0.5), (b, 0.5)) for n, (a, b) in enumerate([(1, 1), (1, 2), (2, 2), (3, 1)])]
    found = compare(pairs, Kind.ORDINAL)
    assert found.steps is not None
    assert found.steps.weighted_kappa.value == pytest.approx(-0.25)
    assert found.steps.mean_abs == pytest.approx(0.75)
    assert found.steps.mean.value == pytest.approx(-0.25)
    assert (found.up, found.down) == (1, 1)
    assert found.shift is None


def test_names_have_no_direction() -> None:
    pairs = [pair(0, ("sad", 0.5), ("calm", 0.5)), pair(1, ("sad", 0.5), ("sad", 0.5))]
    found = compare(pairs, Kind.CATEGORICAL)
    assert (found.up, found.down, found.change_p, found.shift, found.steps) == (0, 0, None, None, None)
    assert "became" not in of_repeat(found, Kind.CATEGORICAL, attributes=1).text


def test_the_largest_change_comes_first() -> None:
    pairs = [pair(0, (True, 0.6), (False, 0.4)), pair(1, (False, 0.0), (True, 1.0)), pair(2, (True, 1.0), (True, 0.5))]
    assert [f.video_id for f in flips(pairs)] == ["1", "0"]


def test_nothing_to_compare_is_said() -> None:
    found = compare([pair(0, (True, 0.9), None)], Kind.BINARY)
    assert of_repeat(found, Kind.BINARY, attributes=1).text.startswith("nothing to compare")


def test_labels_that_are_lost_one_way_are_a_move_too() -> None:
    lost = [pair(n, (True, 0.9), (None, None)) for n in range(6)]
    for pairs in (lost, [*lost, pair(9, (True, 0.9), (True, 0.9))]):
        verdict = of_repeat(compare(pairs, Kind.BINARY), Kind.BINARY, attributes=1)
        assert (verdict.moved, verdict.answers_moved) == (False, True)
        assert "6 had a label and have none now, 0 the other way round" in verdict.text
    both = [*lost, *(pair(10 + n, (None, None), (True, 0.9)) for n in range(5))]
    assert not of_repeat(compare(both, Kind.BINARY), Kind.BINARY, attributes=1).answers_moved
    assert not of_repeat(compare(lost, Kind.BINARY), Kind.BINARY, attributes=2).answers_moved


def test_too_few_videos_are_said_to_be_too_few() -> None:
    found = compare([pair(n, (False, 0.1), (False, 0.2)) for n in range(5)], Kind.BINARY)
    verdict = of_repeat(found, Kind.BINARY, attributes=1)
    assert "5 videos are too few" in verdict.text
    assert not verdict.drifted
    more = compare([pair(n, (False, 0.1), (False, 0.2 + n / 100)) for n in range(20)], Kind.BINARY)
    verdict = of_repeat(more, Kind.BINARY, attributes=1)
    assert "too few" not in verdict.text
    assert verdict.drifted


def test_a_false_alarm_is_as_rare_for_many_attributes_as_for_one() -> None:
    pairs = [pair(n, (False, None), (True, None)) for n in range(6)] + [
        pair(9 + n, (True, None), (True, None)) for n in range(6)
    ]
    found = compare(pairs, Kind.BINARY)
    assert found.change_p == pytest.approx(2 / 64)
    assert of_repeat(found, Kind.BINARY, attributes=1).moved
    assert not of_repeat(found, Kind.BINARY, attributes=2).moved


ANSWERS = st.tuples(st.none() | st.booleans(), st.none() | st.floats(0, 1))


@settings(max_examples=30)
@given(said=st.lists(ANSWERS, max_size=12))
def test_a_run_agrees_with_itself(said: list[Said]) -> None:
    found = compare([pair(n, one, one) for n, one in enumerate(said)], Kind.BINARY)
    assert found.labels.k == found.labels.n
    assert found.kappa.value in (None, 1.0)
    assert (found.up, found.down, found.change_p) == (0, 0, 1.0)
    assert found.shift is not None
    assert found.shift.mean_abs in (None, 0.0)


@settings(max_examples=30)
@given(said=st.lists(st.tuples(ANSWERS, st.none() | ANSWERS), max_size=12))
def test_every_pair_is_counted_once(said: list[tuple[Said, Said | None]]) -> None:
    pairs = [pair(n, a, b) for n, (a, b) in enumerate(said)]
    found = compare(pairs, Kind.BINARY)
    assert sum(found.outcomes.values()) == found.pairs == len(pairs)
    assert sum(found.counts.values()) == found.labels.n == found.labels.k + len(flips(pairs))
    assert found.labels.n == found.outcomes.get("ok -> ok", 0)
