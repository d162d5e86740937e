"""Student, baselines, teacher and people on the rows that nothing was fitted on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.distill import AgainstGolden, Agreement, HeadScore
from vibekit.core.estimate import Estimate
from vibekit.metrics.binary import metric
from vibekit.metrics.calibration import reliability
from vibekit.metrics.confusion import RATIOS, cells_by_unit
from vibekit.metrics.paired import paired
from vibekit.metrics.ranking import ranking
from vibekit.metrics.relative_loss import relative_loss
from vibekit.metrics.sample import Sample
from vibekit.metrics.units import units_of
from vibekit.stages.distill.heads import KNN, LINEAR, MAJORITY, MLP, STUDENT
from vibekit.stages.distill.teacher import golden_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.heads import Output
    from vibekit.stages.distill.learn import Learnt
    from vibekit.stages.distill.teacher import Teacher
    from vibekit.student.target import Target

BINS = 10
CERTAIN = 1e-7


def measured_rows(learnt: Learnt, target: Target, output: Output) -> NDArray[np.int64]:
    """Return rows that are measured on, have a silver label and an answer."""
    asked = np.isfinite(output.probability[target.name]).all(axis=1)
    return np.flatnonzero(learnt.rows & target.known & asked)


def silver_sample(data: Data, teacher: Teacher, output: Output, rows: NDArray[np.int64]) -> Sample:
    """Return the binary sample in which the teacher's labels are the truth."""
    name = teacher.target.name
    return Sample(
        truth=teacher.codes()[rows] == 1,
        predicted=output.predicted[name][rows] == 1,
        weight=np.ones(len(rows)),
        group=data.group[rows],
        probability=output.probability[name][rows, 0],
    )


def agreement(data: Data, teacher: Teacher, learnt: Learnt, *, draws: int, seed: int) -> Agreement:
    """Hold the student against the teacher's labels."""
    target, output = teacher.target, learnt.outputs[STUDENT]
    rows = measured_rows(learnt, target, output)
    if len(rows) == 0:
        return Agreement(n=0)
    if not target.is_binary:
        return Agreement(n=len(rows), accuracy=_accuracy(data, teacher, output, rows))
    sample = silver_sample(data, teacher, output, rows)
    units = units_of(sample.group)
    return Agreement(
        n=len(rows),
        positives=int(sample.truth.sum()),
        accuracy=metric("accuracy", sample, units),
        f1=metric("f1", sample, units),
        average_precision=ranking(sample, draws=draws, seed=seed).average_precision,
        ece=soft_ece(output.probability[target.name][rows, 0], target.chance[rows, 0]),
    )


def _accuracy(data: Data, teacher: Teacher, output: Output, rows: NDArray[np.int64]) -> Estimate:
    right = output.predicted[teacher.target.name][rows] == teacher.codes()[rows]
    sample = Sample.of_right(right, weight=np.ones(len(rows)), group=data.group[rows])
    return metric("accuracy", sample, units_of(sample.group))


def soft_ece(score: NDArray[np.float64], chance: NDArray[np.float32], *, bins: int = BINS) -> float:
    """Return the expected calibration error against probabilities: mean distance of the means in bins of equal width.

    Args:
        score: Shape (n,): the student's.
        chance: Shape (n,): what holds, as labels or as the teacher's probabilities.
        bins: How many.
    """
    place = np.minimum((score * bins).astype(np.int64), bins - 1)
    off = np.bincount(place, weights=score - chance, minlength=bins)
    return float(np.abs(off).sum() / max(1, len(score)))


