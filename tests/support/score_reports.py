"""Made-up scores of every shape, for the reports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import simplejpeg
from sklearn.metrics import precision_recall_curve, roc_curve

from vibekit.core.compare import CompareReport
from vibekit.core.estimate import Estimate
from vibekit.core.score import AttributeScore, ScoreReport
from vibekit.core.score_parts import Bin, Calibrated, Corpus, Curve, ErrorItem, Gate, Outcomes, Slice, Table, Threshold
from vibekit.core.score_people import AltTest, Humans, Judge, Replaced
from vibekit.formats.compare_report import SAMPLE as COMPARE_SAMPLE
from vibekit.metrics.confusion import Counts
from vibekit.metrics.interval import wilson


def est(value: float, half: float = 0.04) -> Estimate:
    """An estimate with an interval that stays in [0, 1]."""
    return Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + 0.8 * half))


def counted(counts: Counts) -> dict[str, Estimate]:
    """Precision, recall and F1 of counts, with Wilson intervals."""
    precision = wilson(counts.tp, counts.tp + counts.fp)
    recall = wilson(counts.tp, counts.tp + counts.fn)
    share = wilson(counts.tp, counts.tp + counts.fp + counts.fn)
    assert share.value is not None
    assert share.low is not None
    assert share.high is not None
    f1 = Estimate(
        value=2 * share.value / (1 + share.value),
        low=2 * share.low / (1 + share.low),
        high=2 * share.high / (1 + share.high),
    )
    return {"precision": precision, "recall": recall, "f1": f1}


def jpeg(shade: int) -> bytes:
    """A small picture."""
    y, x = np.mgrid[0:90, 0:160]
    picture = np.stack([(x + shade) % 256, (y * 2 + shade) % 256, np.full_like(x, shade % 256)], axis=-1)
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(picture.astype(np.uint8)), quality=60))


def curves(seed: int = 0) -> tuple[Curve, Curve, tuple[Bin, ...]]:
    """Precision-recall, ROC and reliability of simulated probabilities."""
    random = np.random.default_rng(seed)
    truth = random.random(400) < 0.3
    probability = 1 / (1 + np.exp(-(random.normal(0, 1.2, 400) + np.where(truth, 1.6, -1.4))))
    precision, recall, at = precision_recall_curve(truth, probability)
    fpr, tpr, levels = roc_curve(truth, probability)
    bins = []
    for i in range(10):
        inside = (probability >= i / 10) & (probability < (i + 1) / 10)
        n = int(inside.sum())
        mean = float(probability[inside].mean()) if n else 0.0
        bins.append(Bin(low=i / 10, high=(i + 1) / 10, n=n, mean=mean, share=wilson(float(truth[inside].sum()), n)))
    return (
        Curve(x=tuple(map(float, recall)), y=tuple(map(float, precision)), threshold=(*map(float, at), 1.0)),
        Curve(x=tuple(map(float, fpr)), y=tuple(map(float, tpr)), threshold=(1.0, *map(float, levels[1:]))),
        tuple(bins),
    )


MODEL_OF_THE_PAPER = Counts(tp=159, fp=28, fn=45, tn=768)
"""Counts that give the model's row of the paper, 85.03, 77.94, 81.33 (arXiv 2510.06657)."""
CROWD_OF_THE_PAPER = Counts(tp=560, fp=169, fn=483, tn=2400)
"""Counts that give the crowd's row, 76.82, 53.69, 63.21."""


