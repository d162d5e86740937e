"""How numbers are written: shares in percent with two decimals, everything else with three."""

from __future__ import annotations

from math import floor, isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vibekit.core.estimate import Estimate

UNDEFINED = "undefined"
MINUS = "\N{MINUS SIGN}"

SHARES = frozenset({"precision", "recall", "f1", "specificity", "accuracy", "prevalence", "predicted_prevalence"})
"""Metrics that are shares of videos, or built from such: written in percent."""
_AVERAGED = ("macro_", "micro_", "weighted_")
_OF_ALL = "_of_all"

NAMES = {
    "f1": "F1",
    "f1_of_all": "F1, unanswered count as not found",
    "recall_of_all": "Recall, unanswered count as not found",
    "prevalence": "Prevalence (golden)",
    "predicted_prevalence": "Prevalence (predicted)",
    "average_precision": "Average precision",
    "pr_auc": "PR-AUC (trapezoids)",
    "roc_auc": "ROC-AUC",
    "brier": "Brier score",
    "ece": "ECE (10 bins of equal width)",
    "mae": "MAE (steps of the scale)",
    "spearman": "Spearman ρ",
    "weighted_kappa": "Weighted κ",
    "cohen_kappa": "Cohen's κ",
}


def name_of(metric: str) -> str:
    """Return the name of a metric for people; an unknown one is its own name."""
    if metric in NAMES:
        return NAMES[metric]
    words = metric.replace("_", " ").replace("f1", "F1")
    return words[:1].upper() + words[1:]


def is_share(metric: str) -> bool:
    """Say whether a metric is written in percent."""
    for prefix in _AVERAGED:
        metric = metric.removeprefix(prefix)
    return metric.removesuffix(_OF_ALL) in SHARES


def share(value: float | None) -> str:
    """Write a share in percent: 0.8133 becomes ``81.33``.

    Only 0 is written ``0.00`` and only 1 ``100.00``: what is rounded to them is written with ``<`` or ``>``.
    """
    if value is None or not isfinite(value):
        return UNDEFINED
    if 0 < value < 0.00005:
        return "<0.01"
    if 0.99995 <= value < 1:
        return ">99.99"
    return f"{100 * value:.2f}".replace("-", MINUS)


def rough(value: float) -> str:
    """Write the share of a few raters: ``80 %``."""
    return f"{100 * value:.0f} %"


def decimal(value: float | None) -> str:
    """Write a number that is no share: ``0.129``."""
    if value is None or not isfinite(value):
        return UNDEFINED
    if 0 < value < 0.0005:
        return "<0.001"
    text = f"{value:.3f}"
    return text[1:] if text == "-0.000" else text.replace("-", MINUS)


def points(value: float | None) -> str:
    """Write a difference of two shares in percentage points, with its sign: ``+3.10``."""
    if value is None or not isfinite(value):
        return UNDEFINED
    text = f"{100 * value:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", MINUS)


def p_value(value: float | None) -> str:
    """Write a p-value: ``0.032``, ``<0.001``."""
    return decimal(value)


def count(value: float | None) -> str:
    """Write how many: ``1,234``; sums of weights get one decimal where they are no whole numbers."""
    if value is None or not isfinite(value):
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def money(value: float | None) -> str:
    """Write dollars."""
    return "" if value is None else f"${value:,.2f}" if value >= 0.01 or value == 0 else f"${value:.2g}"


def written(value: float | None, metric: str) -> str:
    """Write one value of a metric; ``difference`` is one of two shares."""
    if metric == "difference":
        return points(value)
    return share(value) if is_share(metric) else decimal(value)


def interval(estimate: Estimate, metric: str) -> str:
    """Write the interval, ``[77.10, 85.20]``; empty when there is none."""
    return between(estimate.low, estimate.high, lambda value: written(value, metric))


def between(low: float | None, high: float | None, write: Callable[[float | None], str]) -> str:
    """Write an interval with a writer of values; an open end is a dash."""
    if low is None and high is None:
        return ""
    return f"[{'–' if low is None else write(low)}, {'–' if high is None else write(high)}]"


def held(value: float | None, bound: float, *, passed: bool) -> str:
    """Write what a gate measured so that it never looks as if it had met a bound that it missed."""
    if value is None or not isfinite(value):
        return UNDEFINED
    if not passed and share(value) == share(bound):
        return f"{floor(1e4 * value) / 100:.2f}" if value < bound else share(value)
    return share(value)


def seconds(start: float, end: float) -> str:
    """Write a stretch of a video: ``0:04–0:09``."""
    return f"{_clock(start)}–{_clock(end)}"


def _clock(at: float) -> str:
    return f"{int(at) // 60}:{int(at) % 60:02d}" if isfinite(at) and at >= 0 else "?"
