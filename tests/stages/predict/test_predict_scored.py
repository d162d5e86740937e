"""What ``vibekit score`` makes of a labels folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from support.prediction import run
from support.scoring import Case, definition, make_golden, video_id
from support.student import (
    HEADS,
    space_of,
    student_of,
    tensors_of,
    vectors_of,
    write_small_embeddings,
)
from vibekit.core.labels import LabelsStatus
from vibekit.core.scoring import Decision
from vibekit.errors import InputError
from vibekit.formats.labels_manifest import read_labels_manifest, write_labels_manifest
from vibekit.formats.student import write_student
from vibekit.stages.score import ScoreConfig, score
from vibekit.student.forward import NumpyRuntime


def scored(folder: Path, threshold: float, **changes: object) -> tuple[Path, Path]:
    """Make labels of 40 videos, and a golden set of them with the truth of a threshold."""
    attribute = definition()
    space = space_of()
    head = replace(HEADS[1], name=attribute.name, definition=attribute.fingerprint, threshold=threshold, abstain=None)
    student = replace(student_of(space), heads=(replace(head, **changes),))  # type: ignore[arg-type]
    tensors = tensors_of(student)
    write_student(folder / "s", student, tensors)
    write_small_embeddings(folder / "e", space, vectors_of(40), per_shard=25, failed=(2,), ids=video_id)
    run(folder)
    chance = NumpyRuntime(student, tensors)(vectors_of(40).astype(np.float16))[:, 0]
    cases = [Case(truth=bool(value >= threshold)) for value in chance]
    return folder / "l", make_golden(folder / "golden", cases, attribute)


def quick(labels: Path, golden: Path) -> ScoreConfig:
    return ScoreConfig(labels=labels, golden=golden, report=False, draws=100)


def test_a_score_uses_the_threshold_of_the_student(tmp_path: Path) -> None:
    report = score(quick(*scored(tmp_path, 0.3)))
    (one,) = report.attributes.values()
    assert (one.fp, one.fn, one.n) == (0, 0, 39)
    assert one.outcomes.failed == 1
    assert any("0.3, the threshold that the student was given" in note for note in one.notes)
    assert (report.annotator, report.model) == ("student", str(tmp_path / "s"))


def test_the_threshold_in_force_is_that_of_the_student(tmp_path: Path) -> None:
    labels, golden = scored(tmp_path, 0.3)
    for decision, current in ((Decision.LABEL, 0.3), (Decision.THRESHOLD, 0.5)):
        (one,) = score(replace(quick(labels, golden), decision=decision)).attributes.values()
        assert one.threshold is not None
        assert one.threshold.current == current


def test_a_score_refuses_labels_by_another_definition(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"was rated as .* and labelled as feedfeedfeedfeed"):
        score(quick(*scored(tmp_path, 0.3, definition="feedfeedfeedfeed")))


def test_a_score_refuses_labels_that_are_not_whole(tmp_path: Path) -> None:
    labels, golden = scored(tmp_path, 0.3)
    manifest = read_labels_manifest(labels)
    write_labels_manifest(labels, replace(manifest, status=LabelsStatus.RUNNING))
    with pytest.raises(InputError, match="not finished"):
        score(quick(labels, golden))
    write_labels_manifest(labels, manifest)
    (labels / "part-00001.parquet").rename(labels / "part-00002.parquet")
    with pytest.raises(InputError, match=r"part-00001\.parquet is missing"):
        score(quick(labels, golden))
