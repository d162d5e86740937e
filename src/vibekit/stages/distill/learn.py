"""Train the student and the baselines: once, or fold by fold with a last fit on everything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.student import HeadKind
from vibekit.stages.distill.heads import (
    KNN,
    LINEAR,
    MAJORITY,
    MLP,
    STUDENT,
    Decision,
    Output,
    apply_network,
    baselines,
    from_votes,
)
from vibekit.stages.distill.heads import decide as decide_silver
from vibekit.stages.distill.teacher import enough, expected_levels, tune_rows
from vibekit.student.calibrate import Calibration, calibrate
from vibekit.student.few import MOST
from vibekit.student.network import Place
from vibekit.student.settings import HeadChoice
from vibekit.student.split import Parts, folds
from vibekit.student.target import log_loss, probabilities
from vibekit.student.threshold import abstain_zone, best_f1
from vibekit.student.train import fit, head_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.stages.distill.data import Data
    from vibekit.stages.progress import Progress
    from vibekit.student.network import Network
    from vibekit.student.settings import Settings
    from vibekit.student.target import Target

if TYPE_CHECKING:
    Decide = Callable[[Target, NDArray[np.int64], NDArray[np.float32]], Decision]

OUT_OF_FOLD = "out of fold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A student and what it and the baselines say of videos that they were not fitted on.

    Attributes:
        network: The student's weights.
        decision: Attribute -> calibration and threshold that the student is written with.
        outputs: Head -> what it says.
        rows: Shape (n,): rows that are measured on.
        evaluation: How, in words.
        parts: What the network was fitted on, what it stopped by, and what is measured: by others, in folds.
    """

    network: Network
    decision: Mapping[str, Decision]
    outputs: Mapping[str, Output]
    rows: NDArray[np.bool_]
    evaluation: str
    parts: Parts


def learn(data: Data, *, settings: Settings, cv: int, precision: float, progress: Progress) -> Learnt:
    """Train on the training part, or cross-validate by groups and train on everything.

    Args:
        data: Rows and soft labels.
        settings: Of training.
        cv: Folds; 0 for the three parts.
        precision: Wanted outside of the abstain zone; 0 for none.
        progress: Is told every pass.
    """
    if cv:
        return _cross_validated(data, settings=settings, cv=cv, precision=precision, progress=progress)
    parts, outputs = data.parts, _outputs()
    decision_of = decider(data, precision)
    progress.begin("training", settings.epochs)
    network = fit(
        data.x, data.targets, train=parts.train, held_out=parts.held_out, settings=settings, layout=data.layout,
        advance=progress.advance,
    )  # fmt: skip
    apply_network(
        network, data.x, data.targets, held_out=parts.held_out, test=parts.test, into=outputs[STUDENT],
        decision_of=decision_of,
    )  # fmt: skip
    linear = baselines(
        data.x, data.targets, train=parts.train, held_out=parts.held_out, test=parts.test, network=network,
        settings=settings, layout=data.layout, into=outputs,
    )  # fmt: skip
    if linear is not None and settings.head is HeadChoice.AUTO:
        network = _better_heads(data, network, linear, outputs, decision_of)
    progress.end()
    rows = np.zeros(len(data.ids), bool)
    rows[parts.test] = True
    decision = dict(outputs[STUDENT].decision)
    return Learnt(network=network, decision=decision, outputs=outputs, rows=rows, evaluation="test part", parts=parts)


def _better_heads(
    data: Data, network: Network, linear: Network, outputs: Mapping[str, Output], decision_of: Decide
) -> Network:
    """Give an attribute the linear head where that has the lower loss on the held-out part."""
    parts, switched = data.parts, []
    deep, flat = network.logits(data.x, parts.held_out), linear.logits(data.x, parts.held_out)
    for target in data.targets:
        if target.name not in flat:
            continue
        aside = target.at(parts.held_out)
        if log_loss(flat[target.name], aside) < log_loss(deep[target.name], aside):
            switched.append(target)
            place = Place(name=target.name, head=HeadKind.LINEAR, width=target.width)
            network = network.with_layer(place, linear.layer_of(target.name))
            outputs[STUDENT].move(target.name, outputs[MLP])
            outputs[LINEAR].move(target.name, Output())
    apply_network(
        network, data.x, switched, held_out=parts.held_out, test=parts.test, into=outputs[STUDENT],
        decision_of=decision_of,
    )  # fmt: skip
    return network


