from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.annotators.base import Question
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.annotators.signals import SignalsAnnotator, judge
from vibekit.annotators.table import create
from vibekit.core.annotation import Answer, ProbabilitySource, Status, Usage
from vibekit.core.attribute import Attribute, Choice, Kind, SignalWeights
from vibekit.core.media import Media, MediaKind
from vibekit.core.signal_scale import SIGNAL_INFO
from vibekit.core.signals import Measurements, Signal
from vibekit.core.video import Video


def attribute(*rules: SignalWeights, kind: Kind = Kind.BINARY, choices: tuple[Choice, ...] = ()) -> Attribute:
    return Attribute(
        name="busy", version=1, title="Busy", kind=kind, question="?", definition="d", choices=choices, signals=rules
    )


def rule(bias: float = 0.0, label: str | None = None, **weights: float) -> SignalWeights:
    pairs = tuple((Signal(name), weight) for name, weight in weights.items())
    return SignalWeights(label=label, bias=bias, weights=pairs)


def measured(**z: float) -> Measurements:
    """Measurements at so many spreads from the centre."""
    values = {Signal(n): SIGNAL_INFO[Signal(n)].centre + d * SIGNAL_INFO[Signal(n)].spread for n, d in z.items()}
    return Measurements(values=values, duration_s=3.0, frames=24)


def test_a_weighted_sum_through_the_logistic_function() -> None:
    answer = judge(attribute(rule(0.25, motion=0.5, cut_rate=-1.0)), measured(motion=2, cut_rate=0.5))
    # 0.25 + 0.5 * 2 - 1.0 * 0.5 = 0.75
    assert answer.probability == round(1 / (1 + math.exp(-0.75)), 4)
    assert answer.label is True
    assert answer.status is Status.OK
    assert answer.probability_source is ProbabilitySource.SIGNALS
    assert answer.evidence == ()


def test_a_freak_value_counts_no_more_than_three_spreads() -> None:
    busy = attribute(rule(motion=1.0))
    assert judge(busy, measured(motion=50)).probability == judge(busy, measured(motion=3)).probability


def test_the_threshold_does_not_label() -> None:
    busy = replace(attribute(rule(motion=1.0)), threshold=0.99)
    assert judge(busy, measured(motion=0)).label is True
    assert judge(busy, measured(motion=-0.01)).label is False


def test_the_rationale_quotes_what_speaks_for_and_against() -> None:
    found = measured(motion=-1.1, loudness=2)
    said = judge(attribute(rule(motion=-0.8, loudness=-0.4)), found).rationale
    motion, loudness = found.values[Signal.MOTION], found.values[Signal.LOUDNESS]
    assert f"For: motion {motion:.3g} {SIGNAL_INFO[Signal.MOTION].unit} (low, -1.1 sd)" in said
    assert f"Against: loudness {loudness:.3g} {SIGNAL_INFO[Signal.LOUDNESS].unit} (very high, +2.0 sd)" in said


def test_a_silent_video_is_judged_by_the_picture_and_says_so() -> None:
    busy = attribute(rule(motion=1.0, loudness=1.0))
    answer = judge(busy, measured(motion=1))
    assert answer.probability == judge(attribute(rule(motion=1.0)), measured(motion=1)).probability
    assert "Not measured: loudness (no sound)." in answer.rationale


@pytest.mark.parametrize("gap", [{}, {"loudness": math.nan}, {"loudness": math.inf}])
def test_too_little_measured_is_an_abstention(gap: dict[str, float]) -> None:
    found = measured(motion=1, **gap)
    answer = judge(attribute(rule(motion=0.4, loudness=0.6)), found)
    assert (answer.status, answer.label, answer.probability) == (Status.ABSTAIN, None, None)
    assert "only 40%" in answer.reason
    assert "loudness (no sound)" in answer.reason


@pytest.mark.parametrize("rules", [(), (rule(1.0),), (rule(1.0, motion=0.0),)])
def test_without_signals_it_abstains(rules: tuple[SignalWeights, ...]) -> None:
    answer = judge(attribute(*rules), measured(motion=1))
    assert answer.status is Status.ABSTAIN
    assert "busy.yaml has no signals" in answer.reason


