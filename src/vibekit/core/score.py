"""A score: how good the labels of a run or table are against a golden set, as the report shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.estimate import NONE, Estimate
from vibekit.core.score_parts import Bin, Calibrated, Corpus, Curve, ErrorItem, Gate, Outcomes, Slice, Table, Threshold
from vibekit.core.score_people import AltTest, Humans

if TYPE_CHECKING:
    from collections.abc import Mapping


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