def _cross_validated(data: Data, *, settings: Settings, cv: int, precision: float, progress: Progress) -> Learnt:
    """Measure out of fold; a fold's thresholds come from the other folds, never from itself.

    The student that is written is fitted on all folds but one, by which it stops (linear heads of few videos: on all),
    and calibrated on the logits that every video got out of fold.
    """
    fold = folds(data.place, data.group, k=cv)
    outputs, everything = _outputs(), np.arange(len(data.ids))
    # one choice of heads for all folds: that of the whole
    heads = [head_of(target, everything, settings) for target in data.targets]
    progress.begin("folds", cv + 1)
    for train, aside, test in fold_parts(fold, cv):
        network = fit(
            data.x, data.targets, train=train, held_out=aside, settings=settings, layout=data.layout, reuse=True,
            heads=heads,
        )  # fmt: skip
        apply_network(
            network, data.x, data.targets, held_out=aside, test=test, into=outputs[STUDENT],
            decision_of=lambda *_: Decision(),
        )  # fmt: skip
        baselines(
            data.x, data.targets, train=train, held_out=aside, test=test, network=network, settings=settings,
            layout=data.layout, into=outputs, reuse=True,
        )  # fmt: skip
        progress.advance()
    _decide_across(data.targets, outputs, fold, precision=precision)
    # linear heads of few videos stop by nothing
    aside = np.flatnonzero(fold == 0) if HeadKind.MLP in heads or len(everything) > MOST else everything[:0]
    parts = Parts(train=np.setdiff1d(everything, aside), held_out=aside, test=everything)
    network = fit(
        data.x, data.targets, train=parts.train, held_out=aside, settings=settings, layout=data.layout, reuse=True,
        heads=heads,
    )  # fmt: skip
    progress.advance()
    progress.end()
    decision = {}
    for target in data.targets:
        logits = outputs[STUDENT].logits[target.name]
        rows = np.flatnonzero(np.isfinite(logits).all(axis=1))
        found = decide_silver(target, rows, logits[rows], precision=precision)
        decision[target.name] = Decision(
            calibration=found.calibration, threshold=found.threshold, zone=found.zone, source=OUT_OF_FOLD
        )
    return Learnt(
        network=network, decision=decision, outputs=outputs, rows=np.ones(len(data.ids), bool),
        evaluation=f"{cv}-fold, {OUT_OF_FOLD}", parts=parts,
    )  # fmt: skip


def _decide_across(
    targets: Sequence[Target], outputs: Mapping[str, Output], fold: NDArray[np.int64], *, precision: float
) -> None:
    """Turn what was said out of fold into answers: a fold's thresholds come from all other folds.

    The fold that an mlp stops by alone would be two or three videos of a small set, and a threshold of two or three
    videos is chance.
    """
    for target in targets:
        for head in (STUDENT, MLP, LINEAR, KNN):
            output = outputs[head]
            if target.name not in output.probability:
                continue
            said = output.logits.get(target.name, output.probability[target.name])
            asked = np.isfinite(said).all(axis=1)
            for number in np.unique(fold[asked]).tolist():
                own, rest = np.flatnonzero(asked & (fold == number)), np.flatnonzero(asked & (fold != number))
                if head == KNN:
                    votes = output.probability[target.name]
                    output.put(target, own, votes[own], from_votes(target, rest, votes[rest]))
                    continue
                logits = output.logits[target.name]
                found = decide_silver(target, rest, logits[rest], precision=precision)
                chance = probabilities(found.calibration.apply(logits[own]), binary=target.is_binary)
                output.put(target, own, chance, found)


def fold_parts(
    fold: NDArray[np.int64], cv: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Yield (train, held-out, test) of every fold: the fold after the tested one is held out."""
    for number in range(cv):
        test, aside = np.flatnonzero(fold == number), np.flatnonzero(fold == (number + 1) % cv)
        rest = np.flatnonzero((fold != number) & (fold != (number + 1) % cv))
        if len(test):
            # with two folds there is no third to hold out
            yield (rest if len(rest) else aside), aside, test


def _outputs() -> dict[str, Output]:
    return {STUDENT: Output(), MLP: Output(), LINEAR: Output(), KNN: Output(), MAJORITY: Output()}


def decider(data: Data, precision: float) -> Callable[[Target, NDArray[np.int64], NDArray[np.float32]], Decision]:
    """Return how a student's logits become answers: by golden tune labels where there are enough, else by silver.

    The soft labels of a calibrated teacher do not make a calibrated student: the mean of P(true | what the teacher saw)
    over videos that look alike is drawn towards the middle, as the embedding knows what the teacher missed. Only labels
    of people show by how much.
    """

    def decision_of(target: Target, rows: NDArray[np.int64], logits: NDArray[np.float32]) -> Decision:
        found = decide_silver(target, rows, logits, precision=precision)
        # a group that also holds golden test videos went to the test part
        golden = np.isin(rows, tune_rows(data, target.name))
        if data.golden is None or not target.is_binary or not golden.any():
            return found
        truth = data.golden.label[target.name][rows[golden]] == 0
        if not enough(truth):
            return found
        weight = data.golden.weight[rows]
        people = replace(
            target.at(rows[golden]),
            chance=truth.astype(np.float32)[:, None],
            weight=weight[golden].astype(np.float32),
        )
        more = calibrate(found.calibration.apply(logits[golden]), people)
        both = Calibration(
            slope=more.slope * found.calibration.slope,
            intercept=more.slope * found.calibration.intercept + more.intercept,
        )
        score = probabilities(both.apply(logits), binary=True)[:, 0]
        levels = expected_levels(score, golden, weight)
        threshold = best_f1(levels)
        zone = abstain_zone(levels, precision, threshold=threshold) if precision > 0 else None
        return Decision(calibration=both, threshold=threshold, zone=zone, source="golden tune")

    return decision_of
