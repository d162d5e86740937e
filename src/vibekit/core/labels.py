"""What a folder of labels says of itself, and what became of a prediction."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from vibekit.core.student import AttributeHead

if TYPE_CHECKING:
    from collections.abc import Mapping


class LabelsStatus(StrEnum):
    """How far a labels folder is."""

    RUNNING = "running"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeCheck:
    """What a runtime gives against the numpy reference, on rows of the same embeddings.

    Attributes:
        rows: Compared.
        difference: Largest absolute difference of a probability.
        decisions: Labels compared: rows times attributes.
        flips: Of them, how many differ: on the other side of the threshold, or another most probable label.
        worst: Attribute with the most flips; empty without any.
        worst_flips: Its flips.
    """

    rows: int = 0
    difference: float = 0.0
    decisions: int = 0
    flips: int = 0
    worst: str = ""
    worst_flips: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsPart:
    """One file of a labels folder.

    Attributes:
        name: Of the file.
        rows: In it.
        key: That it carries: fingerprint of the student, the runtime and the shard that it was made of.
    """

    name: str
    rows: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsManifest:
    """``labels.json``.

    Attributes:
        status: running until every part is there.
        student: Its folder, as typed.
        student_fingerprint: Over everything that can change a probability.
        weights: sha256 of the student's weights.
        embeddings: Its folder, as typed.
        space: Fingerprint of the embedding space.
        embedder: Its name.
        runtime: numpy, onnx, onnx-int8 or torch.
        stage: Fingerprint of student, thresholds and runtime: parts of another one are not mixed in.
        heads: Kinds, labels, thresholds, abstain zones and definitions, in the order of the columns.
        rows: Videos.
        without: Of them, those without a usable vector: nulls.
        not_finite: Of those, how many have a vector that is not finite.
        counts: Attribute -> label -> videos, by the thresholds (``abstain``: inside of the abstain zone).
        parts: In order.
        check: The runtime against numpy.
        engine: local or ray.
        argv: Of the last command.
        vibekit: Version.
        created_at: ISO 8601, UTC.
    """

    status: LabelsStatus
    student: str
    student_fingerprint: str
    weights: str
    embeddings: str
    space: str
    embedder: str
    runtime: str
    stage: str
    heads: tuple[AttributeHead, ...]
    rows: int = 0
    without: int = 0
    not_finite: int = 0
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    parts: tuple[LabelsPart, ...] = ()
    check: RuntimeCheck = field(default_factory=RuntimeCheck)
    engine: str = "local"
    argv: tuple[str, ...] = ()
    vibekit: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictReport:
    """What one command did.

    Attributes:
        out: The labels folder.
        labels: Its manifest, whole.
        skipped: Parts that were there already.
        threads: Of the arithmetic.
        seconds: Wall time of the whole command.
        rows_per_second: Of the parts that were made; None when there were none.
        warnings: For people.
    """

    out: str
    labels: LabelsManifest
    skipped: int = 0
    threads: int = 1
    seconds: float = 0.0
    rows_per_second: float | None = None
    warnings: tuple[str, ...] = ()
