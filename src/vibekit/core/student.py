"""A student: a small model that gives the probabilities of attributes from an embedding."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind, Label
from vibekit.core.embedding import Block

if TYPE_CHECKING:
    from collections.abc import Mapping


class HeadKind(StrEnum):
    """How the logits come about."""

    LINEAR = "linear"
    MLP = "mlp"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeHead:
    """What a student knows of one attribute.

    Attributes:
        name: Of the attribute.
        kind: binary, ordinal or categorical.
        labels: Its labels in the order of its logits; (True,) for binary, which has one logit.
        definition: Fingerprint of the definition that the teacher judged by; empty when not known.
        head: linear or mlp: which of the two networks gives the logits of this attribute.
        slope: Calibration: p = sigmoid(slope * logit + intercept); for other kinds softmax(slope * logits).
        intercept: See slope; 0 for other kinds than binary.
        threshold: Probability from which the attribute counts as present (binary).
        abstain: (low, high): from low on and below high the student does not know (binary); None without a zone.
        positives: Positive silver labels that it was trained on (binary), or labels of each kind.
    """

    name: str
    kind: Kind
    labels: tuple[Label, ...]
    definition: str = ""
    head: HeadKind = HeadKind.MLP
    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = 0.5
    abstain: tuple[float, float] | None = None
    positives: Mapping[str, int] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns in a labels table: ``calming``, or ``mood=calm`` for each label of another kind."""
        if self.kind == "binary":
            return (self.name,)
        return tuple(f"{self.name}={label}" for label in self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """``student.json``: everything about a student but its weights.

    The network: z = (x - mean) / scale, then for head ``mlp`` the hidden layers with ReLU, then the output layer; for
    head ``linear`` one layer on z. Tensors of ``model.safetensors``: ``mean`` (d,), ``scale`` (d,), ``mlp.0.weight``
    (out, in), ``mlp.0.bias`` (out,) ... ``mlp.N.*`` (the last one has a row for each logit of the mlp attributes, in
    order of ``heads``), ``linear.weight``, ``linear.bias`` (rows likewise for the linear attributes).

    Attributes:
        heads: In the order of the output.
        dim: Dimensions of the embedding.
        space: Fingerprint of the embedding space.
        embedder: Its name, for messages.
        blocks: Of the embedding space, so that a refusal can say what differs; empty when not known.
        hidden: Widths of the hidden layers of the mlp; empty without one.
        teachers: Annotator and model of each silver source, with the fingerprint of its run's recipe.
        seed: Of training.
        weights: sha256 of ``model.safetensors``, so that a mixed-up pair is seen.
        vibekit: Version.
        created_at: ISO 8601, UTC.
    """

    heads: tuple[AttributeHead, ...]
    dim: int
    space: str
    embedder: str
    blocks: tuple[Block, ...] = ()
    hidden: tuple[int, ...] = ()
    teachers: tuple[Mapping[str, str], ...] = ()
    seed: int = 0
    weights: str = ""
    vibekit: str = ""
    created_at: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of its labels table, in order."""
        return tuple(column for head in self.heads for column in head.columns)
