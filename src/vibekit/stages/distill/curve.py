"""The learning curve over the number of silver labels, and what each block of the embedding gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.distill_parts import BlockScore, CurvePoint
from vibekit.core.student import HeadKind
from vibekit.stages.distill.heads import STUDENT, Decision, Output, apply_network
from vibekit.stages.distill.learn import fold_parts
from vibekit.stages.distill.measure import (
    average_precision,
    f1_of,
    golden_pair,
    measured_rows,
)
from vibekit.student.split import folds
from vibekit.student.train import drawn, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.core.embedding import Block
    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.learn import Learnt
    from vibekit.stages.distill.teacher import Teacher
    from vibekit.stages.progress import Progress
    from vibekit.student.network import Network
    from vibekit.student.settings import Settings
    from vibekit.student.target import Target

SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2)
FEWEST = 30
"""Training videos below which a point says nothing."""
ABLATION_ROWS = 50_000
"""Most training videos of an ablation: it asks which block matters, not how well the last per mille is learnt."""

if TYPE_CHECKING:
    Decide = Callable[[Target, NDArray[np.int64], NDArray[np.float32]], Decision]


def learning_curve(
    data: Data,
    teachers: Mapping[str, Teacher],
    learnt: Learnt,
    *,
    settings: Settings,
    decision_of: Decide,
    progress: Progress,
) -> tuple[CurvePoint, ...]:
    """Train on growing parts of the training part, whole groups at a time; the last point is the student itself.

    Args:
        data: Rows.
        teachers: Attribute -> the teacher.
        learnt: The student, for the last point.
        settings: Of training; the same for every point.
        decision_of: Calibration and threshold.
        progress: Is told every point.
    """
    parts, points = data.parts, []
    # a group is kept or left out by its place, which does not depend on what is measured
    order = data.place[parts.train]
    progress.begin("learning curve", len(SHARES))
    for share in SHARES:
        edge = np.sort(order)[max(0, round(share * len(order)) - 1)] if len(order) else 0.0
        rows = parts.train[order <= edge]
        progress.advance()
        if len(rows) < FEWEST or len(rows) == len(parts.train):
            continue
        # the held-out part shrinks with it: a small set of labels has a small one too
        aside = parts.held_out[: max(FEWEST, round(share * len(parts.held_out)))]
        heads = [place.head for place in learnt.network.places]
        network = fit(
            data.x, data.targets, train=rows, held_out=aside, settings=settings, layout=data.layout, heads=heads
        )
        points.append(_point(data, teachers, learnt, network, len(rows), aside, decision_of))
    progress.end()
    points.append(_scored(data, teachers, learnt, len(parts.train)))
    return tuple(points)


def _point(
    data: Data,
    teachers: Mapping[str, Teacher],
    learnt: Learnt,
    network: Network,
    n: int,
    aside: NDArray[np.int64],
    decision_of: Decide,
) -> CurvePoint:
    output = Output()
    apply_network(
        network, data.x, data.targets, held_out=aside, test=np.flatnonzero(learnt.rows), into=output,
        decision_of=decision_of,
    )  # fmt: skip
    return _scored(data, teachers, replace(learnt, outputs={STUDENT: output}), n)


def _scored(data: Data, teachers: Mapping[str, Teacher], learnt: Learnt, n: int) -> CurvePoint:
    golden = []
    for teacher in teachers.values():
        pair = golden_pair(data, teacher, learnt) if teacher.target.is_binary else None
        if pair is not None:
            golden.append(f1_of(pair[0]))
    known = [value for value in golden if value is not None]
    return CurvePoint(
        n=n,
        average_precision=mean_precision(teachers, learnt, learnt.outputs[STUDENT]),
        golden_f1=float(np.mean(known)) if known else None,
    )


def mean_precision(teachers: Mapping[str, Teacher], learnt: Learnt, output: Output) -> float | None:
    """Return the mean over attributes (and over labels of one) of the average precision against the teacher."""
    found = []
    for name, teacher in teachers.items():
        rows = measured_rows(learnt, teacher.target, output)
        codes, chance = teacher.codes()[rows], output.probability[name][rows]
        sides = [(codes == 1, chance[:, 0])] if teacher.target.is_binary else [
            (codes == code, chance[:, code]) for code in range(chance.shape[1])
        ]  # fmt: skip
        values = [average_precision(truth, score) for truth, score in sides]
        known = [value for value in values if value is not None]
        if known:
            found.append(float(np.mean(known)))
    return float(np.mean(found)) if found else None


def ablation(
    data: Data,
    teachers: Mapping[str, Teacher],
    learnt: Learnt,
    *,
    blocks: Sequence[Block],
    settings: Settings,
    cv: int,
    progress: Progress,
) -> tuple[BlockScore, ...]:
    """Fit linear heads without each block and with it alone; one block has no other to be held against.

    Args:
        data: Rows.
        teachers: Attribute -> the teacher.
        learnt: For the rows that are measured on.
        blocks: Of the embedding.
        settings: Of training.
        cv: Folds; 0 for the three parts.
        progress: Is told every block.
    """
    if len(blocks) < 2:
        return ()
    rounds = _rounds(data, cv, settings)
    linear = [HeadKind.LINEAR] * len(data.targets)

    def score(kept: Sequence[Block]) -> float | None:
        columns = np.concatenate([np.arange(block.start, block.start + block.dim) for block in kept])
        layout = replace(data.layout, blocks=tuple(block.dim for block in kept))
        x, output = np.ascontiguousarray(data.x[:, columns]), Output()
        for train, aside, test in rounds:
            network = fit(
                x, data.targets, train=train, held_out=aside, settings=settings, layout=layout, reuse=cv > 0,
                heads=linear,
            )  # fmt: skip
            # ranked as they are: nothing is decided
            apply_network(
                network, x, data.targets, held_out=aside, test=test, into=output,
                decision_of=lambda *_: Decision(),
            )  # fmt: skip
        progress.advance()
        return mean_precision(teachers, learnt, output)

    progress.begin("blocks", 2 * len(blocks) + 1)
    whole = score(blocks)
    found = []
    for block in blocks:
        rest = [other for other in blocks if other is not block]
        found.append(
            BlockScore(block=block.embedder, dim=block.dim, alone=score([block]), without=score(rest), all=whole)
        )
    progress.end()
    return tuple(found)


def _rounds(
    data: Data, cv: int, settings: Settings
) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Return (train, held-out, test) of every round: one of the three parts, or one a fold."""
    if not cv:
        parts = data.parts
        return [(drawn(parts.train, ABLATION_ROWS, seed=settings.seed), parts.held_out, parts.test)]
    return list(fold_parts(folds(data.place, data.group, k=cv), cv))
