"""What has to hold of a student before anything is computed with it: heads, and tensors that fit them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.student import HeadKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.student import AttributeHead, Student


def logits(student: Student, kind: HeadKind) -> int:
    """Count the logits that one of the two networks gives: one a binary attribute, one a label of the others."""
    return sum(len(head.labels) for head in student.heads if head.head is kind)


def shapes(student: Student) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every tensor that a student has; weights are (out, in)."""
    wanted: dict[str, tuple[int, ...]] = {"mean": (student.dim,), "scale": (student.dim,)}
    outputs = logits(student, HeadKind.MLP)
    if outputs:
        for layer, (before, after) in enumerate(pairwise((student.dim, *student.hidden, outputs))):
            wanted[f"mlp.{layer}.weight"] = (after, before)
            wanted[f"mlp.{layer}.bias"] = (after,)
    outputs = logits(student, HeadKind.LINEAR)
    if outputs:
        wanted |= {"linear.weight": (outputs, student.dim), "linear.bias": (outputs,)}
    return wanted


def check_student(student: Student) -> None:
    """Refuse heads that contradict themselves.

    Raises:
        ValueError: Says which head and what about it.
    """
    if not student.heads:
        raise ValueError("heads: there is none")
    if student.dim < 1 or any(width < 1 for width in student.hidden):
        raise ValueError("dim and hidden: every width has to be 1 or more")
    names = [head.name for head in student.heads]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"heads: {twice!r} is there twice")
    for head in student.heads:
        _check_head(head)


def _check_head(head: AttributeHead) -> None:
    where = f"heads: {head.name!r}"
    if not head.name or "=" in head.name or head.name == "video_id":
        raise ValueError(f"{where}: no column can have that name")
    if head.kind is Kind.BINARY:
        if head.labels != (True,):
            raise ValueError(f"{where}: a binary attribute has one logit, for true")
    elif len(head.labels) < len((0, 1)) or len(set(head.columns)) != len(head.labels):
        raise ValueError(f"{where}: at least two labels are needed, all different")
    if not np.isfinite([head.slope, head.intercept]).all():
        raise ValueError(f"{where}: slope and intercept have to be finite")
    if not 0 <= head.threshold <= 1:
        raise ValueError(f"{where}: threshold has to be from 0 to 1")
    if head.abstain is not None and not 0 <= head.abstain[0] <= head.abstain[1] <= 1:
        raise ValueError(f"{where}: abstain has to be (low, high), both from 0 to 1")


def check_tensors(student: Student, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Refuse tensors that are not exactly those of the student.

    Raises:
        ValueError: Says which tensor and what about it.
    """
    wanted = shapes(student)
    if odd := sorted(set(tensors) ^ set(wanted)):
        kept = "lacks" if odd[0] in wanted else "has no use for"
        raise ValueError(f"the student {kept} the tensor {odd[0]!r}")
    for name, shape in wanted.items():
        tensor = tensors[name]
        if tensor.dtype != np.float32:
            raise ValueError(f"{name}: float32 is needed, not {tensor.dtype}")
        if tensor.shape != shape:
            raise ValueError(f"{name}: shape {shape} is needed for its heads and layers, not {tensor.shape}")
        if not np.isfinite(tensor).all():
            raise ValueError(f"{name}: not all numbers are finite")
    if not (tensors["scale"] > 0).all():
        raise ValueError("scale: every number has to be above 0")
