"""The parts of a score: outcomes, tables, curves, thresholds, slices, disagreements, gates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vibekit.core.estimate import NONE, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What became of the golden videos of an attribute: nothing is dropped in silence.

    Attributes:
        golden: Golden videos with a label, those that the definition names left out.
        ok: With a label from the annotator.
        abstain: The annotator declined.
        blocked: The service refused.
        failed: Empty, invalid, undecodable or failed.
        missing: Not in the run or table at all.
        undecided: Golden videos without a golden label (a tie); not in ``golden``.
        named: Golden videos that the definition names as examples; not in ``golden``.
    """

    golden: int = 0
    ok: int = 0
    abstain: int = 0
    blocked: int = 0
    failed: int = 0
    missing: int = 0
    undecided: int = 0
    named: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A confusion matrix: ``counts[i][j]`` videos with golden label i and predicted label j.

    Attributes:
        labels: In the order of the definition, as text (true, false for binary).
        counts: Videos.
        weighted: Sum of weights; the same as ``counts`` for a simple random sample.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    weighted: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points of a curve, at most a few hundred.

    Attributes:
        x: Recall (precision-recall), false positive rate (ROC).
        y: Precision, true positive rate.
        threshold: Probability from which a point's videos count as positive.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    threshold: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One bin of a reliability diagram.

    Attributes:
        low: Lower end of the bin, included.
        high: Upper end, excluded but for 1.
        n: Videos.
        mean: Mean predicted probability.
        share: Share that is true, with its interval.
    """

    low: float
    high: float
    n: int
    mean: float
    share: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """One way of calibrating, fitted on the tune split and measured on the scored one.

    Attributes:
        method: none, platt, isotonic or temperature.
        brier: Mean squared error of the probability.
        ece: Expected calibration error, equal-width bins.
        parameters: What was fitted, for those who want to apply it.
    """

    method: str
    brier: Estimate
    ece: Estimate
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A threshold chosen on the tune split, and what it gives on the scored split.

    Attributes:
        value: Probability from which a video counts as positive; None when none could be chosen.
        goal: ``f1``, ``precision>=0.9`` or ``cost fp=1 fn=5``.
        tune: What it gives on the tune split: metric -> estimate.
        scored: What it gives on the scored split; empty when that is the tune split itself.
        current: The threshold in force now: the student's for its own labels, else that of the definition.
        written: File that it was written to; empty when it was not.
        note: Why there is none, or what is doubtful about it.
    """

    value: float | None
    goal: str
    tune: Mapping[str, Estimate] = field(default_factory=dict)
    scored: Mapping[str, Estimate] = field(default_factory=dict)
    current: float | None = None
    written: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The score of the videos with one value of a metadata column.

    Attributes:
        column: The column.
        value: Its value.
        n: Videos.
        positives: Golden positives among them.
        precision: None-valued when suppressed.
        recall: None-valued when suppressed.
        f1: None-valued when suppressed.
        difference: F1 of the slice minus F1 of the rest.
        p: Of no difference to the rest, two-sided; None when suppressed.
        q: The same after control of the false discovery rate over all slices of the report (Benjamini and Hochberg).
        note: Why it is suppressed.
    """

    column: str
    value: str
    n: int
    positives: int
    precision: Estimate = NONE
    recall: Estimate = NONE
    f1: Estimate = NONE
    difference: Estimate = NONE
    p: float | None = None
    q: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorItem:
    """A video on which the labels and the golden set disagree.

    Attributes:
        video_id: Which video.
        path: Its file; empty when not known.
        golden: Golden label as text.
        predicted: Predicted label as text, or the status when there is none.
        probability: As predicted.
        weight: How many videos of the corpus it stands for.
        rationale: The model's words.
        evidence: (start_s, end_s, what) as the model gave them.
        clause: The clause of the definition that the rationale comes nearest to, such as ``exclude 2: ...``.
        cause: Group in the gallery, such as ``false positive, exclude 2`` or ``no label: blocked``.
        golden_note: What raters or experts wrote.
        agreement: Share of raters who gave the golden label; None without raters.
    """

    video_id: str
    path: str
    golden: str
    predicted: str
    probability: float | None = None
    weight: float = 1.0
    rationale: str = ""
    evidence: tuple[tuple[float, float, str], ...] = ()
    clause: str = ""
    cause: str = ""
    golden_note: str = ""
    agreement: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """How common the attribute is in the whole run, by prediction-powered inference (PPI++, arXiv 2311.01453).

    Attributes:
        n: Videos of the run or table with a prediction.
        predicted: Share that the model calls positive, believed as it is.
        human_only: Share from the golden labels alone.
        ppi: Both together.
        power: The tuning factor lambda: 0 does not use the predictions, 1 believes in them.
        note: Why it is missing, or what it rests on.
    """

    n: int = 0
    predicted: float | None = None
    human_only: Estimate = NONE
    ppi: Estimate = NONE
    power: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition that CI set.

    Attributes:
        attribute: Name; empty for one over all attributes.
        metric: Such as f1.
        at_least: The bound.
        bound: lower (end of the interval) or value.
        measured: What was held against the bound; None when undefined, which fails.
        passed: Whether it holds.
    """

    attribute: str
    metric: str
    at_least: float
    bound: str
    measured: float | None
    passed: bool
