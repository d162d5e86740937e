"""Every runtime gives what the definition of a student says, row by row."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from support.student import HEADS, space_of, student_of, tensors_of, vectors_of
from vibekit.core.attribute import Kind
from vibekit.core.student import HeadKind
from vibekit.errors import UsageError
from vibekit.student.chunks import ROWS, finite_rows
from vibekit.student.forward import sigmoid
from vibekit.student.runtimes import RUNTIMES, chosen, runtime_class

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.student import Student
    from vibekit.student.base import Runtime, Tensors

torch_is_there = importlib.util.find_spec("torch") is not None
NAMES = [name for name in RUNTIMES if name != "torch" or torch_is_there]
CLOSE = {"onnx-int8": 0.06}
"""Largest difference of a probability; float32 runtimes differ in their last digits."""
SPACE = space_of()


def by_definition(student: Student, tensors: Tensors, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Follow the words of ``Student`` in float64: nothing folded, one head after another."""
    t = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
    z = (x.astype(np.float64) - t["mean"]) / t["scale"]
    logit = {HeadKind.MLP: np.empty((len(x), 0)), HeadKind.LINEAR: np.empty((len(x), 0))}
    if "mlp.0.weight" in t:
        h = z
        for n in range(len(student.hidden)):
            h = np.maximum(h @ t[f"mlp.{n}.weight"].T + t[f"mlp.{n}.bias"], 0)
        last = len(student.hidden)
        logit[HeadKind.MLP] = h @ t[f"mlp.{last}.weight"].T + t[f"mlp.{last}.bias"]
    if "linear.weight" in t:
        logit[HeadKind.LINEAR] = z @ t["linear.weight"].T + t["linear.bias"]
    at, columns = dict.fromkeys(HeadKind, 0), []
    for head in student.heads:
        mine = logit[head.head][:, at[head.head] : at[head.head] + len(head.labels)]
        at[head.head] += len(head.labels)
        if head.kind is Kind.BINARY:
            columns.append(1 / (1 + np.exp(-(head.slope * mine + head.intercept))))
        else:
            risen = np.exp(head.slope * mine)
            columns.append(risen / risen.sum(axis=1, keepdims=True))
    return np.concatenate(columns, axis=1)


def made(name: str, student: Student, tensors: Tensors, *, threads: int = 1) -> Runtime:
    sample = vectors_of(2000, student.dim, seed=9)
    return runtime_class(name)(student, tensors, threads=threads, sample=sample)


VARIANTS = {
    "both networks": student_of(SPACE),
    "no hidden layer": student_of(SPACE, hidden=()),
    "linear only": replace(student_of(SPACE, hidden=()), heads=HEADS[2:]),
    "mlp only": replace(student_of(SPACE), heads=HEADS[:2]),
    "binary only": replace(student_of(SPACE), heads=HEADS[1:2]),
}


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("student", VARIANTS.values(), ids=list(VARIANTS))
@pytest.mark.parametrize("name", NAMES)
def test_a_runtime_gives_what_the_definition_says(name: str, student: Student, dtype: str) -> None:
    tensors = tensors_of(student)
    x = vectors_of(300, student.dim).astype(dtype)
    found = made(name, student, tensors)(x)
    wanted = by_definition(student, tensors, x.astype(np.float32))
    assert found.dtype == np.float32
    assert found.shape == (300, len(student.columns))
    assert np.abs(found - wanted).max() < CLOSE.get(name, 2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_does_not_depend_on_its_neighbours(name: str) -> None:
    student = student_of(SPACE)
    runtime = made(name, student, tensors_of(student))
    x = vectors_of(400).astype(np.float16)
    alone = runtime(x[:1])
    others = x.copy()
    others[1:] *= 50
    together, beside_far_ones = runtime(x), runtime(others)
    assert np.abs(alone[0] - together[0]).max() < 1e-6
    assert np.abs(beside_far_ones[0] - together[0]).max() < 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_threads_change_nothing(name: str) -> None:
    student = student_of(SPACE)
    x = vectors_of(3 * ROWS + 5).astype(np.float16)
    one, three = (made(name, student, tensors_of(student), threads=n)(x) for n in (1, 3))
    assert one.tobytes() == three.tobytes()


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", NAMES)
def test_a_vector_that_is_not_finite_gives_nothing(name: str, bad: float, dtype: str) -> None:
    student = student_of(SPACE)
    x = vectors_of(50).astype(dtype)
    broken = x.copy()
    broken[7, 3] = bad
    runtime = made(name, student, tensors_of(student))
    found = runtime(broken)
    assert np.isnan(found[7]).all()
    rest = np.arange(50) != 7
    assert found[rest].tobytes() == runtime(np.where(rest[:, None], x, x.dtype.type(0)))[rest].tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_extreme_logits_are_probabilities(name: str) -> None:
    student = student_of(SPACE)
    tensors = tensors_of(student)
    tensors["mlp.2.bias"][:] = [500, -500, 0, -500]
    tensors["linear.bias"][:] = [500, 500, -500, 0]
    found = made(name, student, tensors)(vectors_of(20))
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_the_integer_runtime_flips_few_labels() -> None:
    student = student_of(space_of(64), hidden=(32,))
    tensors = tensors_of(student)
    x = vectors_of(5000, 64).astype(np.float16)
    exact, rounded = (made(name, student, tensors)(x) for name in ("numpy", "onnx-int8"))
    assert 0 < np.abs(exact - rounded).max() < 0.1
    assert ((exact >= 0.5) != (rounded >= 0.5)).mean() < 0.02


def test_finite_rows_are_told_by_their_bits() -> None:
    for dtype in (np.float16, np.float32):
        values = np.array([0, -0.0, 1, -1, np.finfo(dtype).max, np.finfo(dtype).min, np.finfo(dtype).tiny], dtype)
        assert finite_rows(values[:, None]) is None
        odd = np.array([[0, 1], [np.nan, 1], [1, np.inf], [-np.inf, 0]], dtype)
        mask = finite_rows(odd)
        assert mask is not None
        assert mask.tolist() == [True, False, False, False]
        assert finite_rows(odd[:0]) is None


def test_a_sigmoid_by_hand() -> None:
    found = sigmoid(np.array([0, 2, -2, 1000, -1000], np.float32))
    assert found[:3] == pytest.approx([0.5, 0.880797, 0.119203], abs=1e-6)
    assert found[3] == 1
    assert 0 <= found[4] < 1e-37


def test_names() -> None:
    assert chosen("auto") == "onnx"
    assert chosen("numpy") == "numpy"
    with pytest.raises(UsageError, match="no runtime 'onxn'") as error:
        chosen("onxn")
    assert "did you mean 'onnx'?" in error.value.hint
