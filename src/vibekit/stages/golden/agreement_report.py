"""What ``vibekit golden agreement`` finds: the shape of its report."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from vibekit.core.estimate import NONE, Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping


class Level(StrEnum):
    """What the lower end of alpha's interval allows to say (Krippendorff, Content Analysis, 4th ed. 2018, ch. 12)."""

    FIRM = "firm"
    TENTATIVE = "tentative"
    TOO_LOW = "too_low"
    UNCERTAIN = "uncertain"
    UNDEFINED = "undefined"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """Two raters.

    Attributes:
        first: One of them.
        second: The other.
        n: Videos that both gave a label.
        percent: Share of these with the same label; Wilson interval.
        cohen: Cohen's kappa with its large-sample interval.
    """

    first: str
    second: str
    n: int
    percent: Estimate
    cohen: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterRow:
    """One rater.

    Attributes:
        rater: Name.
        n: Labels of the first look.
        abstained: Abstentions of the first look.
        skipped: Skips of the first look.
        labels: Label -> how often this rater gave it.
        agreement: Mean share of the other raters of a video who gave the same label.
        repeats: Hidden repeats with a label both times.
        repeat_percent: Share of these with the same label; Wilson interval.
        repeat_kappa: Cohen's kappa between first look and repeat.
    """

    rater: str
    n: int
    abstained: int
    skipped: int
    labels: Mapping[str, int]
    agreement: Estimate
    repeats: int
    repeat_percent: Estimate
    repeat_kappa: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRow:
    """One calibration round.

    Attributes:
        round: Its number, from 1.
        n_items: Videos with a rating.
        n_ratings: Ratings.
        n_pairable: Ratings of videos with two or more.
        krippendorff_alpha: Of this round alone.
        percent_agreement: Of this round alone.
    """

    round: int
    n_items: int
    n_ratings: int
    n_pairable: int
    krippendorff_alpha: Estimate
    percent_agreement: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeAgreement:
    """How far raters agree about one attribute; only first looks count, but for the repeats.

    Attributes:
        name: Of the attribute.
        kind: binary, ordinal or categorical.
        metric: How alpha weighs a disagreement: nominal, ordinal, interval or ratio.
        n_items: Videos with a label.
        n_raters: Raters who gave a label.
        n_ratings: Labels.
        n_pairable: Labels of videos that have two or more.
        n_paired_items: Videos with two labels or more.
        abstained: Abstentions, taken for missing.
        skipped: Skips, taken for missing.
        experts: Answers of experts, left out because they ruled upon others'.
        labels: Label -> how often it was given.
        percent_agreement: Mean over videos of the share of pairs of raters who agree.
        krippendorff_alpha: With ``metric``.
        fleiss_kappa: Generalised to different numbers of raters a video.
        cohen_kappa: More than two raters: mean over pairs, weighted by the videos that they share.
        weighted_kappa: The same with quadratic weights; ordinal attributes only.
        gwet_ac1: Chance-corrected, steady where a label is rare.
        prevalence: Mean share of true votes a video (binary).
        positive_agreement: Specific agreement on true (binary).
        negative_agreement: Specific agreement on false (binary).
        specific_agreement: Label -> chance that a second rater says it too.
        repeats: Hidden repeats with a label both times, of all raters.
        repeat_percent: Share of these with the same label.
        repeat_kappa: Cohen's kappa between first look and repeat.
        raters: One row a rater.
        pairs: One row a pair of raters; empty when there are many and they were not asked for.
        rounds: One row a calibration round; empty when there is one round.
        level: What the numbers allow to say.
        verdict: The same in words.
        notes: What a reader must know.
    """

    name: str
    kind: str
    metric: str
    n_items: int
    n_raters: int
    n_ratings: int
    n_pairable: int
    n_paired_items: int
    abstained: int
    skipped: int
    experts: int
    labels: Mapping[str, int]
    percent_agreement: Estimate
    krippendorff_alpha: Estimate
    fleiss_kappa: Estimate
    cohen_kappa: Estimate
    gwet_ac1: Estimate
    level: Level
    verdict: str
    weighted_kappa: Estimate = NONE
    prevalence: Estimate = NONE
    positive_agreement: Estimate = NONE
    negative_agreement: Estimate = NONE
    specific_agreement: Mapping[str, Estimate] = field(default_factory=dict)
    repeats: int = 0
    repeat_percent: Estimate = NONE
    repeat_kappa: Estimate = NONE
    raters: tuple[RaterRow, ...] = ()
    pairs: tuple[PairRow, ...] = ()
    rounds: tuple[RoundRow, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReport:
    """``data`` of ``vibekit golden agreement --json``.

    Attributes:
        ratings: The golden set or table.
        interval: How the intervals were made, in words.
        attributes: Name -> agreement.
        warnings: For people.
    """

    ratings: str
    interval: str
    attributes: Mapping[str, AttributeAgreement]
    warnings: tuple[str, ...] = ()
