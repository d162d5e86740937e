"""``vibekit golden agreement``: how far raters agree, attribute by attribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind
from vibekit.errors import InputError, did_you_mean
from vibekit.metrics.alpha import Metric
from vibekit.metrics.resample import DRAWS
from vibekit.stages.golden.agreement_attribute import Wanted, attribute_agreement
from vibekit.stages.golden.agreement_raters import second_looks
from vibekit.stages.golden.agreement_report import AgreementReport
from vibekit.stages.golden.open import open_golden
from vibekit.stages.golden.rated import Rated, rated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.golden import GoldenSet

DEFAULT_METRIC = {Kind.BINARY: Metric.NOMINAL, Kind.ORDINAL: Metric.ORDINAL, Kind.CATEGORICAL: Metric.NOMINAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementConfig:
    """What to look at.

    Attributes:
        ratings: A golden set, or a table ``video,rater,attribute,value``.
        attributes: Names; all by default.
        metric: nominal, ordinal, interval or ratio; by default ordinal for ordinal attributes, nominal for others.
        pairs: List the pairs of raters even when there are many.
        attributes_dir: The user's definitions, for a plain table.
        draws: Of the bootstrap.
    """

    ratings: Path
    attributes: tuple[str, ...] = ()
    metric: str | None = None
    pairs: bool = False
    attributes_dir: Path | None = None
    draws: int = DRAWS


def agreement(config: AgreementConfig) -> AgreementReport:
    """Measure how far raters agree.

    Raises:
        InputError: It is no golden set, holds no ratings or those of one rater, or has no such attribute; or the
            metric does not fit the labels.
    """
    golden = open_golden(config.ratings, attributes_dir=config.attributes_dir)
    names = chosen(golden, config.attributes)
    answers = rated(golden)
    _check_raters(golden, {name: answers[name] for name in names})
    groups = any(item.group for item in golden.items.values())
    what = "groups of videos" if groups else "videos"
    words = f"95 %, percentiles of {config.draws} draws of {what}, seeded; of single raters and pairs in closed form"
    return AgreementReport(
        ratings=str(config.ratings),
        interval=words,
        attributes={
            name: attribute_agreement(
                golden,
                answers[name],
                Wanted(
                    attribute=golden.attributes[name],
                    metric=Metric(config.metric) if config.metric else DEFAULT_METRIC[golden.attributes[name].kind],
                    pairs=config.pairs,
                    draws=config.draws,
                ),
            )
            for name in names
        },
        warnings=golden.warnings,
    )


def chosen(golden: GoldenSet, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the attributes that were asked for, or all.

    Raises:
        InputError: The set does not have one of them.
    """
    for name in names:
        if name not in golden.attributes:
            hint = f"{did_you_mean(name, golden.attributes)} it has: {', '.join(golden.attributes)}".strip()
            raise InputError(f"has no attribute {name!r}", path=golden.path, hint=hint, item=name)
    return tuple(dict.fromkeys(names)) or tuple(golden.attributes)


def _check_raters(golden: GoldenSet, answers: Mapping[str, Rated]) -> None:
    raters = {event.rater for said in answers.values() for event in said.first if event.value is not None}
    if not raters:
        hint = (
            "rate with: vibekit golden label"
            if golden.is_folder
            else "it needs a column 'rater' with who gave each label"
        )
        raise InputError("holds no ratings, so that nobody can agree", path=golden.path, hint=hint)
    if len(raters) == 1 and not any(second_looks(said) for said in answers.values()):
        hint = "have a second rater rate the same videos, or hide repeats: vibekit golden label"
        raise InputError(f"one rater only ({next(iter(raters))}): agreement takes two", path=golden.path, hint=hint)
