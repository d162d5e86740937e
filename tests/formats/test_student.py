"""A student's two files: what was written is read, and whatever is wrong with them is said."""

from __future__ import annotations

import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from support.student import HEADS, space_of, student_of, tensors_of, write_small_student
from vibekit.core.attribute import Kind
from vibekit.core.student import AttributeHead, HeadKind, Student
from vibekit.errors import InputError
from vibekit.formats.sealed import sealed
from vibekit.formats.student import SAMPLE, read_student, student_fingerprint, write_student

CHANCE = st.floats(0, 1)
NAMES = st.text("abcxyz_", min_size=1, max_size=5).filter(lambda name: name != "video_id")


@st.composite
def heads(draw: st.DrawFn) -> tuple[AttributeHead, ...]:
    found = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        kind = draw(st.sampled_from(list(Kind)))
        labels: tuple[Any, ...] = (True,)
        if kind is Kind.ORDINAL:
            labels = tuple(range(draw(st.integers(2, 5))))
        elif kind is Kind.CATEGORICAL:
            labels = tuple(draw(st.lists(st.text(max_size=4), min_size=2, max_size=4, unique=True)))
        low, high = sorted([draw(CHANCE), draw(CHANCE)])
        found.append(
            AttributeHead(
                name=name,
                kind=kind,
                labels=labels,
                head=draw(st.sampled_from(list(HeadKind))),
                slope=draw(st.floats(-5, 5)),
                intercept=draw(st.floats(-5, 5)),
                threshold=draw(CHANCE),
                abstain=draw(st.sampled_from([None, (low, high)])),
            )
        )
    return tuple(found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(heads(), st.integers(1, 6), st.lists(st.integers(1, 5), max_size=2))
def test_what_was_written_is_read(
    tmp_path: Path, drawn: tuple[AttributeHead, ...], dim: int, hidden: list[int]
) -> None:
    student = Student(heads=drawn, dim=dim, space="s", embedder="e", hidden=tuple(hidden))
    tensors = tensors_of(student)
    written = write_student(tmp_path, student, tensors)
    found, same = read_student(tmp_path)
    assert found == written
    assert found.heads == drawn
    assert {name: t.tobytes() for name, t in same.items()} == {name: t.tobytes() for name, t in tensors.items()}


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_small_student(tmp_path / name, space_of())
    for file in ("student.json", "model.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_fingerprint_is_of_what_changes_a_probability() -> None:
    head = SAMPLE.heads[0]
    told = student_fingerprint(SAMPLE)
    assert told == student_fingerprint(replace(SAMPLE, created_at="2027", seed=3))
    assert told == student_fingerprint(replace(SAMPLE, heads=(replace(head, threshold=0.9), *SAMPLE.heads[1:])))
    assert told != student_fingerprint(replace(SAMPLE, heads=(replace(head, slope=1.2), *SAMPLE.heads[1:])))
    assert told != student_fingerprint(replace(SAMPLE, weights="0"))
    assert told != student_fingerprint(replace(SAMPLE, space="0"))


@pytest.mark.parametrize("size", [0, 7, 100, -1])
def test_truncated_weights_are_seen(tmp_path: Path, size: int) -> None:
    write_small_student(tmp_path, space_of())
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError, match="cut off, damaged, or not the weights") as error:
        read_student(tmp_path)
    assert "vibekit distill" in error.value.hint


def test_the_weights_of_another_student_are_seen(tmp_path: Path) -> None:
    for seed in (0, 1):
        write_small_student(tmp_path / str(seed), space_of(), seed=seed)
    (tmp_path / "0" / "model.safetensors").write_bytes((tmp_path / "1" / "model.safetensors").read_bytes())
    with pytest.raises(InputError, match="not the weights"):
        read_student(tmp_path / "0")


def test_no_student(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no student here: no student\.json"):
        read_student(tmp_path / "nothing")


def forge(folder: Path, **changes: object) -> None:
    """Change keys of ``student.json``."""
    path = folder / "student.json"
    path.write_text(json.dumps(sealed(json.loads(path.read_text()) | changes)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 99, "vibekit": "9.9"}, "written by vibekit 9.9"),
        ({"version": None}, "no version"),
        ({"dim": 13}, "mean: shape"),
        ({"dim": 0}, "every width"),
        ({"hidden": [7]}, "has no use for the tensor 'mlp.2.bias'"),
        ({"heads": []}, "there is none"),
        ({"odd": 1}, "odd: unknown key"),
        ({"dim": "12"}, "dim: a whole number is needed"),
    ],
)
def test_a_wrong_student_json_is_said(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    write_small_student(tmp_path, space_of())
    forge(tmp_path, **changes)
    with pytest.raises(InputError, match=said):
        read_student(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000])
