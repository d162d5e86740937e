"""The parts of a distillation's report: silver sources, curves, blocks, costs, suggestions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One silver source.

    Attributes:
        path: A run folder or a table.
        annotator: Who made the labels; empty when not known.
        model: Model id; empty when there is none.
        weight: How much a label of it counts.
        labels: Labels with status ok that it gave, over all attributes.
        left_out: Outcome -> how many were not used: abstain, blocked, failed, missing.
        recipe: Fingerprint over the recipes of its attributes; empty for a table.
    """

    path: str
    annotator: str = ""
    model: str = ""
    weight: float = 1.0
    labels: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    recipe: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silver:
    """The training set, counted: nothing is dropped in silence.

    Attributes:
        sources: Where labels come from.
        videos: Distinct videos with a label.
        used: Of them, with a usable embedding.
        without_embedding: Not among the embeddings.
        failed: The embedding failed.
        bad_vectors: The vector has NaN, infinity, or is zero.
        examples: A few of those that are not used, with the reason.
        groups: Groups of creator and near-duplicate.
        near_duplicates: Videos that have a near-duplicate.
        train: Videos that the student was fitted on.
        held_out: Videos by which training stops; without folds, calibration and thresholds come from them too.
        test: Videos that are measured on; with folds all, each by a network that has not seen its group.
    """

    sources: tuple[Source, ...]
    videos: int
    used: int
    without_embedding: int = 0
    failed: int = 0
    bad_vectors: int = 0
    examples: tuple[str, ...] = ()
    groups: int = 0
    near_duplicates: int = 0
    train: int = 0
    held_out: int = 0
    test: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One point of the learning curve.

    Attributes:
        n: Training videos.
        average_precision: Mean over the attributes, against the teacher on the test part.
        golden_f1: Mean over the attributes, against people; None without a golden set.
    """

    n: int
    average_precision: float | None
    golden_f1: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockScore:
    """What a block of the embedding gives, by linear heads: mean average precision against the teacher.

    Attributes:
        block: Embedder.
        dim: Its dimensions.
        alone: With this block only.
        without: With all others; None when there is no other.
        all: With all blocks.
    """

    block: str
    dim: int
    alone: float | None
    without: float | None
    all: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeRow:
    """The student answers, the teacher is asked about the most unsure.

    Attributes:
        share: Share of videos that the teacher is asked about.
        f1: Mean F1 over the binary attributes; against people where there is a golden set, else against the teacher.
        cost_per_1000: Money for 1,000 videos, US dollars; None when the teacher's is not known.
    """

    share: float
    f1: float | None
    cost_per_1000: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A video worth paying the teacher for.

    Attributes:
        video_id: Which.
        path: Its file; empty when not known.
        score: Uncertainty times density.
        uncertainty: Entropy of the least sure attribute, as a share of the most that is possible.
        density: Mean cosine to the nearest of videos drawn from the unlabelled, from 0 to 1.
        attribute: The least sure one.
        probability: Its probability (of the likeliest label for other kinds).
    """

    video_id: str
    path: str
    score: float
    uncertainty: float
    density: float
    attribute: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmStart:
    """What a warm start did to the attributes that the old student had.

    Attributes:
        student: The old one.
        kept: Attributes whose weights are the same, bit for bit.
        updated: Attributes that got new labels.
        added: New attributes.
        changes: Updated attribute -> F1 of the new minus F1 of the old against people, drawn together.
        fallen: Updated attributes whose golden score fell beyond noise: nothing was written.
    """

    student: str
    kept: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    changes: Mapping[str, Estimate] = field(default_factory=dict)
    fallen: tuple[str, ...] = ()
