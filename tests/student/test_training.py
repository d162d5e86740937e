"""Heads, calibration, thresholds and splits, held against scikit-learn and against what must hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors

from vibekit.core.attribute import Kind
from vibekit.core.student import HeadKind
from vibekit.student.calibrate import calibrate
from vibekit.student.few import Layout, alone, fit_few
from vibekit.student.groups import joined, near_duplicates
from vibekit.student.knn import nearest_labels, unit
from vibekit.student.linear import PATH, Data, fit_linear
from vibekit.student.network import Layer, Place, network_of
from vibekit.student.settings import HeadChoice, Settings
from vibekit.student.split import folds, places_of, split
from vibekit.student.target import Target, log_loss, probabilities
from vibekit.student.threshold import abstain_zone, best_f1, levels_of
from vibekit.student.train import fit, head_of

RANDOM = np.random.default_rng(3)
X = RANDOM.standard_normal((400, 6)).astype(np.float32)
CHANCE = expit(2 * X[:, 0] - X[:, 1] - 0.5)


def binary(
    name: str = "a", chance: NDArray[np.floating] = CHANCE, weight: NDArray[np.floating] | None = None
) -> Target:
    weights = np.ones(len(chance)) if weight is None else weight
    return Target(
        name=name, kind=Kind.BINARY, labels=(True,), chance=chance[:, None].astype(np.float32),
        weight=weights.astype(np.float32),
    )  # fmt: skip


def three(name: str = "m") -> Target:
    logits = 2 * X[:, 2:5]
    chance = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Target(
        name=name, kind=Kind.CATEGORICAL, labels=("x", "y", "z"), chance=chance.astype(np.float32),
        weight=np.ones(len(X), np.float32),
    )  # fmt: skip


def test_the_linear_head_is_logistic_regression_on_soft_labels() -> None:
    weight = RANDOM.uniform(0.5, 2, len(X))
    target = binary(weight=weight)
    found = fit_linear(Data(x=X, targets=[target]), Data(x=X[:0], targets=[target.at(np.zeros(0, np.int64))]), l2=3.0)
    q, w = target.chance[:, 0].astype(float), weight / weight.mean()
    theirs = LogisticRegression(C=1 / 3.0, tol=1e-10, max_iter=5000).fit(
        np.tile(X, (2, 1)), np.repeat([1, 0], len(X)), sample_weight=np.concatenate([w * q, w * (1 - q)])
    )
    assert found["a"].weight[0] == pytest.approx(theirs.coef_[0], abs=2e-3)
    assert found["a"].bias[0] == pytest.approx(theirs.intercept_[0], abs=2e-3)


def test_attributes_do_not_disturb_each_other() -> None:
    targets = [binary(), three(), binary("b", 1 - CHANCE)]
    none = [t.at(np.zeros(0, np.int64)) for t in targets]
    together = fit_linear(Data(x=X, targets=targets), Data(x=X[:0], targets=none), l2=1.0)
    alone = fit_linear(Data(x=X, targets=targets[1:2]), Data(x=X[:0], targets=none[1:2]), l2=1.0)
    assert together["m"].weight == pytest.approx(alone["m"].weight, abs=5e-3)
    assert together["b"].weight == pytest.approx(-together["a"].weight, abs=5e-3)


def test_many_dimensions_get_a_strong_penalty_from_the_held_out_part() -> None:
    random = np.random.default_rng(5)
    x = random.standard_normal((200, 300)).astype(np.float32)
    target = binary(chance=expit(1.5 * x[:, 0]))
    train, aside, test = np.arange(80), np.arange(80, 140), np.arange(140, 200)
    chosen = fit_linear(Data(x=x[train], targets=[target.at(train)]), Data(x=x[aside], targets=[target.at(aside)]))
    weak = fit_linear(
        Data(x=x[train], targets=[target.at(train)]), Data(x=x[aside], targets=[target.at(aside)]), l2=0.01
    )
    losses = [log_loss(one["a"](x[test]), target.at(test)) for one in (chosen, weak)]
    assert losses[0] < losses[1]


def test_the_network_learns_what_a_line_cannot_and_repeats_bit_for_bit() -> None:
    random = np.random.default_rng(6)
    x = random.standard_normal((1200, 4)).astype(np.float32)
    curved = binary(chance=expit(4 * np.abs(x[:, 0]) - 3))
    train, aside, test = np.arange(800), np.arange(800, 1000), np.arange(1000, 1200)
    how = Settings(hidden=(32,), epochs=25, lr=0.01, threads=1)
    one = fit(x, [curved], train=train, held_out=aside, settings=how)
    two = fit(x, [curved], train=train, held_out=aside, settings=how)
    flat = fit(x, [curved], train=train, held_out=aside, settings=replace(how, head=HeadChoice.LINEAR))
    assert all(np.array_equal(one.tensors()[name], two.tensors()[name]) for name in one.tensors())
    other = fit(x, [curved], train=train, held_out=aside, settings=replace(how, seed=1))
    assert not np.array_equal(other.tensors()["mlp.0.weight"], one.tensors()["mlp.0.weight"])
    losses = [log_loss(n.logits(x, test)["a"], curved.at(test)) for n in (one, flat)]
    assert losses[0] < losses[1] - 0.05


def test_few_positives_get_the_linear_head_and_both_kinds_live_in_one_network() -> None:
    rare = binary("rare", np.where(np.arange(len(X)) % 50 == 0, 0.9, 0.05))
    everything = np.arange(len(X))
    assert head_of(rare, everything, Settings(head=HeadChoice.MLP)) is HeadKind.LINEAR
    targets = [binary(), rare, three()]
    network = fit(
        X, targets, train=everything[:300], held_out=everything[300:],
        settings=Settings(hidden=(8,), epochs=2, threads=1, balance=True),
    )  # fmt: skip
    assert [place.head for place in network.places] == [HeadKind.MLP, HeadKind.LINEAR, HeadKind.MLP]
    logits = network.logits(X)
    assert {name: values.shape for name, values in logits.items()} == {"a": (400, 1), "rare": (400, 1), "m": (400, 3)}
    assert logits["rare"] == pytest.approx(network.layer_of("rare")(network.standard(X)), abs=1e-5)
    assert logits["m"] == pytest.approx(network.layer_of("m")(network.features(X)), abs=1e-5)


def test_a_layer_can_be_put_in_and_leaves_the_others_alone() -> None:
    network = fit(
        X, [binary(), three()], train=np.arange(300), held_out=np.arange(300, 400),
        settings=Settings(hidden=(8,), epochs=1, threads=1),
    )  # fmt: skip
    layer = Layer(weight=np.ones((1, 8), np.float32), bias=np.zeros(1, np.float32))
    more = network.with_layer(Place(name="new", head=HeadKind.MLP, width=1), layer)
    before, after = network.logits(X), more.logits(X)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert after["new"][:, 0] == pytest.approx(network.features(X).sum(axis=1), rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.3, 3), st.floats(-2, 2))
def test_calibration_finds_slope_and_intercept(slope: float, intercept: float) -> None:
    z = np.random.default_rng(0).standard_normal((4000, 1)).astype(np.float32)
    target = binary(chance=expit(slope * z[:, 0] + intercept))
    found = calibrate(z, target)
    assert found.slope == pytest.approx(slope, abs=0.05)
    assert found.intercept == pytest.approx(intercept, abs=0.05)


def test_calibration_is_calm_with_few_videos_apart_and_with_none() -> None:
    z = np.array([[-3.0], [3.0]], np.float32)
    found = calibrate(z, binary(chance=np.array([0.001, 0.999])))
    assert 0.5 < found.slope < 2
    assert calibrate(z, binary(chance=np.array([0.5, 0.5]), weight=np.zeros(2))).slope == 1
    warm = calibrate(3 * np.log(three().chance), three())
    assert warm.slope == pytest.approx(1 / 3, abs=0.02)


def test_the_threshold_has_the_highest_expected_f1() -> None:
    score, chance = expit(RANDOM.standard_normal(300) * 2), RANDOM.random(300)
    found = best_f1(levels_of(score, chance, np.ones(300)))

    def expected(threshold: float) -> float:
        said = score >= threshold
        return float(2 * chance[said].sum() / (said.sum() + chance.sum()))

    assert expected(found) == pytest.approx(max(expected(t) for t in score))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=40), st.floats(0.5, 1))
def test_outside_of_the_zone_answers_are_as_right_as_asked_for(
    rows: list[tuple[float, float]], precision: float
) -> None:
    score, chance = np.array([a for a, _ in rows]), np.array([b for _, b in rows])
    levels = levels_of(score, chance, np.ones(len(rows)))
    threshold = best_f1(levels)
    zone = abstain_zone(levels, precision, threshold=threshold)
    low, high = zone or (threshold, threshold)
    assert 0 <= low <= threshold <= high <= 1
    assert (zone is None) == (low == high)
    for said, right in ((score >= high, chance), (score < low, 1 - chance)):
        # an end of 1 that a score of exactly 1 reaches says nothing about that score
        if said.any() and (high < 1 or zone is None):
            assert right[said].mean() >= precision - 1e-9


def test_no_answer_by_the_threshold_lies_on_the_other_side_of_the_zone() -> None:
    # rare positives: the threshold of the best F1 lies among videos that are surely not
    score = np.linspace(0.01, 0.6, 200)
    levels = levels_of(score, score**2, np.ones(200))
    threshold = best_f1(levels)
    low, high = abstain_zone(levels, 0.7, threshold=threshold) or (threshold, threshold)
    assert low <= threshold <= high
    assert threshold < 0.54


def test_neighbours_are_those_of_scikit_learn() -> None:
    found = nearest_labels(X[:300], [binary().at(np.arange(300))], X[300:], k=5)["a"][:, 0]
    near = NearestNeighbors(n_neighbors=5, metric="cosine").fit(X[:300]).kneighbors(X[300:], return_distance=False)
    assert found == pytest.approx(CHANCE[near].mean(axis=1), abs=1e-5)
    assert np.linalg.norm(unit(X), axis=1) == pytest.approx(1)


def test_near_duplicates_are_found_and_strangers_are_not() -> None:
    random = np.random.default_rng(8)
    x = random.standard_normal((500, 64)).astype(np.float32)
    x[100:200] = x[:100]
    x[200:300] = x[:100] + 0.05 * random.standard_normal((100, 64)).astype(np.float32)
    group = joined(np.arange(500), near_duplicates(x))
    assert (group[100:200] == group[:100]).all()
    assert (group[200:300] == group[:100]).mean() > 0.9
    assert len(np.unique(group)) <= 310
    assert len(np.unique(group[300:])) == 200


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 15), min_size=1, max_size=60), st.integers(0, 5), st.integers(2, 6))
def test_groups_are_never_torn(codes: list[int], seed: int, k: int) -> None:
    group = np.unique(codes, return_inverse=True)[1]
    ids = [f"v{i}" for i in range(len(group))]
    place = places_of(ids, group, seed=seed)
    tune = np.arange(len(group)) % 11 == 3
    parts = split(place, group, tune=tune, test=np.arange(len(group)) % 7 == 2)
    rows = [set(group[part].tolist()) for part in (parts.train, parts.held_out, parts.test)]
    assert not (rows[0] & rows[1] | rows[0] & rows[2] | rows[1] & rows[2])
    assert sum(map(len, (parts.train, parts.held_out, parts.test))) == len(group)
    assert np.isin(np.arange(2, len(group), 7), parts.test).all()
    fold = folds(place, group, k=k)
    assert all(len(np.unique(fold[group == code])) == 1 for code in np.unique(group))
    order = np.random.default_rng(seed).permutation(len(group))
    assert np.array_equal(places_of([ids[i] for i in order], group[order], seed=seed), place[order])


def test_probabilities_and_counts() -> None:
    assert probabilities(np.zeros((2, 3), np.float32), binary=False) == pytest.approx(1 / 3)
    assert binary(chance=np.array([0.9, 0.2, 0.6]), weight=np.array([1, 1, 0])).counts() == {"true": 1, "false": 1}
    assert three().rarest() == sorted(three().counts().values())[1]


def test_a_network_comes_back_from_its_tensors() -> None:
    from support.student import HEADS, space_of, student_of, tensors_of

    tensors = tensors_of(student_of(space_of()))
    network = network_of(HEADS, tensors)
    assert network.tensors().keys() == tensors.keys()
    assert all(np.array_equal(network.tensors()[name], value) for name, value in tensors.items())


def test_few_videos_choose_the_penalty_themselves_and_lose_nothing_in_the_space_of_their_rows() -> None:
    random = np.random.default_rng(4)
    x = random.standard_normal((60, 200)).astype(np.float32)
    target = binary(chance=(x[:, 0] + x[:, 1] > 0).astype(float))
    data, none = Data(x=x, targets=[target]), Data(x=x[:0], targets=[target.at(np.zeros(0, np.int64))])
    found = fit_few(data, alone(60))["a"]
    each = [fit_linear(data, none, l2=200 * factor)["a"].weight for factor in PATH]
    assert min(np.abs(found.weight - weight).max() for weight in each) < 2e-3 * np.abs(found.weight).max()


def test_a_group_is_not_torn_when_few_videos_choose() -> None:
    random = np.random.default_rng(9)
    base = random.standard_normal((12, 40)).astype(np.float32)
    x = np.repeat(base, 5, axis=0) + 0.01 * random.standard_normal((60, 40)).astype(np.float32)
    group = np.repeat(np.arange(12), 5)
    target = binary(chance=np.repeat(random.random(12) < 0.5, 5).astype(float))
    place = random.random(12)[group]
    kept = fit_few(Data(x=x, targets=[target]), Layout(group=group, place=place, blocks=()))["a"]
    torn = fit_few(Data(x=x, targets=[target]), alone(60))["a"]
    # labels of whole groups are by chance: only who tears groups believes to have learnt something
    assert np.linalg.norm(kept.weight) < np.linalg.norm(torn.weight) / 3


def test_dimensions_that_hardly_vary_do_not_drown_the_others() -> None:
    random = np.random.default_rng(12)
    scale = np.where(np.arange(600) < 30, 1.0, 0.05).astype(np.float32)
    x = (random.standard_normal((460, 600)) * scale).astype(np.float32)
    target = binary(chance=(x[:, :10].sum(axis=1) > 0).astype(float))
    train, test = np.arange(60), np.arange(60, 460)
    z = x / scale
    data = Data(x=z[train], targets=[target.at(train)])
    plain = fit_few(data, alone(60))["a"]
    own = fit_few(data, alone(60), scale=scale)["a"]
    assert log_loss(own(z[test]), target.at(test)) < log_loss(plain(z[test]), target.at(test)) - 0.1
