"""All metrics of one attribute, what became of its golden videos, and its confusion matrix, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.estimate import NONE, Estimate
from vibekit.reports.grid import Cell, Grid, Tone, estimate, row
from vibekit.reports.numbers import count, is_share, name_of, share, written

if TYPE_CHECKING:
    from vibekit.core.score import AttributeScore
    from vibekit.core.score_parts import Outcomes, Table

METRICS = (
    "precision", "recall", "f1", "specificity", "accuracy", "prevalence", "predicted_prevalence", "recall_of_all",
    "f1_of_all", "average_precision", "pr_auc", "roc_auc", "brier", "ece",
)  # fmt: skip
MACRO = frozenset({"precision", "recall", "f1"})
OUTCOMES = {
    "ok": "with a label",
    "abstain": "abstained",
    "blocked": "blocked by the service",
    "failed": "failed",
    "missing": "not in the run",
}


def metrics(score: AttributeScore) -> Grid:
    """Make the table of all metrics that apply."""
    listed = [(_name(score, key), key, getattr(score, key)) for key in METRICS]
    listed += [(name_of(key), key, value) for key, value in score.more.items()]
    # an estimate without value and without reason is one that this kind of attribute does not have
    listed = [(name, key, value) for name, key, value in listed if value != NONE or key in MACRO]
    naive = bool(score.naive)
    rows = [
        row(
            f"{name}, %" if is_share(key) else name,
            estimate(value, key),
            *([_naive(score, key)] if naive else []),
        )
        for name, key, value in listed
    ]
    said = [f"In brackets: 95 % intervals ({score.interval})."] if score.interval else []
    if score.weighted:
        effective = f"effective sample size {count(round(score.effective_n, 1))} of {count(score.n)}"
        said.append(f"Weighted by inclusion probability; {effective}.")
    if score.probability_source:
        said.append(f"Probabilities: {score.probability_source}.")
    head = ("Metric", "Estimate", *(["Unweighted"] if naive else []))
    return Grid(title="Metrics", head=head, rows=tuple(rows), below=tuple(said))


def _name(score: AttributeScore, key: str) -> str:
    return f"{name_of(key)} (macro average)" if key in MACRO and score.kind != "binary" else name_of(key)


def _naive(score: AttributeScore, key: str) -> Cell:
    value = score.naive.get(key)
    return Cell(text="" if value is None else written(value, key), tone=Tone.MUTED)


def outcomes(score: AttributeScore) -> Grid:
    """Make the table of what became of the golden videos: none is dropped in silence."""
    counts = score.outcomes
    rows = [
        row(words, count(getattr(counts, key)), share(getattr(counts, key) / counts.golden) if counts.golden else "")
        for key, words in OUTCOMES.items()
    ]
    rows.append(row("golden videos", count(counts.golden), "", tone=Tone.TOTAL))
    return Grid(
        title="Coverage",
        head=("Golden videos", "Videos", "%"),
        rows=tuple(rows),
        below=_left_out(counts),
    )


def _left_out(counts: Outcomes) -> tuple[str, ...]:
    said = []
    if counts.undecided:
        said.append(f"Not counted: {counts.undecided:,} without a golden label (a tie, or all raters abstained).")
    if counts.named:
        said.append(f"Not counted: {counts.named:,} that the definition names as examples.")
    return tuple(said)


def per_label(score: AttributeScore) -> Grid | None:
    """Make the table of precision, recall and F1 of each label; None for binary attributes."""
    if not score.per_label:
        return None
    keys = ("precision", "recall", "f1")
    rows = [
        row(label, *[estimate(values.get(key, Estimate()), key) for key in keys], _golden(score.confusion, label))
        for label, values in score.per_label.items()
    ]
    return Grid(
        title="Label by label", head=("Label", "Precision %", "Recall %", "F1 %", "Golden videos"), rows=tuple(rows)
    )


def _golden(table: Table | None, label: str) -> str:
    if table is None or label not in table.labels:
        return ""
    return count(sum(table.counts[table.labels.index(label)]))


def confusion(score: AttributeScore) -> Grid | None:
    """Make the confusion matrix in videos; None when there is none."""
    table = score.confusion
    if table is None:
        return None
    rows = [
        row(f"golden {label}", *[count(n) for n in counts], count(sum(counts)))
        for label, counts in zip(table.labels, table.counts, strict=True)
    ]
    head = ("", *[f"predicted {label}" for label in table.labels], "all")
    below = ("Videos, not weighted.",) if score.weighted else ()
    return Grid(title="Confusion matrix", head=head, rows=tuple(rows), below=below)
