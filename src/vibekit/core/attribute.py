"""An attribute: what is judged, in words that a stranger could apply."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from vibekit.core.fingerprint import fingerprint
from vibekit.core.signals import Signal

Label = bool | int | str
"""An allowed answer: true/false (binary), a step of the scale (ordinal), a name (categorical)."""


class Kind(StrEnum):
    """Which answers an attribute allows."""

    BINARY = "binary"
    ORDINAL = "ordinal"
    CATEGORICAL = "categorical"


class Modality(StrEnum):
    """What an annotator may look at to judge an attribute."""

    FRAMES = "frames"
    AUDIO = "audio"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One allowed label of an ordinal or categorical attribute, and when it applies."""

    label: int | str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeCase:
    """A hard case and its ruling; ``label`` None means: abstain."""

    case: str
    label: Label | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An adjudicated precedent; ``label`` None means: abstain."""

    video: str
    label: Label | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of the changelog; ``date`` is ISO 8601."""

    version: int
    date: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalWeights:
    """A linear rule over standardised signals.

    Attributes:
        label: The categorical label that the rule speaks for; None for binary and ordinal attributes.
        bias: Added to the weighted sum.
        weights: (signal, weight) pairs; the sum goes through a logistic function (softmax over labels if categorical).
    """

    label: str | None = None
    bias: float = 0.0
    weights: tuple[tuple[Signal, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A definition as read from ``attributes/NAME.yaml``.

    Attributes:
        name: Lower-case identifier, equal to the file's stem.
        version: Counted up by the owner; does not enter the fingerprint.
        title: Display name, also shown to the annotator.
        kind: Which answers are allowed.
        question: The one question that an annotator answers.
        definition: What the attribute means, in full sentences.
        include: What counts.
        exclude: What does not count, though it looks like it.
        edge_cases: Rulings on hard cases.
        choices: Allowed labels with their meaning, in order; empty for binary.
        modalities: What may be looked at.
        threshold: Probability from which later stages count the attribute as present; never used to label.
        examples: Adjudicated precedents.
        signals: Rules for the built-in annotator; empty means that it abstains.
        owner: Who answers for the definition.
        changelog: What changed when and why.
    """

    name: str
    version: int
    title: str
    kind: Kind
    question: str
    definition: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    edge_cases: tuple[EdgeCase, ...] = ()
    choices: tuple[Choice, ...] = ()
    modalities: tuple[Modality, ...] = (Modality.FRAMES, Modality.AUDIO, Modality.TEXT)
    threshold: float = 0.5
    examples: tuple[Example, ...] = ()
    signals: tuple[SignalWeights, ...] = ()
    owner: str = ""
    changelog: tuple[Change, ...] = field(default=())

    @property
    def allowed(self) -> tuple[Label, ...]:
        """The labels that an answer may carry, in the order of the definition."""
        return (True, False) if self.kind is Kind.BINARY else tuple(c.label for c in self.choices)

    def allows(self, label: object) -> bool:
        """Whether an answer may carry the label, type included: 1 == True in Python, but not here."""
        return any(type(allowed) is type(label) and allowed == label for allowed in self.allowed)

    def judged(self) -> dict[str, Any]:
        """Return the fields that can change a judgement, as JSON values; the fingerprint is taken over these.

        Outside: version, threshold, signals, owner and changelog.
        """
        return {
            "name": self.name,
            "title": self.title,
            "kind": str(self.kind),
            "question": self.question,
            "definition": self.definition,
            "include": list(self.include),
            "exclude": list(self.exclude),
            "edge_cases": [{"case": e.case, "label": e.label, "why": e.why} for e in self.edge_cases],
            "choices": [{"label": c.label, "meaning": c.meaning} for c in self.choices],
            "modalities": sorted(str(m) for m in self.modalities),
            "examples": [{"video": e.video, "label": e.label, "why": e.why} for e in self.examples],
        }

    @property
    def fingerprint(self) -> str:
        """16 hex digits over ``judged()``: equal fingerprints mean equal judgements."""
        return _fingerprint_of(self)


@lru_cache(maxsize=1024)
def _fingerprint_of(attribute: Attribute) -> str:
    """Return the fingerprint; it is asked for several times for every call."""
    return fingerprint(attribute.judged())
