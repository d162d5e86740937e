"""Raters one by one and two by two: with others, with themselves, and over calibration rounds."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.estimate import Estimate
from vibekit.core.golden import EventKind
from vibekit.formats.annotations import label_text
from vibekit.metrics.cohen import cohen_table
from vibekit.metrics.interval import wilson
from vibekit.stages.golden.agreement_report import PairRow, RaterRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from vibekit.core.attribute import Label
    from vibekit.core.golden import Event
    from vibekit.metrics.cohen import RaterPairs
    from vibekit.metrics.ratings import Ratings
    from vibekit.stages.golden.rated import Rated

ALONE = Estimate(note="undefined: nobody else rated these videos")
NO_REPEATS = Estimate(note="undefined: no hidden repeat has a label both times")


def pair_rows(pairs: RaterPairs, ratings: Ratings) -> tuple[PairRow, ...]:
    """Return one row a pair of raters, those that share most videos first."""
    q = len(ratings.labels)
    rows = [
        _pair_row(pairs.table(code, q), str(ratings.raters[one]), str(ratings.raters[two]))
        for code, (one, two) in enumerate(pairs.raters)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.n, row.first, row.second)))


def _pair_row(table: NDArray[np.float64], first: str, second: str) -> PairRow:
    n, same = int(table.sum()), int(np.trace(table))
    return PairRow(first=first, second=second, n=n, percent=wilson(same, n), cohen=cohen_table(table).kappa)


def rater_rows(rated: Rated, ratings: Ratings) -> tuple[RaterRow, ...]:
    """Return one row a rater, by name."""
    agreement = _with_others(ratings)
    looks = second_looks(rated)
    answers: dict[str, list[Event]] = defaultdict(list)
    for event in rated.first:
        answers[event.rater].append(event)
    for event in rated.repeats:
        answers.setdefault(event.rater, [])
    rows = []
    for rater, events in sorted(answers.items()):
        kinds = Counter(event.kind for event in events)
        percent, kappa = of_repeats(looks.get(rater, []), ratings.labels)
        given = Counter(label_text(event.value) for event in events if event.value is not None)
        rows.append(
            RaterRow(
                rater=rater,
                n=kinds[EventKind.RATING],
                abstained=kinds[EventKind.ABSTAIN],
                skipped=kinds[EventKind.SKIP],
                labels=dict(sorted(given.items())),
                agreement=agreement.get(rater, ALONE),
                repeats=len(looks.get(rater, [])),
                repeat_percent=percent,
                repeat_kappa=kappa,
            )
        )
    return tuple(rows)


def _with_others(ratings: Ratings) -> dict[str, Estimate]:
    """Return the mean share of others who say the same; Wilson over the rater's videos that others rated too."""
    counts = ratings.counts()
    others = counts.sum(axis=1)[ratings.item] - 1
    same = counts[ratings.item, ratings.value] - 1
    shared = others > 0
    share = np.where(shared, same / np.maximum(others, 1), 0.0)
    k = np.bincount(ratings.rater, weights=share, minlength=len(ratings.raters))
    n = np.bincount(ratings.rater, weights=shared.astype(np.float64), minlength=len(ratings.raters))
    return {str(name): wilson(float(k[i]), float(n[i])) for i, name in enumerate(ratings.raters) if n[i] > 0}


def second_looks(rated: Rated) -> dict[str, list[tuple[Label, Label]]]:
    """Return for each rater (label of the first look, label of a repeat), wherever both have a label."""
    before = {(e.rater, e.video_id): e.value for e in rated.first if e.value is not None}
    found: dict[str, list[tuple[Label, Label]]] = defaultdict(list)
    for event in rated.repeats:
        first = before.get((event.rater, event.video_id))
        if first is not None and event.value is not None:
            found[event.rater].append((first, event.value))
    return dict(found)


def of_repeats(looks: Iterable[tuple[Label, Label]], labels: Sequence[object]) -> tuple[Estimate, Estimate]:
    """Return the share of repeats with the same label, and Cohen's kappa between the looks."""
    code = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)))
    for first, again in looks:
        table[code[first], code[again]] += 1
    if not table.sum():
        return NO_REPEATS, NO_REPEATS
    return wilson(int(np.trace(table)), int(table.sum())), cohen_table(table).kappa
