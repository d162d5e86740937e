"""The videos on which labels and golden set disagree, the weightiest and surest first, grouped by what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.golden import EventKind
from vibekit.core.ratings import standing
from vibekit.core.score_parts import ErrorItem
from vibekit.formats.annotations import label_text
from vibekit.stages.score.clause import cited_clause
from vibekit.stages.score.decide import TRUE
from vibekit.stages.score.join import MISSING
from vibekit.stages.score.predictions import NO_LABEL, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.annotation import Answer
    from vibekit.core.attribute import Attribute
    from vibekit.core.golden import GoldenAttribute
    from vibekit.stages.score.clause import Clause
    from vibekit.stages.score.join import Joined
    from vibekit.stages.score.predictions import Predictions
    from vibekit.stages.score.truth import Truth

UNKNOWN = 0.5
"""Certainty of a label without a probability."""
WORDS = {
    Outcome.ABSTAIN: "abstain",
    Outcome.BLOCKED: "blocked",
    Outcome.FAILED: "failed",
    Outcome.MISSING: "missing",
}


def errors_of(
    truth: Truth,
    predictions: Predictions,
    attribute: GoldenAttribute,
    joined: Joined,
    definition: Attribute | None,
    *,
    most: int,
) -> tuple[tuple[ErrorItem, ...], int]:
    """Return the disagreements, at most so many, and how many there are.

    They are sorted by weight times certainty; a video without a label has a certainty of 0.

    Args:
        truth: The golden set.
        predictions: The run or table.
        attribute: Its labels.
        joined: The scored videos.
        definition: That the labels were made with; None when not known.
        most: How many are wanted.
    """
    wrong = np.flatnonzero(joined.predicted != joined.truth)
    rank = joined.weight[wrong] * _certainty(joined, attribute, wrong)
    ids = truth.ids.take(joined.place[wrong]).to_pylist()
    # ties by name, so that the order of rows changes nothing
    order = sorted(range(len(wrong)), key=lambda n: (-float(rank[n]), ids[n]))[:most]
    chosen = wrong[order]
    rows = [int(row) for row in joined.row[chosen] if row != MISSING]
    answers = predictions.details.answers(attribute.name, rows) if rows else {}
    paths = predictions.paths.take(rows).to_pylist() if rows else []
    path_of = dict(zip(rows, paths, strict=True))
    notes = _notes(truth, attribute.name)
    items = [
        _item(truth, attribute, joined, int(place), answers, path_of, definition, notes) for place in chosen.tolist()
    ]
    return tuple(items), len(wrong)


def _certainty(joined: Joined, attribute: GoldenAttribute, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    chance, said = joined.probability[rows], joined.predicted[rows]
    if attribute.kind is Kind.BINARY:
        chance = np.where(said == TRUE, chance, 1 - chance)
    known = np.where(np.isfinite(chance), np.nan_to_num(chance), UNKNOWN)
    return np.where(said == NO_LABEL, 0.0, known)


def _item(
    truth: Truth,
    attribute: GoldenAttribute,
    joined: Joined,
    place: int,
    answers: Mapping[int, Answer],
    path_of: Mapping[int, str],
    definition: Attribute | None,
    notes: Mapping[str, str],
) -> ErrorItem:
    labels = [label_text(label) for label in attribute.allowed]
    row, said = int(joined.row[place]), int(joined.predicted[place])
    answer = answers.get(row)
    rationale = answer.rationale if answer is not None else ""
    clause = cited_clause(rationale, definition)
    video_id = truth.ids[int(joined.place[place])].as_py()
    outcome = Outcome(int(joined.outcome[place]))
    predicted = labels[said] if said != NO_LABEL else WORDS.get(outcome, "no label")
    golden = labels[int(joined.truth[place])]
    chance = float(joined.probability[place])
    label = truth.golden.labels.get((video_id, attribute.name)) if truth.golden is not None else None
    known = truth.golden.items.get(video_id) if truth.golden is not None else None
    return ErrorItem(
        video_id=video_id,
        path=path_of.get(row, "") or (known.path if known is not None else ""),
        golden=golden,
        predicted=predicted,
        probability=chance if np.isfinite(chance) else None,
        weight=float(joined.weight[place]),
        rationale=rationale or (answer.reason if answer is not None else ""),
        evidence=tuple((e.start_s, e.end_s, e.what) for e in answer.evidence) if answer is not None else (),
        clause=str(clause) if clause is not None else "",
        cause=_cause(attribute, golden, predicted, clause, labelled=said != NO_LABEL),
        golden_note="; ".join(part for part in (label.note if label else "", notes.get(video_id, "")) if part),
        agreement=label.agreement if label is not None else None,
    )


def _cause(attribute: GoldenAttribute, golden: str, predicted: str, clause: Clause | None, *, labelled: bool) -> str:
    if not labelled:
        return f"no label: {predicted}"
    if attribute.kind is Kind.BINARY:
        what = "false positive" if predicted == label_text(True) else "false negative"
    else:
        what = f"{golden} taken for {predicted}"
    return f"{what}, {clause.name}" if clause is not None else what


def _notes(truth: Truth, attribute: str) -> dict[str, str]:
    """Return the words of raters: those beside an answer, and notes."""
    if truth.golden is None:
        return {}
    found: dict[str, list[str]] = {}
    answers = [e for e in standing(truth.golden.events).values() if e.note]
    notes = [e for e in truth.golden.events if e.kind is EventKind.NOTE and e.note]
    for event in (*answers, *notes):
        if event.attribute in (attribute, ""):
            found.setdefault(event.video_id, []).append(f"{event.rater}: {event.note}")
    return {video_id: "; ".join(dict.fromkeys(words)) for video_id, words in found.items()}
