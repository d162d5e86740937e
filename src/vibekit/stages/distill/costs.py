"""Time and money beside the teacher's, and what asking the teacher about the unsure ones buys."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.distill import Costs
from vibekit.core.distill_parts import CascadeRow
from vibekit.stages.distill.heads import STUDENT
from vibekit.stages.distill.measure import f1_of, golden_pair, measured_rows, silver_sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.metrics.sample import Sample
    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.learn import Learnt
    from vibekit.stages.distill.silver import SilverSet
    from vibekit.stages.distill.teacher import Teacher
    from vibekit.student.network import Network

SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
TIMED = 4096
"""Rows of a timing."""
ROUNDS = 5
NOTE = "the student's time and money are of the network alone; the embedding is made once for all attributes"


def costs_of(silver: SilverSet, network: Network, x: NDArray[np.float32], *, cpu_hour: float) -> Costs:
    """Time the network and set it beside what the runs measured.

    Args:
        silver: Knows the teacher's latency and money.
        network: The student.
        x: Rows.
        cpu_hour: Price of a CPU core an hour, US dollars.
    """
    rows = x[:TIMED]
    # the least of a few rounds: what else the machine does only adds
    wall, cpu = np.inf, np.inf
    for _ in range(ROUNDS):
        start, busy = time.perf_counter(), time.process_time()
        network.logits(rows)
        wall, cpu = min(wall, time.perf_counter() - start), min(cpu, time.process_time() - busy)
    latency = wall / len(rows)
    return Costs(
        teacher_latency_s=silver.latency_s,
        teacher_usd_per_1000=silver.usd_per_1000,
        student_latency_s=latency,
        cpu_usd_per_hour=cpu_hour,
        student_usd_per_1000=max(wall, cpu) / len(rows) * 1000 / 3600 * cpu_hour,
        latency_ratio=silver.latency_s / latency if silver.latency_s else None,
        note=NOTE,
    )


def cascade(data: Data, teachers: Mapping[str, Teacher], learnt: Learnt, costs: Costs) -> tuple[CascadeRow, ...]:
    """Let the teacher answer the most unsure share of the test videos, attribute by attribute.

    F1 is held against people where there is a golden set, else against the teacher's own labels, where it ends at 1.
    The teacher's cost is taken to be the same for every attribute of a video.

    Args:
        data: Rows.
        teachers: Attribute -> the teacher.
        learnt: The student.
        costs: Of both.
    """
    pairs = [pair for teacher in teachers.values() if (pair := _pair(data, teacher, learnt)) is not None]
    if not pairs:
        return ()
    found = []
    for share in SHARES:
        scores = [f1_of(_mixed(student, taught, share, threshold)) for student, taught, threshold in pairs]
        known = [score for score in scores if score is not None]
        teacher, own = costs.teacher_usd_per_1000, costs.student_usd_per_1000
        found.append(
            CascadeRow(
                share=share,
                f1=float(np.mean(known)) if known else None,
                cost_per_1000=None if teacher is None or own is None else own + share * teacher,
            )
        )
    return tuple(found)


def _pair(data: Data, teacher: Teacher, learnt: Learnt) -> tuple[Sample, Sample, float] | None:
    target, output = teacher.target, learnt.outputs[STUDENT]
    if not target.is_binary:
        return None
    threshold = output.decision[target.name].threshold
    pair = golden_pair(data, teacher, learnt)
    if pair is not None:
        return (*pair, threshold)
    rows = measured_rows(learnt, target, output)
    if data.golden is not None or len(rows) == 0:
        return None
    student = silver_sample(data, teacher, output, rows)
    return student, replace(student, predicted=student.truth), threshold


def _mixed(student: Sample, taught: Sample, share: float, threshold: float) -> Sample:
    assert student.probability is not None
    n = round(share * len(student.truth))
    # unsure is what is near the threshold on the scale of log-odds
    inside = np.clip(student.probability, 1e-9, 1 - 1e-9)
    edge = min(max(threshold, 1e-9), 1 - 1e-9)
    away = np.abs(np.log(inside / (1 - inside)) - np.log(edge / (1 - edge)))
    asked = np.zeros(len(away), bool)
    asked[np.argsort(away, kind="stable")[:n]] = True
    return replace(student, predicted=np.where(asked, taught.predicted, student.predicted))