def head_scores(data: Data, teacher: Teacher, learnt: Learnt, *, head: str, draws: int, seed: int) -> list[HeadScore]:
    """Return one row a head: the student's own first, then the baselines.

    Args:
        data: Rows.
        teacher: The attribute as the teacher labels it.
        learnt: What every head says.
        head: Kind of the student's head.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    names = {STUDENT: head, MLP: "mlp", LINEAR: "linear", KNN: "knn", MAJORITY: "majority"}
    found = []
    for key, shown in names.items():
        output = learnt.outputs[key]
        if teacher.target.name not in output.probability:
            continue
        found.append(_head_score(data, teacher, learnt, output, shown, draws, seed))
    return found


def _head_score(
    data: Data, teacher: Teacher, learnt: Learnt, output: Output, shown: str, draws: int, seed: int
) -> HeadScore:
    target = teacher.target
    rows = measured_rows(learnt, target, output)
    if len(rows) == 0:
        return HeadScore(head=shown)
    chance = np.clip(output.probability[target.name][rows], CERTAIN, 1 - CERTAIN)
    loss = cross_entropy(chance, target.chance[rows].astype(np.float64), binary=target.is_binary)
    golden = _golden_ranking(data, learnt, output, target, draws, seed)
    if target.is_binary:
        sample = silver_sample(data, teacher, output, rows)
        if output is learnt.outputs[MAJORITY]:
            # a fold with many positives leaves a lower mean to learn: its folds would rank one another the wrong way
            sample = replace(sample, probability=np.full(len(rows), 0.5))
        units = units_of(sample.group)
        return HeadScore(
            head=shown,
            average_precision=ranking(sample, draws=draws, seed=seed).average_precision,
            f1=metric("f1", sample, units).value,
            accuracy=metric("accuracy", sample, units).value,
            log_loss=loss,
            golden_average_precision=golden,
        )
    truth, said = teacher.codes()[rows], output.predicted[target.name][rows]
    return HeadScore(
        head=shown,
        average_precision=Estimate(value=_mean_precision(truth, chance), note="mean over the labels"),
        f1=_macro_f1(truth, said, target.width),
        accuracy=float((truth == said).mean()),
        log_loss=loss,
    )


def cross_entropy(chance: NDArray[np.float64], q: NDArray[np.float64], *, binary: bool) -> float:
    """Return the mean cross-entropy of soft labels in nats."""
    each = -(q * np.log(chance)).sum(axis=1)
    if binary:
        each = each - ((1 - q) * np.log(1 - chance)).sum(axis=1)
    return float(each.mean())


def _mean_precision(truth: NDArray[np.int64], chance: NDArray[np.float64]) -> float | None:
    found = [average_precision(truth == code, chance[:, code]) for code in range(chance.shape[1])]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if known else None


def average_precision(truth: NDArray[np.bool_], score: NDArray[np.float64]) -> float | None:
    """Return the area under the precision-recall curve as a step function; None without both truths."""
    if not truth.any() or truth.all():
        return None
    order = np.argsort(-score, kind="stable")
    ordered, right = score[order], truth[order]
    last = np.flatnonzero(np.append(np.diff(ordered) != 0, True))
    tp = np.cumsum(right)[last]
    precision = tp / (last + 1)
    return float((precision * np.diff(tp, prepend=0)).sum() / right.sum())


def _macro_f1(truth: NDArray[np.int64], said: NDArray[np.int64], width: int) -> float | None:
    found = []
    for code in range(width):
        hit = int(((truth == code) & (said == code)).sum())
        whole = int((truth == code).sum()) + int((said == code).sum())
        if whole:
            found.append(2 * hit / whole)
    return float(np.mean(found)) if found else None


def golden_rows(data: Data, learnt: Learnt, name: str, output: Output) -> NDArray[np.int64]:
    """Return golden test rows with a label that the head was asked about."""
    golden = data.golden
    if golden is None or name not in golden.label:
        return np.zeros(0, np.int64)
    asked = np.isfinite(output.probability[name]).all(axis=1)
    return np.flatnonzero(golden.test & (golden.label[name] >= 0) & learnt.rows & asked)


def _golden_ranking(data: Data, learnt: Learnt, output: Output, target: Target, draws: int, seed: int) -> Estimate:
    rows = golden_rows(data, learnt, target.name, output)
    if data.golden is None or len(rows) == 0 or not target.is_binary:
        return Estimate()
    sample = golden_sample(data.golden, target.name, rows, data.group, output.probability[target.name][rows, 0])
    return ranking(sample, draws=draws, seed=seed).average_precision


def golden_pair(data: Data, teacher: Teacher, learnt: Learnt) -> tuple[Sample, Sample] | None:
    """Return (student, teacher) against golden labels on the same videos; None without any.

    Of other kinds than binary the samples hold right and wrong only.
    """
    target, golden, output = teacher.target, data.golden, learnt.outputs[STUDENT]
    rows = golden_rows(data, learnt, target.name, output)
    rows = rows[target.known[rows]]
    if golden is None or len(rows) == 0:
        return None
    said, taught = output.predicted[target.name][rows], teacher.codes()[rows]
    if target.is_binary:
        chance = output.probability[target.name][rows, 0]
        return (
            golden_sample(golden, target.name, rows, data.group, chance, said == 1),
            golden_sample(golden, target.name, rows, data.group, target.chance[rows, 0], taught == 1),
        )
    truth, weight, group = golden.label[target.name][rows], golden.weight[rows], data.group[rows]
    stratum = None if golden.stratum is None else golden.stratum[rows]
    return (
        Sample.of_right(said == truth, weight=weight, group=group, stratum=stratum),
        Sample.of_right(taught == truth, weight=weight, group=group, stratum=stratum),
    )


def against_golden(data: Data, teacher: Teacher, learnt: Learnt, *, draws: int, seed: int) -> AgainstGolden | None:
    """Hold student and teacher against people; None when the golden set does not have the attribute."""
    target, golden = teacher.target, data.golden
    if golden is None or target.name not in golden.label:
        return None
    rows = golden_rows(data, learnt, target.name, learnt.outputs[STUDENT])
    lost, pair = golden.lost[target.name], golden_pair(data, teacher, learnt)
    if pair is None:
        return AgainstGolden(
            n=0, verdict="not shown: no golden test video has both an embedding and a label of the teacher",
            without_teacher=len(rows), without_embedding=lost,
        )  # fmt: skip
    student, taught = pair
    name = "f1" if target.is_binary else "accuracy"
    units = units_of(student.group, student.stratum)
    between = paired(student, taught, draws=draws, seed=seed)[name]
    # of right and wrong alone: F1 would not be the share of right answers
    loss = relative_loss([pair], draws=draws, seed=seed, ratio=RATIOS[name])
    base = AgainstGolden(
        n=len(student.truth),
        metric=name,
        student=metric(name, student, units),
        teacher=metric(name, taught, units),
        difference=between.difference,
        p=between.p,
        loss=loss.loss,
        verdict=loss.verdict,
        without_teacher=len(rows) - len(student.truth),
        without_embedding=lost,
    )
    if not target.is_binary:
        return base
    return replace(
        base,
        positives=int(student.truth.sum()),
        student_average_precision=ranking(student, draws=draws, seed=seed).average_precision,
        teacher_average_precision=ranking(taught, draws=draws, seed=seed).average_precision,
        student_ece=reliability(student, draws=draws, seed=seed).ece,
    )


def f1_of(sample: Sample) -> float | None:
    """Return F1 without an interval; None where it is not defined."""
    unit = np.zeros(len(sample.truth), np.int64)
    value = float(RATIOS["f1"].of(cells_by_unit(sample, unit, 1).sum(axis=0)))
    return None if np.isnan(value) else value