def rich(name: str = "calming", title: str = "Calming", seed: int = 0) -> AttributeScore:
    """A binary attribute with everything that a score can have."""
    pr, roc, bins = curves(seed)
    counts = Counts(tp=96, fp=17, fn=27, tn=260)
    three = counted(counts)
    people = {"precision": est(0.768), "recall": est(0.537), "f1": est(0.632)}
    return AttributeScore(
        name=name,
        title=title,
        kind="binary",
        definition="3f9a0c1d2b4e5f60",
        n=400,
        coverage=400 / 421,
        outcomes=Outcomes(golden=421, ok=400, abstain=9, blocked=4, failed=2, missing=6, undecided=3, named=5),
        positives=123,
        tp=96,
        fp=17,
        fn=27,
        tn=260,
        precision=three["precision"],
        recall=three["recall"],
        f1=three["f1"],
        specificity=est(0.939),
        accuracy=est(0.89),
        prevalence=est(0.31),
        predicted_prevalence=est(0.28),
        recall_of_all=est(0.74),
        f1_of_all=est(0.789),
        average_precision=est(0.88),
        pr_auc=est(0.879),
        roc_auc=est(0.931),
        brier=est(0.092, 0.01),
        ece=est(0.041, 0.01),
        naive={"precision": 0.88, "recall": 0.81, "f1": 0.843, "prevalence": 0.42},
        weighted=True,
        groups=212,
        effective_n=288.4,
        interval="Wilson on the effective sample size; variance linearised over 212 groups in 3 strata",
        confusion=Table(
            labels=("true", "false"), counts=((96, 27), (17, 260)), weighted=((1900.0, 520.5), (300.0, 9000.0))
        ),
        pr=pr,
        roc=roc,
        reliability=bins,
        probability_source="logprob",
        calibration=(
            Calibrated(method="none", brier=est(0.092, 0.01), ece=est(0.041, 0.01)),
            Calibrated(
                method="platt",
                brier=est(0.088, 0.01),
                ece=est(0.022, 0.01),
                parameters={"slope": 1.21, "intercept": -0.14},
            ),
            Calibrated(
                method="isotonic",
                brier=est(0.087, 0.01),
                ece=est(0.019, 0.01),
                parameters={"x": [0.1] * 12, "y": [0.2] * 12},
            ),
            Calibrated(
                method="temperature", brier=est(0.089, 0.01), ece=est(0.025, 0.01), parameters={"temperature": 0.83}
            ),
        ),
        threshold=Threshold(
            value=0.62,
            goal="precision>=0.9",
            tune={"precision": est(0.91), "recall": est(0.72), "f1": est(0.8)},
            scored={"precision": est(0.89), "recall": est(0.7), "f1": est(0.784)},
            current=0.5,
            written="attributes/calming.yaml",
            note="the lower end of the interval on the tune split is 86.80 %",
        ),
        humans=Humans(
            reference="others",
            raters=tuple(
                Judge(name=rater, n=n, precision=est(p), recall=est(r), f1=est(f))
                for rater, n, p, r, f in (
                    ("anna", 210, 0.79, 0.6, 0.68),
                    ("ben", 190, 0.72, 0.49, 0.58),
                    ("chiara", 205, 0.8, 0.52, 0.63),
                )
            ),
            pooled=Judge(name="raters", n=605, **people),
            model=Judge(name="model", n=388, precision=est(0.84), recall=est(0.76), f1=est(0.798)),
        ),
        alt_test=AltTest(
            epsilon=0.2,
            raters=(
                Replaced(rater="anna", n=210, model=0.91, rater_share=0.88, p=0.0004, wins=True),
                Replaced(rater="ben", n=190, model=0.92, rater_share=0.81, p=0.00001, wins=True),
                Replaced(rater="chiara", n=22, model=0.7, rater_share=0.86, p=None, wins=False),
            ),
            winning_rate=2 / 3,
            advantage=0.874,
            passed=True,
        ),
        slices=(
            Slice(
                column="language",
                value="en",
                n=180,
                positives=60,
                precision=est(0.88),
                recall=est(0.82),
                f1=est(0.85),
                difference=Estimate(value=0.071, low=0.002, high=0.14),
                p=0.004,
                q=0.031,
            ),
            Slice(
                column="language",
                value="de",
                n=90,
                positives=31,
                precision=est(0.8),
                recall=est(0.71),
                f1=est(0.75),
                difference=Estimate(value=-0.05, low=-0.13, high=0.03),
                p=0.2,
                q=0.4,
            ),
            Slice(
                column="language",
                value="日本語のとても長い値がここにあります",
                n=80,
                positives=25,
                precision=est(0.79),
                recall=est(0.74),
                f1=est(0.764),
                difference=Estimate(value=-0.02, low=-0.1, high=0.06),
                p=0.5,
                q=0.7,
            ),
            Slice(column="language", value="fr", n=20, positives=7, note="7 golden positives; at least 20 are needed"),
            Slice(
                column="duration",
                value="under 15 s",
                n=220,
                positives=70,
                precision=est(0.86),
                recall=est(0.8),
                f1=est(0.829),
                difference=Estimate(value=0.03, low=-0.04, high=0.1),
                p=0.3,
                q=0.5,
            ),
            Slice(
                column="duration",
                value="15 s to 60 s",
                n=150,
                positives=44,
                precision=est(0.83),
                recall=est(0.75),
                f1=est(0.788),
                difference=Estimate(value=-0.02, low=-0.09, high=0.05),
                p=0.5,
                q=0.7,
            ),
        ),
        corpus=Corpus(
            n=48211,
            predicted=0.274,
            human_only=est(0.31, 0.045),
            ppi=est(0.302, 0.028),
            power=0.83,
            note="The golden set is a probability sample of this run.",
        ),
        errors=errors(),
        n_errors=65,
        notes=(
            "The stratum 'low' has no golden positive among 120 videos that stand for 17,000: recall may be lower.",
            "12 videos have a probability of the model's own words (verbal); the others come from log probabilities.",
        ),
    )