@pytest.mark.parametrize("nothing", [None, Measurements(values={}, duration_s=0, frames=0)])
def test_nothing_measured_is_no_label(nothing: Measurements | None) -> None:
    assert judge(attribute(rule(motion=1)), nothing) == Answer(
        status=Status.MEDIA_ERROR, reason="nothing could be measured"
    )


STEPS = tuple(Choice(label=n, meaning="") for n in range(1, 6))


@pytest.mark.parametrize(("z", "step"), [(-3, 1), (-1, 2), (0, 3), (1, 4), (3, 5)])
def test_an_ordinal_step_is_the_bin_of_the_probability(z: float, step: int) -> None:
    answer = judge(attribute(rule(motion=1.0), kind=Kind.ORDINAL, choices=STEPS), measured(motion=z))
    assert answer.label == step
    assert type(answer.label) is int


def test_the_probability_of_a_step_is_its_share_of_the_mass() -> None:
    busy = attribute(rule(motion=1.0), kind=Kind.ORDINAL, choices=STEPS)
    # around 0 the middle of five bins of the logistic function holds exactly a fifth
    assert judge(busy, measured(motion=0)).probability == 0.2


def test_a_category_wins_by_softmax() -> None:
    rules = (rule(0.0, "calm", motion=-1.0), rule(0.0, "lively", motion=1.0), rule(0.5, "other"))
    choices = tuple(Choice(label=name, meaning="") for name in ("calm", "lively", "other"))
    answer = judge(attribute(*rules, kind=Kind.CATEGORICAL, choices=choices), measured(motion=2))
    assert answer.label == "lively"
    assert answer.probability == round(math.exp(2) / (math.exp(2) + math.exp(-2) + math.exp(0.5)), 4)


@given(
    z=st.dictionaries(st.sampled_from([str(s) for s in Signal]), st.floats(-1e6, 1e6), min_size=1),
    weights=st.dictionaries(st.sampled_from([str(s) for s in Signal]), st.floats(-100, 100), min_size=1),
    bias=st.floats(-100, 100),
    kind=st.sampled_from([Kind.BINARY, Kind.ORDINAL]),
)
def test_every_answer_is_allowed_and_fits_its_probability(
    z: dict[str, float], weights: dict[str, float], bias: float, kind: Kind
) -> None:
    rules = SignalWeights(bias=bias, weights=tuple((Signal(n), w) for n, w in weights.items()))
    asked = attribute(rules, kind=kind, choices=STEPS if kind is Kind.ORDINAL else ())
    answer = judge(asked, measured(**z))
    assert answer == judge(asked, measured(**z))
    if answer.status is Status.OK:
        assert answer.label in asked.allowed
        assert answer.probability is not None
        assert 0 <= answer.probability <= 1
        assert kind is Kind.ORDINAL or answer.label is (answer.probability >= 0.5)
    else:
        assert answer.label is None


def test_the_annotator_as_the_stage_uses_it() -> None:
    annotator = create("signals", AnnotatorSettings())
    busy, quiet = attribute(rule(motion=1.0)), replace(attribute(rule(motion=-1.0)), name="quiet")
    video = Video(path=Path("a.mp4"), video_id="0" * 32)
    question = Question(request_id="r", video=video, attributes=(busy, quiet))
    plan = annotator.plan(video, (busy, quiet))
    assert plan.kind is MediaKind.SIGNALS
    assert annotator.estimate(question, plan).usage == Usage()

    async def ask() -> dict[str, object]:
        async with annotator.attach(Media(plan=plan, measurements=measured(motion=2))) as attached:
            reply = await annotator.ask(question, attached)
        await annotator.aclose()
        return {name: answer.label for name, answer in reply.answers.items()}

    assert asyncio.run(ask()) == {"busy": True, "quiet": False}


def test_the_weights_are_part_of_the_key_and_the_scale_of_the_annotator() -> None:
    annotator = SignalsAnnotator(AnnotatorSettings())
    assert annotator.attribute_settings(attribute(rule(0.5, motion=1.0))) == {
        "signals": [{"label": None, "bias": 0.5, "weights": {"motion": 1.0}}]
    }
    assert annotator.info.name == "signals"
    assert annotator.info.model == ""
    assert set(annotator.info.settings) == {"version", "scale"}