def test_something_else_than_json_is_said(tmp_path: Path, text: str) -> None:
    write_small_student(tmp_path, space_of())
    (tmp_path / "student.json").write_text(text)
    with pytest.raises(InputError, match=r"not a student\.json"):
        read_student(tmp_path)


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a student was executed",))


def test_a_pickle_is_never_executed(tmp_path: Path) -> None:
    write_small_student(tmp_path, space_of())
    raw = pickle.dumps(Bomb())
    (tmp_path / "model.safetensors").write_bytes(raw)
    forge(tmp_path, weights=hashlib.sha256(raw).hexdigest())
    with pytest.raises(InputError, match="not a safetensors file"):
        read_student(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("mlp.0.weight", np.nan, "not all numbers are finite"),
        ("scale", 0.0, "scale: every number has to be above 0"),
        ("linear.bias", np.inf, "not all numbers are finite"),
    ],
)
def test_weights_that_would_give_wrong_labels_are_refused(tmp_path: Path, name: str, value: float, said: str) -> None:
    student = student_of(space_of())
    tensors = tensors_of(student)
    write_student(tmp_path, student, tensors)
    tensors[name].flat[0] = value
    with pytest.raises(ValueError, match=said):
        write_student(tmp_path / "other", student, tensors)
    raw = save(tensors)
    (tmp_path / "model.safetensors").write_bytes(raw)
    forge(tmp_path, weights=hashlib.sha256(raw).hexdigest())
    with pytest.raises(InputError, match=said):
        read_student(tmp_path)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (replace(HEADS[1], labels=(True, False)), "one logit"),
        (replace(HEADS[0], labels=("happy",)), "at least two labels"),
        (replace(HEADS[0], labels=("happy", "happy")), "all different"),
        (replace(HEADS[1], name="a=b"), "no column can have that name"),
        (replace(HEADS[1], name="video_id"), "no column can have that name"),
        (replace(HEADS[1], threshold=1.5), "threshold"),
        (replace(HEADS[1], abstain=(0.6, 0.4)), "abstain"),
        (replace(HEADS[1], slope=float("nan")), "finite"),
        (replace(HEADS[1], name="mood"), "there twice"),
    ],
)
def test_heads_that_contradict_themselves_are_refused(tmp_path: Path, head: AttributeHead, said: str) -> None:
    student = replace(student_of(space_of()), heads=(HEADS[0], head) if said == "there twice" else (head,))
    with pytest.raises(ValueError, match=said):
        write_student(tmp_path, student, {})


def test_a_digit_that_was_turned_is_no_other_threshold(tmp_path: Path) -> None:
    write_small_student(tmp_path, space_of())
    path = tmp_path / "student.json"
    row = json.loads(path.read_text())
    row["heads"][1]["threshold"] = 0.43
    path.write_text(json.dumps(row))
    with pytest.raises(InputError, match="is not what was written") as caught:
        read_student(tmp_path)
    assert "delete the line 'checksum'" in caught.value.hint
    del row["checksum"]
    path.write_text(json.dumps(row))
    assert read_student(tmp_path)[0].heads[1].threshold == 0.43
