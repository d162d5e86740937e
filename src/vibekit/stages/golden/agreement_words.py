"""What numbers of agreement say, in plain words; the lower end of the interval decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.stages.golden.agreement_report import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vibekit.core.attribute import Label
    from vibekit.core.estimate import Estimate

FIRM, TENTATIVE = 0.8, 0.667
"""Krippendorff, Content Analysis, 4th ed. 2018, chapter 12."""
HIGH_PERCENT, RARE = 0.85, 0.15
FEW_ITEMS, FEW_SHARED = 30, 10


def verdict(alpha: Estimate) -> tuple[Level, str]:
    """Say what alpha allows: firm conclusions, tentative ones, or none."""
    if alpha.value is None:
        return Level.UNDEFINED, f"nothing can be said: alpha is {alpha.note}"
    if alpha.low is None or alpha.high is None:
        return Level.UNDEFINED, f"nothing firm can be said: alpha is {alpha.value:.3f}, {alpha.note}"
    said = f"alpha {alpha.value:.3f}, 95 % interval {alpha.low:.3f} to {alpha.high:.3f}"
    if alpha.low >= FIRM:
        return Level.FIRM, f"firm: raters agree ({said}: all of it from {FIRM} on)"
    if alpha.low >= TENTATIVE:
        return Level.TENTATIVE, f"tentative: good enough for careful conclusions ({said}: from {TENTATIVE} on)"
    if alpha.high >= TENTATIVE:
        more = "rate more videos"
        return Level.UNCERTAIN, f"uncertain: these videos do not show agreement of {TENTATIVE} ({said}); {more}"
    more = "sharpen the definition on the videos they disagree on, then rate again"
    return Level.TOO_LOW, f"too low: raters do not mean the same by it ({said}); {more}"


def of_rare_labels(alpha: Estimate, percent: Estimate, prevalence: Estimate) -> str:
    """Explain high agreement beside low alpha, where one label is rare; empty where that is not so."""
    if alpha.value is None or percent.value is None or prevalence.value is None:
        return ""
    if percent.value < HIGH_PERCENT or alpha.value >= TENTATIVE or RARE < prevalence.value < 1 - RARE:
        return ""
    rare = "positive" if prevalence.value <= RARE else "negative"
    return (
        f"{100 * percent.value:.0f} % agree and alpha is low because one label is rare"
        f" (prevalence {100 * prevalence.value:.1f} %): read {rare}_agreement and AC1 beside it"
    )


def of_names(raters: Iterable[str]) -> str:
    """Name raters that may be one person, written in two ways; empty when there are none."""
    spelt: dict[str, set[str]] = {}
    for rater in raters:
        spelt.setdefault("".join(c for c in rater.casefold() if c.isalnum()), set()).add(rater)
    alike = [" and ".join(sorted(names)) for names in spelt.values() if len(names) > 1]
    return f"taken for different raters: {'; '.join(alike)}" if alike else ""


def of_numbers(labels: Sequence[Label], *, defined: bool, metric: str) -> str:
    """Say that numbers were taken for names, where nothing tells that they are steps of a scale."""
    numbers = all(isinstance(label, str) and label.lstrip("+-").replace(".", "", 1).isdigit() for label in labels)
    if defined or metric != "nominal" or not numbers or len(labels) < 3:
        return ""
    return "labels are numbers and are taken for names: if they are steps of a scale, add --metric ordinal"


def of_sizes(*, paired: int, raters: int, shared: float) -> list[str]:
    """Name numbers that rest on little.

    Args:
        paired: Videos with two labels or more.
        raters: Raters.
        shared: Videos that two raters share, on average.
    """
    found = []
    if 0 < paired < FEW_ITEMS:
        found.append(f"{paired} videos with two labels or more: intervals from fewer than {FEW_ITEMS} are rough")
    if raters > 2:
        text = "cohen_kappa is the mean over pairs of raters, weighted by the videos that they share"
        small = f"; they share {shared:.1f} on average, too few for it to mean much: go by alpha"
        found.append(text + (small if 0 < shared < FEW_SHARED else ""))
    return found
