"""What ``labels.json`` adds to a student's labels: whether they are whole, thresholds, definitions, who made them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.labels import LabelsStatus
from vibekit.errors import InputError
from vibekit.formats.labels_manifest import AGAIN, has_labels_manifest, read_labels_manifest
from vibekit.formats.labels_table import parts_of
from vibekit.stages.score.predictions import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.labels import LabelsManifest
    from vibekit.stages.score.predictions import Predictions

STUDENT = "student"


def manifest_of(path: Path) -> LabelsManifest | None:
    """Return the manifest of a folder of labels; None for any other table.

    Raises:
        InputError: The labels are not finished, or their parts are not those of the manifest.
    """
    if not path.is_dir() or not has_labels_manifest(path):
        return None
    manifest = read_labels_manifest(path)
    if manifest.status is not LabelsStatus.COMPLETE:
        raise InputError("these labels are not finished", path=path, hint=AGAIN)
    odd = {part.name for part in manifest.parts} ^ {part.name for part in parts_of(path)}
    if odd:
        name = min(odd)
        what = "is not one of its parts" if (path / name).exists() else "is missing"
        raise InputError(f"{name} {what}, says labels.json", path=path, hint=AGAIN)
    return manifest


def with_manifest(predictions: Predictions, manifest: LabelsManifest) -> Predictions:
    """Give every column the definition that its teacher judged by, and the threshold that the student was given."""
    columns = dict(predictions.columns)
    for head in manifest.heads:
        if head.name in columns:
            threshold = head.threshold if head.kind is Kind.BINARY else None
            column = columns[head.name]
            # a row without numbers is a video that could not be embedded
            outcome = np.where(column.outcome == Outcome.MISSING, np.int8(Outcome.FAILED), column.outcome)
            columns[head.name] = replace(column, outcome=outcome, definition=head.definition, threshold=threshold)
    return replace(predictions, columns=columns, annotator=STUDENT, model=manifest.student)
