"""A score: how good the labels of a run or table are against a golden set, as the report shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vibekit.core.estimate import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

NONE = Estimate()


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
        current: The threshold in the definition now.
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
class Judge:
    """One row of the comparison with people: a rater, all raters, or the model, on the same videos.

    Attributes:
        name: Rater, ``raters`` for all of them together, or ``model``.
        n: Videos.
        precision: Against the reference.
        recall: Against the reference.
        f1: Against the reference.
    """

    name: str
    n: int
    precision: Estimate = NONE
    recall: Estimate = NONE
    f1: Estimate = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Humans:
    """People beside the model.

    Attributes:
        reference: ``others``: each rater and the model are held against the majority of the other raters, so that no
            one is scored against himself; ``expert``: against the expert's labels.
        raters: One row a rater.
        pooled: All raters together: the label-noise ceiling when the reference is ``others``.
        model: The model on the same videos against the same references.
        note: Why there is no comparison, or what is doubtful about it.
    """

    reference: str
    raters: tuple[Judge, ...] = ()
    pooled: Judge | None = None
    model: Judge | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """One rater in the alternative-annotator test.

    Attributes:
        rater: Name.
        n: Videos that this rater and another rated.
        model: Share of videos on which the model agrees with the others at least as well as the rater.
        rater_share: Share on which the rater agrees with the others at least as well as the model.
        p: Of the test that the model is worse by epsilon or more; None with too few videos.
        wins: The model may stand in for this rater.
    """

    rater: str
    n: int
    model: float
    rater_share: float
    p: float | None
    wins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AltTest:
    """May the model replace a rater? (Calderon, Reichart and Dror 2025, arXiv 2501.10970).

    Attributes:
        epsilon: What a rater costs more than a model, as a share.
        raters: One row a rater.
        winning_rate: Share of raters that the model may stand in for, after control of the false discovery rate.
        advantage: Mean probability that the model is as good as a random rater or better.
        passed: The winning rate is one half or more; None when the test could not be made.
        note: Why it could not be made, or what is doubtful.
    """

    epsilon: float
    raters: tuple[Replaced, ...] = ()
    winning_rate: float | None = None
    advantage: float | None = None
    passed: bool | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeScore:
    """The score of one attribute.

    Attributes:
        name: Of the attribute.
        title: For people.
        kind: binary, ordinal or categorical.
        definition: Fingerprint that the labels were made with; empty when not known.
        n: Golden videos with a predicted label: what the metrics are over.
        positives: Golden positives among them (binary).
        tp: True positives, as videos (binary).
        fp: False positives.
        fn: False negatives.
        tn: True negatives.
        coverage: ``n`` over the golden videos.
        outcomes: What became of the golden videos.
        precision: Weighted by inclusion probability, as are all the estimates that follow. Binary: of true; other
            kinds: macro average.
        recall: Likewise.
        f1: Likewise.
        specificity: Binary only.
        accuracy: All kinds.
        prevalence: Share of golden positives (binary).
        predicted_prevalence: Share of predicted positives (binary).
        recall_of_all: Recall when a video without an answer counts as not found.
        f1_of_all: F1 when a video without an answer counts as not found.
        average_precision: Area under the precision-recall curve as a step function.
        pr_auc: Area under the precision-recall curve by trapezoids.
        roc_auc: Area under the ROC curve.
        brier: Mean squared error of the probability.
        ece: Expected calibration error, ten equal-width bins.
        more: Further metrics of ordinal and categorical attributes: weighted_kappa, mae, spearman, micro_f1 ...
        per_label: Label -> precision, recall, f1 (ordinal, categorical).
        naive: Metric -> unweighted value, for those that differ from the weighted ones by more than 0.005.
        weighted: True when inclusion probabilities differ.
        groups: Number of groups that are resampled.
        effective_n: Kish's effective sample size.
        interval: How the intervals were made, in words.
        confusion: The counts.
        pr: Precision-recall curve.
        roc: ROC curve.
        reliability: Bins of the reliability diagram.
        probability_source: logprob, votes, verbal, signals or table; empty without probabilities.
        calibration: Ways of calibrating, the first being none.
        threshold: Chosen threshold.
        humans: People beside the model.
        alt_test: May the model replace a rater?
        slices: By metadata column.
        corpus: Prevalence in the corpus.
        errors: Disagreements, worst first; at most as many as were asked for.
        n_errors: All of them.
        notes: What a reader must know, in whole sentences.
    """

    name: str
    title: str
    kind: str
    definition: str
    n: int
    coverage: float
    outcomes: Outcomes
    positives: int | None = None
    tp: int | None = None
    fp: int | None = None
    fn: int | None = None
    tn: int | None = None
    precision: Estimate = NONE
    recall: Estimate = NONE
    f1: Estimate = NONE
    specificity: Estimate = NONE
    accuracy: Estimate = NONE
    prevalence: Estimate = NONE
    predicted_prevalence: Estimate = NONE
    recall_of_all: Estimate = NONE
    f1_of_all: Estimate = NONE
    average_precision: Estimate = NONE
    pr_auc: Estimate = NONE
    roc_auc: Estimate = NONE
    brier: Estimate = NONE
    ece: Estimate = NONE
    more: Mapping[str, Estimate] = field(default_factory=dict)
    per_label: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    naive: Mapping[str, float] = field(default_factory=dict)
    weighted: bool = False
    groups: int = 0
    effective_n: float = 0.0
    interval: str = ""
    confusion: Table | None = None
    pr: Curve | None = None
    roc: Curve | None = None
    reliability: tuple[Bin, ...] = ()
    probability_source: str = ""
    calibration: tuple[Calibrated, ...] = ()
    threshold: Threshold | None = None
    humans: Humans | None = None
    alt_test: AltTest | None = None
    slices: tuple[Slice, ...] = ()
    corpus: Corpus | None = None
    errors: tuple[ErrorItem, ...] = ()
    n_errors: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReport:
    """``data`` of ``vibekit score --json``, and the content of ``report.json``.

    Attributes:
        labels: The run or table.
        golden: The golden set.
        split: tune, test or all.
        annotator: Who made the labels; empty when not known.
        model: Model id; empty when there is none.
        cost_usd: What the run cost; None for a table.
        attributes: Name -> score.
        macro: Metric -> mean over the binary attributes, with its interval.
        micro: Metric -> over all decisions together, with its interval.
        gates: Conditions that CI set.
        passed: All gates hold; None without gates.
        uses: How often the test split has been looked at, this time included; None when it cannot be counted.
        forced: ``--i-know`` was needed.
        stale: ``--allow-stale`` was needed: what changed, in words; empty otherwise.
        out: Folder of the report; empty when none was written.
        files: Written files.
        created_at: ISO 8601, UTC.
        vibekit: Version.
        warnings: For people.
    """

    labels: str
    golden: str
    split: str
    attributes: Mapping[str, AttributeScore]
    annotator: str = ""
    model: str = ""
    cost_usd: float | None = None
    macro: Mapping[str, Estimate] = field(default_factory=dict)
    micro: Mapping[str, Estimate] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    passed: bool | None = None
    uses: int | None = None
    forced: bool = False
    stale: str = ""
    out: str = ""
    files: tuple[str, ...] = ()
    created_at: str = ""
    vibekit: str = ""
    warnings: tuple[str, ...] = ()
