"""What a distillation found: the student beside its teacher, the baselines and people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.distill_parts import BlockScore, CascadeRow, CurvePoint, Silver, WarmStart
from vibekit.core.estimate import NONE, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadScore:
    """One head, or a baseline, on the held-out videos of one attribute.

    Attributes:
        head: mlp, linear, knn or majority.
        average_precision: Against the teacher's labels (binary; otherwise the mean over labels, without interval).
        f1: Against the teacher's labels, at the head's own threshold (otherwise macro).
        accuracy: Likewise.
        log_loss: Cross-entropy against the teacher's probabilities, nats.
        golden_average_precision: Against golden labels, where there are some.
    """

    head: str
    average_precision: Estimate = NONE
    f1: float | None = None
    accuracy: float | None = None
    log_loss: float | None = None
    golden_average_precision: Estimate = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Student against teacher: how well it imitates, which is not how good it is.

    Attributes:
        n: Test videos with a label of the teacher.
        positives: The teacher's positives among them (binary).
        accuracy: Share of equal labels.
        f1: Of the student, the teacher's labels taken for the truth (binary).
        average_precision: Likewise (binary).
        ece: Expected calibration error against the teacher's probabilities (binary).
    """

    n: int
    positives: int | None = None
    accuracy: Estimate = NONE
    f1: Estimate = NONE
    average_precision: Estimate = NONE
    ece: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstGolden:
    """Student and teacher against people, on the same held-out golden videos.

    Attributes:
        n: Golden videos that have an embedding and a label of the teacher.
        positives: Golden positives among them (binary).
        metric: f1 (binary) or accuracy.
        student: Of the student.
        teacher: Of the teacher.
        difference: Student minus teacher, drawn together.
        p: Of no difference, two-sided.
        loss: 1 - student over teacher, with its 95 % interval.
        verdict: ``shown``, ``not shown: n too small`` or ``no``, against a loss of 5 %.
        student_average_precision: Binary.
        teacher_average_precision: Binary.
        student_ece: Of the student's probabilities (binary).
        without_teacher: Golden test videos that are left out because the teacher gave no label.
        without_embedding: Golden test videos that are left out because they have no usable embedding.
    """

    n: int
    positives: int | None = None
    metric: str = "f1"
    student: Estimate = NONE
    teacher: Estimate = NONE
    difference: Estimate = NONE
    p: float | None = None
    loss: Estimate = NONE
    verdict: str = ""
    student_average_precision: Estimate = NONE
    teacher_average_precision: Estimate = NONE
    student_ece: Estimate = NONE
    without_teacher: int = 0
    without_embedding: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeReport:
    """One attribute.

    Attributes:
        name: Of the attribute.
        kind: binary, ordinal or categorical.
        definition: Fingerprint that the teacher judged by; empty when not known.
        head: The head that the student uses.
        labels: Label -> silver videos by the teacher's more probable label.
        train_positives: Positives (or the second most frequent label) that the student was fitted on.
        teacher_calibration: How the teacher's probabilities were corrected, in words; empty when they were not.
        slope: Of the student's calibration.
        intercept: Of the student's calibration.
        threshold: From which a video counts as positive (binary).
        threshold_from: What calibration and threshold come from: ``golden tune``, ``held-out silver``, ``out of fold``
            (with --cv), or ``default``.
        abstain: (low, high) between which the student does not know; None without.
        abstain_share: Share of the test videos between them.
        answered_accuracy: Share of equal labels with the teacher among the others.
        heads: The student's head and the baselines.
        agreement: Student against teacher.
        golden: Student and teacher against people; None without a golden set.
        notes: What a reader must know.
    """

    name: str
    kind: str
    definition: str
    head: str
    labels: Mapping[str, int]
    train_positives: int
    teacher_calibration: str = ""
    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = 0.5
    threshold_from: str = ""
    abstain: tuple[float, float] | None = None
    abstain_share: float | None = None
    answered_accuracy: Estimate = NONE
    heads: tuple[HeadScore, ...] = ()
    agreement: Agreement | None = None
    golden: AgainstGolden | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Time and money beside the teacher's.

    Attributes:
        teacher_latency_s: Median seconds a call, as measured in the run; None when not known.
        teacher_usd_per_1000: As paid for 1,000 videos with all their attributes; None when not known.
        student_latency_s: Seconds a video, the embedding left out: numpy, in blocks, on this machine.
        cpu_usd_per_hour: Price of a CPU core that the student's money is reckoned with.
        student_usd_per_1000: Of the network alone.
        latency_ratio: Teacher over student; None when not known.
        note: What is left out.
    """

    teacher_latency_s: float | None = None
    teacher_usd_per_1000: float | None = None
    student_latency_s: float | None = None
    cpu_usd_per_hour: float = 0.0
    student_usd_per_1000: float | None = None
    latency_ratio: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillReport:
    """``data`` of ``vibekit distill --json``, and the content of ``metrics.json``.

    Attributes:
        student: Folder; empty when nothing was written.
        embeddings: Folder of the embeddings.
        embedder: Name of the space.
        space: Its fingerprint.
        dim: Dimensions.
        head: Head that was asked for and what came of it.
        hidden: Widths of the hidden layers.
        silver: What was trained on.
        attributes: Name -> report.
        evaluation: ``test part`` or ``5-fold, out of fold``.
        macro_loss: Relative loss of the mean F1 over the binary attributes.
        macro_verdict: Against the yardstick of 5 %.
        curve: Learning curve.
        blocks: Ablation.
        costs: Beside the teacher's.
        cascade: Student first, teacher on the unsure.
        suggestions: How many were written to ``suggest.csv``.
        warm: Of a warm start.
        golden: The golden set; empty without.
        uses: How often its test split has been looked at, this time included; None when it cannot be counted.
        settings: Of training.
        recipe: Fingerprint over data and settings: the same recipe gives the same weights on the same machine.
        weights: sha256 of model.safetensors.
        files: Written files.
        seconds: Wall time of training.
        created_at: ISO 8601, UTC.
        vibekit: Version.
        warnings: For people.
    """

    student: str
    embeddings: str
    embedder: str
    space: str
    dim: int
    head: str
    silver: Silver
    attributes: Mapping[str, AttributeReport]
    hidden: tuple[int, ...] = ()
    evaluation: str = ""
    macro_loss: Estimate = NONE
    macro_verdict: str = ""
    curve: tuple[CurvePoint, ...] = ()
    blocks: tuple[BlockScore, ...] = ()
    costs: Costs = Costs()
    cascade: tuple[CascadeRow, ...] = ()
    suggestions: int = 0
    warm: WarmStart | None = None
    golden: str = ""
    uses: int | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    recipe: str = ""
    weights: str = ""
    files: tuple[str, ...] = ()
    seconds: float = 0.0
    created_at: str = ""
    vibekit: str = ""
    warnings: tuple[str, ...] = ()
