"""The built-in annotator: measurements and weights, no key, no network, no model.

A baseline and a dry run. It hears and sees how much happens, which says something about arousal (calming, energetic)
and next to nothing about meaning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vibekit.annotators.base import AnnotatorInfo, Question, Reply
from vibekit.annotators.offline import Offline
from vibekit.core.annotation import Answer, ProbabilitySource, Status
from vibekit.core.attribute import Kind
from vibekit.core.fingerprint import fingerprint
from vibekit.core.media import MediaKind, MediaPlan
from vibekit.core.signal_scale import SIGNAL_INFO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute, Label, SignalWeights
    from vibekit.core.media import Media
    from vibekit.core.signals import Measurements, Signal
    from vibekit.core.video import Video

VERSION = 1
"""Counted up when the same measurements would be answered in another way."""

CLIP = 3.0
"""Standard deviations beyond which a measurement counts no more: one freak value must not decide."""

LEAST_MEASURED = 0.5
"""Share of the absolute weights that must have been measured for an answer."""


@dataclass(frozen=True, slots=True)
class _Term:
    """One measurement in a rule: its value, its distance from typical in spreads, and what it adds to the sum."""

    signal: Signal
    value: float
    z: float
    weight: float

    @property
    def adds(self) -> float:
        return self.weight * self.z


@dataclass(frozen=True, slots=True)
class _Sum:
    """One rule, applied."""

    label: str | None
    total: float
    terms: tuple[_Term, ...]


class SignalsAnnotator(Offline):
    """Implements ``vibekit.annotators.base.Annotator``.

    Args:
        settings: Nothing in them concerns this annotator.
    """

    def __init__(self, settings: AnnotatorSettings) -> None:
        del settings

    @property
    def info(self) -> AnnotatorInfo:
        """Who answers; the scale is part of it, for another scale gives other answers."""
        scale = {str(signal): [info.centre, info.spread] for signal, info in SIGNAL_INFO.items()}
        return AnnotatorInfo(name="signals", settings={"version": VERSION, "scale": fingerprint(scale)})

    def attribute_settings(self, attribute: Attribute) -> Mapping[str, Any]:
        """Return the weights: they are outside the definition's fingerprint and decide everything here."""
        return {
            "signals": [
                {"label": rule.label, "bias": rule.bias, "weights": {str(s): w for s, w in rule.weights}}
                for rule in attribute.signals
            ]
        }

    def plan(self, video: Video, attributes: tuple[Attribute, ...]) -> MediaPlan:  # noqa: ARG002 - the protocol's
        """Ask for measurements."""
        return MediaPlan(kind=MediaKind.SIGNALS, why="measured on this machine")

    async def ask(self, question: Question, attached: Any) -> Reply:  # noqa: ANN401 - what attach() yielded
        """Answer from the measurements."""
        media: Media = attached
        return Reply(answers={a.name: judge(a, media.measurements) for a in question.attributes})


def judge(attribute: Attribute, measurements: Measurements | None) -> Answer:
    """Answer for one attribute; the same measurements give the same answer.

    Args:
        attribute: With its ``signals`` rules.
        measurements: None when nothing could be measured.
    """
    if not _weight(attribute.signals):
        return _abstain(f"attributes/{attribute.name}.yaml has no signals: the built-in annotator cannot judge it")
    if measurements is None or not measurements.values:
        return Answer(status=Status.MEDIA_ERROR, reason="nothing could be measured")
    values = {s: v for s, v in measurements.values.items() if math.isfinite(v)}
    missing = tuple(dict.fromkeys(s for rule in attribute.signals for s, w in rule.weights if w and s not in values))
    share = 1 - _weight(attribute.signals, only=missing) / _weight(attribute.signals)
    if share < LEAST_MEASURED - 1e-9:
        return _abstain(f"only {share:.0%} of the weights could be measured{_not_measured(missing)}")
    sums = [_applied(rule, values) for rule in attribute.signals]
    chosen, label, probability = _decide(attribute, sums)
    return Answer(
        status=Status.OK,
        label=label,
        probability=probability,
        probability_source=ProbabilitySource.SIGNALS,
        rationale=_rationale(chosen.terms, missing),
    )


def _abstain(reason: str) -> Answer:
    return Answer(status=Status.ABSTAIN, reason=reason)


def _weight(rules: Sequence[SignalWeights], only: tuple[Signal, ...] | None = None) -> float:
    return sum(abs(w) for rule in rules for s, w in rule.weights if only is None or s in only)


def _applied(rule: SignalWeights, values: Mapping[Signal, float]) -> _Sum:
    terms = tuple(_Term(s, values[s], _standard(s, values[s]), w) for s, w in rule.weights if w and s in values)
    return _Sum(rule.label, rule.bias + sum(term.adds for term in terms), terms)


def _standard(signal: Signal, value: float) -> float:
    info = SIGNAL_INFO[signal]
    return max(-CLIP, min(CLIP, (value - info.centre) / info.spread))


def _decide(attribute: Attribute, sums: list[_Sum]) -> tuple[_Sum, Label, float]:
    """Return the rule that was followed, the label and its probability."""
    if attribute.kind is Kind.CATEGORICAL:
        return _most_likely(sums)
    total = sums[0].total
    probability = round(_logistic(total), 4)
    if attribute.kind is Kind.BINARY:
        return sums[0], probability >= 0.5, probability
    # Equal bins of the probability are the steps; the mass of a step is that of a logistic variable around the sum.
    steps = len(attribute.choices)
    step = min(int(_logistic(total) * steps), steps - 1)
    above, below = (step + 1) / steps, step / steps
    mass = (_logistic(_logit(above) - total) if above < 1 else 1.0) - (
        _logistic(_logit(below) - total) if below else 0.0
    )
    return sums[0], attribute.choices[step].label, round(mass, 4)


def _most_likely(sums: list[_Sum]) -> tuple[_Sum, Label, float]:
    best = max(sums, key=lambda s: s.total)
    shares = sum(math.exp(s.total - best.total) for s in sums)
    assert best.label is not None
    return best, best.label, round(1 / shares, 4)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _rationale(terms: tuple[_Term, ...], missing: tuple[Signal, ...]) -> str:
    ranked = sorted(terms, key=lambda term: -abs(term.adds))
    speaks_for = "; ".join(_quoted(t) for t in ranked if t.adds > 0) or "nothing"
    against = "; ".join(_quoted(t) for t in ranked if t.adds < 0) or "nothing"
    return f"Measured, not understood. For: {speaks_for}. Against: {against}{_not_measured(missing)}."


def _not_measured(missing: tuple[Signal, ...]) -> str:
    if not missing:
        return ""
    why = " (no sound)" if all(SIGNAL_INFO[s].needs_audio for s in missing) else ""
    return f". Not measured: {', '.join(missing)}{why}"


def _quoted(term: _Term) -> str:
    """Write ``motion 0.004 mean luma change per 1/8 s, 0-1 (low, -1.0 sd)``."""
    size = abs(term.z)
    side = "high" if term.z > 0 else "low"
    how = "typical" if size < 0.5 else side if size < 1.5 else f"very {side}"
    return f"{term.signal} {term.value:.3g} {SIGNAL_INFO[term.signal].unit} ({how}, {term.z:+.1f} sd)"
