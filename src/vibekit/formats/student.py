"""``students/S``: ``model.safetensors`` and ``student.json``, which is written last and names the weights' hash.

Reading a student executes nothing: numbers and JSON only.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.fingerprint import fingerprint
from vibekit.core.student import AttributeHead, HeadKind, Student
from vibekit.errors import InputError
from vibekit.formats.atomic import replacing, write_json
from vibekit.formats.dataclass_row import from_row, to_row
from vibekit.formats.folder_kind import holds
from vibekit.formats.sealed import opened, sealed
from vibekit.formats.student_check import check_student, check_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

VERSION = 1
STUDENT_FILE = "student.json"
WEIGHTS_FILE = "model.safetensors"
AGAIN = "train it again: vibekit distill RUN --embeddings E --out S"

SAMPLE = Student(
    heads=(
        AttributeHead(
            name="calming",
            kind=Kind.BINARY,
            labels=(True,),
            definition="0123456789abcdef",
            slope=1.1,
            intercept=-0.2,
            threshold=0.42,
            abstain=(0.3, 0.6),
            positives={"true": 812},
        ),
        AttributeHead(name="mood", kind=Kind.CATEGORICAL, labels=("happy", "sad", "neither"), head=HeadKind.LINEAR),
    ),
    dim=4,
    space="00112233aabbccdd",
    embedder="av",
    hidden=(3,),
    teachers=({"annotator": "gemini", "model": "gemini-2.5-flash", "recipe": "ffeeddccbbaa9988"},),
    vibekit="0.1.0",
    created_at="2026-11-21T10:00:00Z",
)


def student_fingerprint(student: Student) -> str:
    """Return 16 hex digits over everything that can change a probability; thresholds and dates do not enter."""
    heads = [
        [head.name, str(head.kind), list(head.labels), str(head.head), head.slope, head.intercept]
        for head in student.heads
    ]
    return fingerprint([student.weights, student.space, heads])


def write_student(folder: Path, student: Student, tensors: Mapping[str, NDArray[np.float32]]) -> Student:
    """Write both files, each at once, ``student.json`` last; between the two a reader refuses the pair.

    Args:
        folder: Made when missing.
        student: Its ``weights`` are set here.
        tensors: Named as ``Student`` says, float32.

    Returns:
        The student with the hash of its weights.

    Raises:
        ValueError: Heads and tensors do not fit: a fault of the caller.
    """
    from safetensors.numpy import save

    check_student(student)
    check_tensors(student, tensors)
    raw = save({name: np.ascontiguousarray(tensor) for name, tensor in sorted(tensors.items())})
    written = replace(student, weights=hashlib.sha256(raw).hexdigest())
    with replacing(folder / WEIGHTS_FILE) as stream:
        stream.write(raw)
    write_json(folder / STUDENT_FILE, sealed({"version": VERSION, **to_row(written)}))
    return written


def read_student(folder: Path) -> tuple[Student, dict[str, NDArray[np.float32]]]:
    """Read a student and its tensors.

    Raises:
        InputError: A file is missing, damaged, of another student or of a newer vibekit.
    """
    student = read_student_file(folder)
    path = folder / WEIGHTS_FILE
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path, hint=AGAIN) from error
    if hashlib.sha256(raw).hexdigest() != student.weights:
        raise InputError(
            f"cut off, damaged, or not the weights that {STUDENT_FILE} was written with ({len(raw)} bytes)",
            path=path, hint=f"copy both files of the student together, or {AGAIN}",
        )  # fmt: skip
    tensors = _tensors(path, raw)
    try:
        check_tensors(student, tensors)
    except ValueError as error:
        raise InputError(str(error), path=path, hint=AGAIN) from error
    return student, tensors


def read_student_file(folder: Path) -> Student:
    """Read ``student.json`` alone.

    Raises:
        InputError: See ``read_student``.
    """
    path = folder / STUDENT_FILE
    if not path.is_file():
        what = holds(folder)
        told = f"this is {what}, not a student" if what else "no student here: no student.json"
        raise InputError(told, path=folder, hint=f"name the folder of one, or {AGAIN}")
    try:
        row: Any = json.loads(path.read_text("utf-8"))
        version = row.pop("version", None) if isinstance(row, dict) else None
        if not isinstance(version, int):
            raise InputError("not a student.json: no version", path=path, hint=AGAIN)
        if version > VERSION:
            raise InputError(
                f"written by vibekit {row.get('vibekit')}, this one reads version {VERSION}", path=path,
                hint="pip install -U vibekit",
            )  # fmt: skip
        rest = opened({"version": version, **row}, path)
        del rest["version"]
        student = from_row(Student, rest)
        check_student(student)
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"not a student.json: {error}", path=path, hint=AGAIN) from error
    return student


def _tensors(path: Path, raw: bytes) -> dict[str, NDArray[np.float32]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(raw))
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"not a safetensors file: {error}", path=path, hint=AGAIN) from error
