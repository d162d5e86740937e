"""How far raters agree about one attribute: every coefficient from the same draws, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.estimate import NONE, Estimate
from vibekit.core.golden import EventKind
from vibekit.errors import InputError
from vibekit.formats.annotations import label_text
from vibekit.metrics.alpha import Metric, krippendorff_alpha
from vibekit.metrics.cohen import mean_cohen_kappa, rater_pairs
from vibekit.metrics.item_bootstrap import estimates
from vibekit.metrics.kappa import fleiss_kappa, gwet_ac1
from vibekit.metrics.percent import percent_agreement, prevalence, specific_agreement
from vibekit.metrics.ratings import encode
from vibekit.stages.golden.agreement_raters import of_repeats, pair_rows, rater_rows, second_looks
from vibekit.stages.golden.agreement_report import AttributeAgreement, RoundRow
from vibekit.stages.golden.agreement_words import of_names, of_numbers, of_rare_labels, of_sizes, verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute, GoldenSet
    from vibekit.metrics.cohen import RaterPairs
    from vibekit.metrics.item_bootstrap import Coefficient
    from vibekit.metrics.ratings import Ratings
    from vibekit.stages.golden.rated import Rated

MANY_RATERS = 10
"""Up to so many raters the pairs are listed without being asked for."""
BINARY_ONLY = Estimate(note="binary attributes only")
ORDINAL_ONLY = Estimate(note="ordinal attributes only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to measure.

    Attributes:
        attribute: What is known of it.
        metric: Of alpha.
        pairs: List the pairs of raters even when there are many.
        draws: Of the bootstrap.
    """

    attribute: GoldenAttribute
    metric: Metric
    pairs: bool
    draws: int


def attribute_agreement(golden: GoldenSet, said: Rated, wanted: Wanted) -> AttributeAgreement:
    """Measure how far raters agree about one attribute.

    Raises:
        InputError: The metric does not fit the labels.
    """
    known = wanted.attribute
    ratings = encode(said.rows, known.allowed)
    counts, pairs = ratings.counts(), rater_pairs(ratings)
    coefficients = _coefficients(golden, wanted, counts, pairs)
    group = _groups(golden, ratings)
    computed = estimates(list(coefficients.values()), group=group, draws=wanted.draws)
    found = dict(zip(coefficients, computed, strict=True))
    level, words = verdict(found["krippendorff_alpha"])
    m = counts.sum(axis=1)
    looks = [look for of_rater in second_looks(said).values() for look in of_rater]
    repeat_percent, repeat_kappa = of_repeats(looks, known.allowed)
    with_pairs = wanted.pairs or len(ratings.raters) <= MANY_RATERS
    binary = known.kind is Kind.BINARY
    return AttributeAgreement(
        name=known.name,
        kind=str(known.kind),
        metric=str(wanted.metric),
        n_items=int((m > 0).sum()),
        n_raters=len(ratings.raters),
        n_ratings=int(m.sum()),
        n_pairable=int(m[m >= 2].sum()),
        n_paired_items=int((m >= 2).sum()),
        abstained=said.counts[EventKind.ABSTAIN],
        skipped=said.counts[EventKind.SKIP],
        experts=len(said.experts),
        labels={label_text(label): int(counts[:, i].sum()) for i, label in enumerate(known.allowed)},
        percent_agreement=found["percent_agreement"],
        krippendorff_alpha=found["krippendorff_alpha"],
        fleiss_kappa=found["fleiss_kappa"],
        cohen_kappa=found["cohen_kappa"],
        gwet_ac1=found["gwet_ac1"],
        weighted_kappa=found.get("weighted_kappa", ORDINAL_ONLY),
        prevalence=found.get("prevalence", BINARY_ONLY),
        positive_agreement=found["specific 0"] if binary else BINARY_ONLY,
        negative_agreement=found["specific 1"] if binary else BINARY_ONLY,
        specific_agreement={label_text(label): found[f"specific {i}"] for i, label in enumerate(known.allowed)},
        repeats=len(looks),
        repeat_percent=repeat_percent,
        repeat_kappa=repeat_kappa,
        raters=rater_rows(said, ratings),
        pairs=pair_rows(pairs, ratings) if with_pairs else (),
        rounds=_rounds(golden, said, wanted),
        level=level,
        verdict=words,
        notes=_notes(said, found, wanted, paired=int((m >= 2).sum()), pairs=pairs, listed=with_pairs),
    )