def errors() -> tuple[ErrorItem, ...]:
    """Disagreements with three causes."""
    long = "Slow camera over a forest lake at dawn, a quiet piano. " * 4
    made = [
        ErrorItem(
            video_id=f"{i:032x}",
            path=f"videos/creator_{i % 4}/2026-05-{i + 1:02d}_a_rather_long_file_name_of_a_clip.mp4",
            golden="false" if i % 2 else "true",
            predicted="true" if i % 2 else "false",
            probability=0.97 - i / 50,
            weight=12.5 if i % 3 else 1.0,
            rationale=long if i % 3 == 0 else "Upbeat cuts, loud music; nothing soothes.",
            evidence=((1.0, 4.5, "camera glides over water"), (12.0, 19.0, "piano, no voice")) if i % 2 else (),
            clause="exclude 2: relaxing words over hectic pictures"
            if i % 2
            else "include 1: slow movement and soft sound",
            cause=("false positive, exclude 2" if i % 2 else "false negative, include 1") if i < 8 else "no clause",
            golden_note="anna: the voice shouts at the end" if i % 2 else "",
            agreement=0.8,
        )
        for i in range(10)
    ]
    made.append(
        ErrorItem(
            video_id="f" * 32, path="videos/blocked.mp4", golden="true", predicted="blocked", cause="no label: blocked"
        )
    )
    return tuple(made)


def ordinal() -> AttributeScore:
    """An ordinal attribute."""
    labels = ("1", "2", "3", "4", "5")
    counts = tuple(tuple(int(60 / (1 + 3 * abs(i - j))) for j in range(5)) for i in range(5))
    return AttributeScore(
        name="energy",
        title="Energy",
        kind="ordinal",
        definition="",
        n=sum(map(sum, counts)),
        coverage=1.0,
        outcomes=Outcomes(golden=sum(map(sum, counts)), ok=sum(map(sum, counts))),
        precision=est(0.61),
        recall=est(0.6),
        f1=est(0.602),
        accuracy=est(0.62),
        more={"weighted_kappa": est(0.74), "mae": est(0.51), "spearman": est(0.77), "micro_f1": est(0.62)},
        per_label={label: {"precision": est(0.6), "recall": est(0.6), "f1": est(0.6)} for label in labels},
        confusion=Table(labels=labels, counts=counts, weighted=tuple(tuple(map(float, row)) for row in counts)),
        errors=errors()[:3],
        n_errors=3,
    )


def categorical() -> AttributeScore:
    """A categorical attribute with long names."""
    labels = ("outdoor nature", "city", "studio", "home, kitchen", "游戏画面", "other & <unknown>")
    counts = tuple(tuple(40 if i == j else (i + j) % 4 for j in range(6)) for i in range(6))
    return replace(
        ordinal(),
        name="setting",
        title="Setting",
        kind="categorical",
        more={"micro_f1": est(0.81)},
        per_label={label: {"precision": est(0.8), "recall": est(0.8), "f1": est(0.8)} for label in labels},
        confusion=Table(labels=labels, counts=counts, weighted=tuple(tuple(map(float, row)) for row in counts)),
    )


