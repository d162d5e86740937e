"""The student's head and the baselines, each fitted on the training rows and applied to rows it has not seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.student import HeadKind
from vibekit.student.calibrate import Calibration, calibrate
from vibekit.student.knn import ASKED, MOST, nearest_labels
from vibekit.student.target import probabilities
from vibekit.student.threshold import HALF, abstain_zone, best_f1, levels_of
from vibekit.student.train import drawn, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.student.few import Layout
    from vibekit.student.network import Network
    from vibekit.student.settings import Settings
    from vibekit.student.target import Target

STUDENT, MLP, LINEAR, KNN, MAJORITY = "student", "mlp", "linear", "knn", "majority"
DEFAULT = "default"
FEW = 30
"""With fewer held-out videos logits are left as they are: a slope from ten videos would follow chance, and folds with
slopes of their own could not be ranked together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a head's logits become answers.

    Attributes:
        calibration: Of the logits.
        threshold: From which a video counts as positive (binary).
        zone: Where it does not know; None without.
        source: Where the threshold comes from.
    """

    calibration: Calibration = field(default_factory=Calibration)
    threshold: float = HALF
    zone: tuple[float, float] | None = None
    source: str = DEFAULT


@dataclass(slots=True)
class Output:
    """What one head says; arrays have one row a video, NaN and -1 where it was not asked.

    Attributes:
        probability: Attribute -> shape (n, k).
        predicted: Attribute -> shape (n,): 1 or 0 for binary, else the place of the label.
        logits: Attribute -> shape (n, k): before calibration; the student's only.
        decision: Attribute -> how answers were made, in the last fit.
    """

    probability: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    predicted: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    logits: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    decision: dict[str, Decision] = field(default_factory=dict)

    def put(self, target: Target, rows: NDArray[np.int64], chance: NDArray[np.float64], decision: Decision) -> None:
        """Keep what was said of some rows."""
        n, width = len(target.weight), target.width
        if target.name not in self.probability:
            self.probability[target.name] = np.full((n, width), np.nan)
            self.predicted[target.name] = np.full(n, -1, np.int64)
        self.probability[target.name][rows] = chance
        self.predicted[target.name][rows] = answers(chance, target, decision.threshold)
        self.decision[target.name] = decision

    def move(self, name: str, to: Output) -> None:
        """Hand over what was said of an attribute."""
        to.probability[name], to.predicted[name] = self.probability.pop(name), self.predicted.pop(name)
        to.logits[name], to.decision[name] = self.logits.pop(name), self.decision.pop(name)

    def keep_logits(self, target: Target, rows: NDArray[np.int64], logits: NDArray[np.float32]) -> None:
        """Keep logits of some rows."""
        if target.name not in self.logits:
            self.logits[target.name] = np.full((len(target.weight), target.width), np.nan, np.float32)
        self.logits[target.name][rows] = logits


def answers(chance: NDArray[np.float64], target: Target, threshold: float) -> NDArray[np.int64]:
    """Return 1 or 0 for binary, else the place of the likeliest label."""
    if target.is_binary:
        return np.asarray(chance[:, 0] >= threshold, np.int64)
    return np.asarray(chance.argmax(axis=1), np.int64)


def decide(target: Target, rows: NDArray[np.int64], logits: NDArray[np.float32], *, precision: float = 0.0) -> Decision:
    """Calibrate, where there are enough videos, and choose threshold and abstain zone on held-out soft labels.

    Args:
        target: Of all rows.
        rows: The held-out ones.
        logits: Of these rows.
        precision: Share of right answers wanted outside of the zone; 0 for no zone.
    """
    known = target.known[rows]
    if not known.any():
        return Decision()
    aside = target.at(rows)
    calibration = calibrate(logits, aside) if known.sum() >= FEW else Calibration()
    if not target.is_binary:
        return Decision(calibration=calibration, source="held-out silver")
    score = probabilities(calibration.apply(logits), binary=True)[:, 0]
    levels = levels_of(score, aside.chance[:, 0].astype(np.float64), aside.weight.astype(np.float64))
    threshold = best_f1(levels)
    return Decision(
        calibration=calibration,
        threshold=threshold,
        zone=abstain_zone(levels, precision, threshold=threshold) if precision > 0 else None,
        source="held-out silver",
    )


def apply_network(
    network: Network,
    x: NDArray[np.float32],
    targets: Sequence[Target],
    *,
    held_out: NDArray[np.int64],
    test: NDArray[np.int64],
    into: Output,
    decision_of: Callable[[Target, NDArray[np.int64], NDArray[np.float32]], Decision],
) -> None:
    """Calibrate a network on the held-out rows and keep what it says of the test rows."""
    aside, asked = network.logits(x, held_out), network.logits(x, test)
    for target in targets:
        decision = decision_of(target, held_out, aside[target.name])
        logits = asked[target.name]
        chance = probabilities(decision.calibration.apply(logits), binary=target.is_binary)
        into.put(target, test, chance, decision)
        into.keep_logits(target, test, logits)


def baselines(
    x: NDArray[np.float32],
    targets: Sequence[Target],
    *,
    train: NDArray[np.int64],
    held_out: NDArray[np.int64],
    test: NDArray[np.int64],
    network: Network,
    settings: Settings,
    layout: Layout,
    into: Mapping[str, Output],
    reuse: bool = False,
) -> Network | None:
    """Fit the heads that the student is held against; the linear one only where the student has another.

    Args:
        x: Shape (n, d).
        targets: Over these rows.
        train: Rows to fit on.
        held_out: Rows for thresholds.
        test: Rows to apply them to.
        network: The student, for its scaling and its heads.
        settings: Of training.
        layout: Of these rows.
        into: Head -> what it says.
        reuse: Fit on the held-out rows as well, and leave thresholds for later.

    Returns:
        The linear network for the attributes of which the student has another head; None without any.
    """
    linear, decides = None, held_out[:0] if reuse else held_out
    deep = [t for t in targets if _head(network, t.name) is HeadKind.MLP]
    if deep:
        linear = fit(
            x, deep, train=train, held_out=held_out, settings=settings, layout=layout, reuse=reuse,
            heads=[HeadKind.LINEAR] * len(deep),
        )  # fmt: skip
        apply_network(linear, x, deep, held_out=decides, test=test, into=into[LINEAR], decision_of=decide)
    train = np.union1d(train, held_out) if reuse else train
    base = drawn(train[np.any([t.known[train] for t in targets], axis=0)], MOST, seed=settings.seed)
    asked, aside = drawn(test, ASKED, seed=settings.seed), drawn(decides, ASKED, seed=settings.seed)
    both = np.concatenate([aside, asked])
    near = nearest_labels(network.standard(x[base]), [t.at(base) for t in targets], network.standard(x[both]))
    for target in targets:
        votes = near[target.name]
        into[KNN].put(target, asked, votes[len(aside) :], from_votes(target, aside, votes[: len(aside)]))
        mean = _mean(target, train)
        into[MAJORITY].put(target, test, np.tile(mean, (len(test), 1)), _of_majority(target, mean))
    return linear


def _head(network: Network, name: str) -> HeadKind:
    return next(place.head for place in network.places if place.name == name)


def from_votes(target: Target, rows: NDArray[np.int64], votes: NDArray[np.float64]) -> Decision:
    """Choose the threshold of the nearest neighbours: their votes are probabilities as they are."""
    if not target.is_binary or not target.known[rows].any():
        return Decision()
    aside = target.at(rows)
    levels = levels_of(votes[:, 0], aside.chance[:, 0].astype(np.float64), aside.weight.astype(np.float64))
    return Decision(threshold=best_f1(levels), source="held-out silver")


def _mean(target: Target, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    weight = target.weight[rows].astype(np.float64)
    if not weight.any():
        return np.full(target.width, 0.5 if target.is_binary else 1 / target.width)
    return np.asarray(weight @ target.chance[rows].astype(np.float64) / weight.sum(), np.float64)


def _of_majority(target: Target, mean: NDArray[np.float64]) -> Decision:
    """Call every video true, which gives a higher F1 than calling none true: the baseline that F1 has."""
    return Decision(threshold=0.0 if target.is_binary else HALF, source=f"mean {mean.max():.3f}")