def _coefficients(
    golden: GoldenSet, wanted: Wanted, counts: NDArray[np.float64], pairs: RaterPairs
) -> dict[str, Coefficient]:
    items, q = counts.shape
    allowed = wanted.attribute.allowed
    found = {
        "percent_agreement": percent_agreement(counts),
        "krippendorff_alpha": krippendorff_alpha(counts, metric=wanted.metric, numbers=_numbers(golden, wanted)),
        "fleiss_kappa": fleiss_kappa(counts),
        "cohen_kappa": mean_cohen_kappa(pairs, items=items, distance=1.0 - np.eye(q)),
        "gwet_ac1": gwet_ac1(counts),
        **{f"specific {i}": specific_agreement(counts, i) for i in range(q)},
    }
    if wanted.attribute.kind is Kind.BINARY:
        found["prevalence"] = prevalence(counts, 0)
    if wanted.attribute.kind is Kind.ORDINAL:
        steps = np.array([float(label) for label in allowed])
        found["weighted_kappa"] = mean_cohen_kappa(pairs, items=items, distance=(steps[:, None] - steps[None, :]) ** 2)
    return found


def _numbers(golden: GoldenSet, wanted: Wanted) -> NDArray[np.float64] | None:
    """Return what each label stands for, where the metric asks for it."""
    known, metric = wanted.attribute, wanted.metric
    if metric is Metric.NOMINAL or (metric is Metric.ORDINAL and known.definition is not None):
        return None
    try:
        numbers = np.array([float(label) for label in known.allowed])
    except ValueError as error:
        text = f"--metric {metric} needs labels that are numbers; those of {known.name!r} are names"
        raise InputError(text, path=golden.path, hint="leave --metric out: nominal", item=known.name) from error
    if metric is Metric.RATIO and (numbers < 0).any():
        text = f"--metric ratio needs labels from 0 on; {known.name!r} has {numbers.min():g}"
        raise InputError(text, path=golden.path, hint="take --metric interval", item=known.name)
    return numbers


def _groups(golden: GoldenSet, ratings: Ratings) -> NDArray[np.int64] | None:
    """Return the code of each item's group; an item without one is its own. None where nobody named groups."""
    names = [golden.items[str(item)].group for item in ratings.items]
    if not any(names):
        return None
    keys = [("group", name) if name else ("video", str(item)) for name, item in zip(names, ratings.items, strict=True)]
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    return np.array([codes[key] for key in keys], dtype=np.int64)


def _rounds(golden: GoldenSet, said: Rated, wanted: Wanted) -> tuple[RoundRow, ...]:
    """Return alpha round by round, where there are several; a rating belongs to the round in which it was given."""
    of_round: dict[int, list[tuple[str, str, object]]] = {}
    for event in said.first:
        if event.value is not None:
            of_round.setdefault(event.round, []).append((event.video_id, event.rater, event.value))
    if len(of_round) < 2:
        return ()
    return tuple(_round(golden, wanted, number, answers) for number, answers in sorted(of_round.items()))


def _round(golden: GoldenSet, wanted: Wanted, number: int, answers: list[tuple[str, str, object]]) -> RoundRow:
    ratings = encode(answers, wanted.attribute.allowed)
    counts = ratings.counts()
    alpha, percent = estimates(
        [
            krippendorff_alpha(counts, metric=wanted.metric, numbers=_numbers(golden, wanted)),
            percent_agreement(counts),
        ],
        group=_groups(golden, ratings),
        draws=wanted.draws,
    )
    m = counts.sum(axis=1)
    return RoundRow(
        round=number,
        n_items=len(ratings.items),
        n_ratings=int(m.sum()),
        n_pairable=int(m[m >= 2].sum()),
        krippendorff_alpha=alpha,
        percent_agreement=percent,
    )


def _notes(
    said: Rated, found: dict[str, Estimate], wanted: Wanted, *, paired: int, pairs: RaterPairs, listed: bool
) -> tuple[str, ...]:
    names, known = {rater for _, rater, _ in said.rows}, wanted.attribute
    rare = of_rare_labels(found["krippendorff_alpha"], found["percent_agreement"], found.get("prevalence", NONE))
    notes = [rare, *of_sizes(paired=paired, raters=len(names), shared=len(pairs.pair) / max(1, len(pairs.raters)))]
    notes += [of_names(names), of_numbers(known.allowed, defined=bool(known.definition), metric=str(wanted.metric))]
    if said.experts:
        n = len(said.experts)
        notes.append(f"{n} answers of experts are left out: who rules upon others is no independent rater")
    if said.rulers:
        notes.append("all ratings are those of experts; they are held against each other")
    if not listed:
        notes.append(f"{len(pairs.raters)} pairs of raters are not listed: add --pairs")
    return tuple(note for note in notes if note)