def undefined(name: str = "absent") -> AttributeScore:
    """An attribute for which nothing is defined."""
    none = Estimate(note="no golden positive")
    return AttributeScore(
        name=name,
        title="",
        kind="binary",
        definition="",
        n=12,
        coverage=0.6,
        outcomes=Outcomes(golden=20, ok=12, missing=8),
        positives=0,
        tp=0,
        fp=0,
        fn=0,
        tn=12,
        precision=Estimate(note="nothing was predicted true"),
        recall=none,
        f1=none,
        roc_auc=Estimate(note="one class only"),
        confusion=Table(labels=("true", "false"), counts=((0, 0), (0, 12)), weighted=((0.0, 0.0), (0.0, 12.0))),
        threshold=Threshold(value=None, goal="f1", note="the tune split has no golden positive"),
        humans=Humans(reference="others", note="one rater: nobody can be held against others"),
        alt_test=AltTest(epsilon=0.2, note="three raters are needed, there is 1"),
        corpus=Corpus(note="the golden set is no probability sample of this run"),
        slices=(
            Slice(column="language", value="en", n=12, positives=0, note="0 golden positives; at least 20 are needed"),
        ),
        notes=("Only one class among the golden labels.",),
    )


def report(*scores: AttributeScore) -> ScoreReport:
    """A report of these attributes, with gates, a forced look and warnings."""
    return ScoreReport(
        labels="runs/gemini-flash",
        golden="golden/calming-2026",
        split="test",
        annotator="gemini",
        model="gemini-2.5-flash",
        cost_usd=12.41,
        attributes={score.name: score for score in scores},
        macro={"precision": est(0.81), "recall": est(0.75), "f1": est(0.778)},
        micro={"precision": est(0.83), "recall": est(0.76), "f1": est(0.793)},
        gates=(
            Gate(attribute="calming", metric="f1", at_least=0.75, bound="lower", measured=0.7499999, passed=False),
            Gate(attribute="calming", metric="precision", at_least=0.7, bound="value", measured=0.85, passed=True),
        ),
        passed=False,
        uses=3,
        forced=True,
        stale="exclude 2 was added",
        created_at="2026-11-21T10:00:00Z",
        vibekit="0.1.0",
        warnings=("3 videos of the run have no metadata.",),
    )


def frames(items: tuple[ErrorItem, ...]) -> dict[str, list[bytes]]:
    """Three pictures for every disagreement but the last."""
    return {item.video_id: [jpeg(40 * k + 9 * i) for k in range(3)] for i, item in enumerate(items[:-1])}


def of_the_paper() -> AttributeScore:
    """The paper's own table, from counts."""
    model, crowd = counted(MODEL_OF_THE_PAPER), counted(CROWD_OF_THE_PAPER)
    counts = MODEL_OF_THE_PAPER
    n = counts.tp + counts.fp + counts.fn + counts.tn
    judge = Judge(name="raters", n=3612, precision=crowd["precision"], recall=crowd["recall"], f1=crowd["f1"])
    return AttributeScore(
        name="calming",
        title="Calming",
        kind="binary",
        definition="",
        n=n,
        coverage=1.0,
        outcomes=Outcomes(golden=n, ok=n),
        positives=counts.tp + counts.fn,
        tp=counts.tp,
        fp=counts.fp,
        fn=counts.fn,
        tn=counts.tn,
        precision=model["precision"],
        recall=model["recall"],
        f1=model["f1"],
        humans=Humans(reference="expert", pooled=judge),
    )


def comparison(n: int = 2) -> CompareReport:
    """A comparison of several attributes, one of them with different definitions."""
    base = COMPARE_SAMPLE.attributes["calming"]
    others = {
        f"attribute_{i}": replace(
            base, name=f"attribute_{i}", title=f"Attribute {i}", verdict="b", definition_a="aa", definition_b="bb",
            notes=("A and B were asked with different definitions.",),
        )
        for i in range(1, n)
    }  # fmt: skip
    return replace(COMPARE_SAMPLE, attributes={"calming": base, **others}, uses=2, warnings=("<b>careful</b>",))
