"""People beside the model: each rater and the model on the same videos, against the same references."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.score_people import AltTest, Humans, Judge
from vibekit.metrics.alt_test import alt_test
from vibekit.metrics.binary import binary
from vibekit.metrics.classes import ClassSample, classes
from vibekit.metrics.sample import Sample
from vibekit.stages.score.decide import TRUE
from vibekit.stages.score.raters import UNRATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute, GoldenSet
    from vibekit.stages.score.join import Joined
    from vibekit.stages.score.raters import Votes

OTHERS, EXPERT = "others", "expert"
FEW = 20
"""Videos below which a comparison says little."""


def humans_of(
    golden: GoldenSet, attribute: GoldenAttribute, joined: Joined, votes: Votes, *, draws: int, seed: int
) -> Humans | None:
    """Compare raters and the model.

    Where all golden labels are an expert's, both are held against these. Otherwise each rater is held against the
    majority of the other raters, and the model, on the same videos, against the very same majorities: nobody is scored
    against himself. Videos without a predicted label, or with a tie among the others, are in neither row.

    Args:
        golden: The set, for who labelled.
        attribute: Its labels.
        joined: The videos of the split, those without a golden label included: where two raters disagree there is none,
            and without these videos they would seem to agree always.
        votes: What the raters said about them.
        draws: Of the bootstrap (macro averages).
        seed: Of the draws.

    Returns:
        None without any rating.
    """
    if not votes.raters:
        return None
    by_expert, note = _by_expert(golden, attribute, joined)
    reference = EXPERT if by_expert else OTHERS
    if not by_expert and len(votes.raters) < 2:
        return Humans(reference=reference, note="one rater only: there are no others to hold him against")
    pairs = [_pairs(joined, votes, rater, len(attribute.allowed), by_expert) for rater in range(len(votes.raters))]
    rows, refs, said = (np.concatenate([pair[k] for pair in pairs]) for k in range(3))
    if not len(rows):
        return Humans(reference=reference, note="no video has ratings, a reference and a predicted label")
    judged = [
        _judge(name, joined, attribute, *pair, draws=draws, seed=seed)
        for name, pair in zip(votes.raters, pairs, strict=True)
    ]
    videos = len(np.unique(rows))
    notes = [*([note] if note else []), f"over {len(rows)} ratings of {videos} videos"]
    if videos < FEW:
        notes.append("so few say little")
    return Humans(
        reference=reference,
        raters=tuple(judged),
        pooled=_judge("raters", joined, attribute, rows, refs, said, draws=draws, seed=seed),
        model=_judge("model", joined, attribute, rows, refs, joined.predicted[rows], draws=draws, seed=seed),
        note="; ".join(notes),
    )


def _by_expert(golden: GoldenSet, attribute: GoldenAttribute, joined: Joined) -> tuple[bool, str]:
    ids = list(golden.items)
    labels = [golden.labels.get((ids[place], attribute.name)) for place in joined.place.tolist()]
    sources = [label.source for label in labels if label is not None and label.label is not None]
    experts = sum(source == EXPERT for source in sources)
    if 0 < experts < len(sources):
        return False, f"{experts} of {len(sources)} golden labels are an expert's; the comparison is among raters"
    return experts > 0, ""


def _pairs(
    joined: Joined, votes: Votes, rater: int, labels: int, by_expert: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the videos that a rater can be judged on, the references, and what he said."""
    reference = joined.truth if by_expert else votes.others(rater, labels)
    said = votes.codes[:, rater]
    rows = np.flatnonzero((said != UNRATED) & (reference >= 0) & joined.answered)
    return rows, reference[rows], said[rows]


def _judge(
    name: str,
    joined: Joined,
    attribute: GoldenAttribute,
    rows: NDArray[np.int64],
    reference: NDArray[np.int64],
    said: NDArray[np.int64],
    *,
    draws: int,
    seed: int,
) -> Judge:
    weight, group = joined.weight[rows], joined.group[rows]
    stratum = None if joined.stratum is None else joined.stratum[rows]
    if attribute.kind is Kind.BINARY:
        sample = Sample(truth=reference == TRUE, predicted=said == TRUE, weight=weight, group=group, stratum=stratum)
        found = binary(sample).estimates
    else:
        labels = _names(attribute.allowed)
        several = ClassSample(
            truth=reference, predicted=said, labels=labels, weight=weight, group=group, stratum=stratum
        )
        found = classes(several, draws=draws, seed=seed).macro
    return Judge(
        name=name, n=len(np.unique(rows)), precision=found["precision"], recall=found["recall"], f1=found["f1"]
    )


def alt_test_of(attribute: GoldenAttribute, joined: Joined, votes: Votes, *, epsilon: float) -> AltTest | None:
    """Test whether the model may stand in for a rater; None without any rating.

    Args:
        attribute: Its labels; the distances of an ordinal scale count.
        joined: The videos of the split, those without a golden label included.
        votes: What the raters said about them.
        epsilon: What a rater costs more than the model.
    """
    if not votes.raters:
        return None
    if len(votes.raters) < 2:
        return AltTest(epsilon=epsilon, note="one rater only: there are no others to hold him against")
    ordinal = attribute.kind is Kind.ORDINAL
    numbers = np.array([float(label) if ordinal else n for n, label in enumerate(attribute.allowed)] + [np.nan])
    # code -1, no answer, is the last of the numbers
    return alt_test(
        numbers[votes.codes],
        numbers[np.maximum(joined.predicted, UNRATED)],
        votes.raters,
        scale="ordinal" if ordinal else "nominal",
        epsilon=epsilon,
        group=joined.group,
    )


def _names(labels: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(label) for label in labels)
