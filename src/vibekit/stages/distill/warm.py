"""A warm start: new labels or a new attribute for a student, all its other attributes as they were."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.student import HeadKind
from vibekit.errors import InputError
from vibekit.formats.student import read_student
from vibekit.metrics.paired import paired
from vibekit.stages.distill.checks import METRICS_FILE
from vibekit.stages.distill.heads import KNN, LINEAR, MAJORITY, MLP, STUDENT, Decision, Output, apply_network, baselines
from vibekit.stages.distill.learn import Learnt
from vibekit.stages.distill.measure import golden_pair
from vibekit.student.calibrate import Calibration
from vibekit.student.network import Network, Place, network_of
from vibekit.student.train import linear_heads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.core.embedding import EmbeddingSpace
    from vibekit.core.estimate import Estimate
    from vibekit.core.student import AttributeHead, Student
    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.teacher import Teacher
    from vibekit.student.settings import Settings
    from vibekit.student.target import Target

if TYPE_CHECKING:
    Decide = Callable[[Target, NDArray[np.int64], NDArray[np.float32]], Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The student that a warm start begins with.

    Attributes:
        path: Its folder.
        student: Its heads.
        network: Its weights.
    """

    path: Path
    student: Student
    network: Network

    def head(self, name: str) -> AttributeHead | None:
        """Return what it knows of an attribute; None when it does not."""
        return next((head for head in self.student.heads if head.name == name), None)


def open_before(
    path: Path, space: EmbeddingSpace, targets: Sequence[Target], definitions: Mapping[str, str], *, stale: bool
) -> Before:
    """Read the old student and check that it may go on.

    Args:
        path: Its folder.
        space: Of the embeddings.
        targets: What is to be learnt.
        definitions: Attribute -> fingerprint of its definition.
        stale: Go on though a definition changed.

    Raises:
        InputError: It lives in another space, or an attribute has other labels or another definition now.
    """
    student, tensors = read_student(path)
    if student.space != space.fingerprint:
        raise InputError(
            f"this student sees {student.embedder} ({student.space}), the embeddings are {space.name} "
            f"({space.fingerprint})", path=path, hint="embed with the same embedder, or train without --from",
        )  # fmt: skip
    before = Before(path=path, student=student, network=network_of(student.heads, tensors))
    for target in targets:
        head = before.head(target.name)
        if head is None:
            continue
        if (head.kind, head.labels) != (target.kind, target.labels):
            raise InputError(
                f"'{target.name}' has other labels in this student", path=path, item=target.name,
                hint="train it anew without --from",
            )  # fmt: skip
        now = definitions.get(target.name, "")
        if head.definition and now and head.definition != now and not stale:
            raise InputError(
                f"'{target.name}' was learnt by the definition {head.definition}, the new labels are by {now}",
                path=path, item=target.name, hint="train it anew without --from, or go on with --allow-stale",
            )  # fmt: skip
    return before


def seen_before(before: Before, *, seed: int, golden: Path | None) -> tuple[str, ...]:
    """Say where videos that are measured on now may have trained the old student.

    Args:
        before: The old student.
        seed: Of the split now.
        golden: The golden set now; None without.
    """
    found = []
    if seed != before.student.seed:
        found.append(
            f"--seed {seed}: {before.path} was split by --seed {before.student.seed}, so that videos of this test part "
            "have trained it: agreement and heads look too good"
        )
    metrics = before.path / METRICS_FILE
    beside = json.loads(metrics.read_text("utf-8")).get("golden", "") if metrics.is_file() else ""
    if golden is not None and Path(beside).name != golden.name:
        found.append(
            f"{before.path} was trained beside {f'the golden set {beside}' if beside else 'no golden set'}: it may "
            "have learnt the teacher's labels of golden test videos, and what it loses looks too small"
        )
    return tuple(found)


def learn_on(before: Before, data: Data, *, settings: Settings, decision_of: Decide) -> Learnt:
    """Fit the last layer of each attribute that has labels; hidden layers and all other rows stay bit for bit.

    A known attribute is drawn towards its old row in place of zero, so that a few new labels move it a little. A new
    one gets the head that the student has: on its hidden values, or linear.

    Args:
        before: The old student.
        data: New labels.
        settings: Of training.
        decision_of: Calibration and threshold.
    """
    network, parts = before.network, data.parts
    for kind in HeadKind:
        chosen = [t for t in data.targets if _kind(before, t, parts.train, settings) is kind]
        if not chosen:
            continue
        values = network.features if kind is HeadKind.MLP else network.standard
        towards = {t.name: network.layer_of(t.name) for t in chosen if before.head(t.name) is not None}
        fitted = linear_heads(
            data.x, values, chosen, train=parts.train, held_out=parts.held_out,
            settings=settings, layout=data.layout, towards=towards,
        )  # fmt: skip
        for target in chosen:
            place = Place(name=target.name, head=kind, width=target.width)
            network = network.with_layer(place, fitted[target.name])
    outputs = {STUDENT: Output(), MLP: Output(), LINEAR: Output(), KNN: Output(), MAJORITY: Output()}
    apply_network(
        network, data.x, data.targets, held_out=parts.held_out, test=parts.test, into=outputs[STUDENT],
        decision_of=decision_of,
    )  # fmt: skip
    baselines(
        data.x, data.targets, train=parts.train, held_out=parts.held_out, test=parts.test, network=network,
        settings=settings, layout=data.layout, into=outputs,
    )  # fmt: skip
    asked = np.zeros(len(data.ids), bool)
    asked[parts.test] = True
    return Learnt(
        network=network,
        decision=dict(outputs[STUDENT].decision),
        outputs=outputs,
        rows=asked,
        evaluation="test part",
        parts=parts,
    )


def _kind(before: Before, target: Target, rows: NDArray[np.int64], settings: Settings) -> HeadKind:
    head = before.head(target.name)
    if head is not None:
        return head.head
    few = target.rarest(rows) < settings.min_positives
    return HeadKind.LINEAR if few or not before.network.hidden or settings.head == "linear" else HeadKind.MLP


def changes(
    before: Before, data: Data, teachers: Mapping[str, Teacher], learnt: Learnt, *, draws: int, seed: int
) -> tuple[dict[str, Estimate], tuple[str, ...]]:
    """Hold the new student against the old one on the golden test videos.

    Returns:
        Known attribute -> new minus old (F1, or accuracy of other kinds), and those that fell beyond noise: the whole
        interval of the difference is below zero.
    """
    old = Output()
    known = [t for t in data.targets if before.head(t.name) is not None]
    apply_network(
        before.network, data.x, known, held_out=data.parts.held_out, test=data.parts.test, into=old,
        decision_of=lambda target, _rows, _logits: _old_decision(before, target),
    )  # fmt: skip
    found: dict[str, Estimate] = {}
    for target in known:
        new = golden_pair(data, teachers[target.name], learnt)
        was = golden_pair(data, teachers[target.name], replace(learnt, outputs={STUDENT: old}))
        if new is not None and was is not None:
            metric = "f1" if target.is_binary else "accuracy"
            found[target.name] = paired(new[0], was[0], draws=draws, seed=seed)[metric].difference
    fallen = tuple(name for name, one in found.items() if one.high is not None and one.high < 0)
    return found, fallen


def _old_decision(before: Before, target: Target) -> Decision:
    head = before.head(target.name)
    assert head is not None
    return Decision(
        calibration=Calibration(slope=head.slope, intercept=head.intercept),
        threshold=head.threshold,
        zone=head.abstain,
        source="the old student",
    )
