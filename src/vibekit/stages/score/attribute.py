"""The score of one attribute, put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind
from vibekit.core.score import AttributeScore
from vibekit.core.scoring import Decision
from vibekit.stages.score.binary_score import sample_of, with_binary
from vibekit.stages.score.class_score import with_classes
from vibekit.stages.score.corpus import corpus_of
from vibekit.stages.score.decide import decide
from vibekit.stages.score.errors import errors_of
from vibekit.stages.score.humans import alt_test_of, humans_of
from vibekit.stages.score.join import join
from vibekit.stages.score.raters import votes_of
from vibekit.stages.score.slices import slices_of
from vibekit.stages.score.thresholds import calibration_of, threshold_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from vibekit.core.scoring import SplitChoice
    from vibekit.metrics.sample import Sample
    from vibekit.stages.score.config import ScoreConfig
    from vibekit.stages.score.decide import Decided
    from vibekit.stages.score.definitions import Owned
    from vibekit.stages.score.join import Joined
    from vibekit.stages.score.predictions import Column
    from vibekit.stages.score.sides import Labels
    from vibekit.stages.score.slices import SliceColumn
    from vibekit.stages.score.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is scored.

    Attributes:
        config: As asked for.
        truth: The golden set.
        labels: The run or table.
        split: Which golden videos.
        mine: The user's definitions.
        columns: For slices.
    """

    config: ScoreConfig
    truth: Truth
    labels: Labels
    split: SplitChoice
    mine: Mapping[str, Owned]
    columns: tuple[SliceColumn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A score, and the sample that it was computed from (binary attributes)."""

    score: AttributeScore
    sample: Sample | None = None


def score_attribute(task: Task, name: str) -> Scored:
    """Score one attribute.

    Args:
        task: Everything that is read.
        name: Of the attribute.
    """
    attribute, column = task.truth.attributes[name], task.labels.predictions.columns[name]
    decided = decide(
        column, attribute.kind, threshold=threshold_now(name, task.labels, task.mine), decision=task.config.decision
    )
    joined = joined_of(task.truth, task.labels, name, decided, task.truth.rows(task.split))
    score = _base(task, name, column, decided, joined)
    if attribute.kind is Kind.BINARY:
        return _binary(task, name, decided, joined, score)
    draws, seed = task.config.draws, task.config.seed
    score = with_classes(score, joined, attribute, draws=draws, seed=seed)
    if task.columns:
        score = replace(score, notes=(*score.notes, "slices are computed for binary attributes only"))
    return Scored(score=_with_people_and_errors(task, name, decided, joined, score))


def joined_of(
    truth: Truth,
    labels: Labels,
    name: str,
    decided: Decided,
    within: NDArray[np.bool_],
    *,
    undecided: bool = False,
) -> Joined:
    """Put golden and predicted labels of some golden videos side by side."""
    return join(
        truth,
        name,
        labels.predictions.columns[name],
        decided,
        rows=labels.rows,
        within=within,
        named=labels.named[name],
        undecided=undecided,
    )


def threshold_now(name: str, labels: Labels, mine: Mapping[str, Owned]) -> float | None:
    """Return the threshold of an attribute: the user's, where that is the definition of the labels; None without one.

    The threshold is outside of the fingerprint, so that a run's own copy may be older than what was written since.
    """
    fingerprint = labels.predictions.columns[name].definition
    if name in mine and fingerprint in ("", mine[name].attribute.fingerprint):
        return mine[name].attribute.threshold
    return labels.definitions[name].threshold if name in labels.definitions else None


def _in_force(task: Task, name: str) -> float | None:
    """Return the threshold that labels follow now: the student's for its own, else that of the definition."""
    theirs = task.labels.predictions.columns[name].threshold if task.config.decision is Decision.LABEL else None
    return threshold_now(name, task.labels, task.mine) if theirs is None else theirs


def _base(task: Task, name: str, column: Column, decided: Decided, joined: Joined) -> AttributeScore:
    definition = task.labels.definitions.get(name)
    outcomes = joined.outcomes()
    n = int(joined.answered.sum())
    return AttributeScore(
        name=name,
        title=definition.title if definition is not None else name,
        kind=str(task.truth.attributes[name].kind),
        definition=column.definition,
        n=n,
        coverage=n / outcomes.golden if outcomes.golden else 0.0,
        outcomes=outcomes,
        probability_source=column.source,
        notes=(*decided.notes, *_notes(joined, n, task.truth.attributes[name].kind), *_unchecked(task, name, column)),
    )


def _unchecked(task: Task, name: str, column: Column) -> list[str]:
    notes = []
    if task.truth.is_folder and not task.truth.attributes[name].fingerprint:
        notes.append("the golden set does not say which definition was rated: it cannot be checked against the labels")
    elif task.truth.is_folder and not column.definition:
        notes.append("the labels do not say which definition they were made with: it was not checked")
    if " and " in column.source:
        notes.append(f"probabilities of different kinds are mixed: {column.source}")
    return notes


def _notes(joined: Joined, n: int, kind: Kind) -> list[str]:
    golden = len(joined.truth)
    notes = []
    if not golden:
        notes.append("no golden video of this split has a label")
    elif n < golden:
        all_counted = "; recall_of_all and f1_of_all count them as not found" if kind is Kind.BINARY else ""
        lost = f"{golden - n} of {golden} golden videos have no predicted label"
        notes.append(f"{lost}: the metrics are over the other {n}{all_counted}")
    if joined.undecided:
        notes.append(
            f"{joined.undecided} golden videos without a golden label (a tie, or not rated) are left out: "
            "if they are the hard ones, the numbers flatter"
        )
    if joined.named:
        notes.append(f"{joined.named} golden videos that the definition names as examples are left out")
    return notes


def _binary(task: Task, name: str, decided: Decided, joined: Joined, score: AttributeScore) -> Scored:
    config = task.config
    sample = sample_of(joined)
    tune = None
    if task.truth.tune.any():
        tune = sample_of(joined_of(task.truth, task.labels, name, decided, task.truth.tune))
    score = with_binary(score, joined, draws=config.draws, seed=config.seed)
    score = replace(
        score,
        threshold=threshold_of(tune, sample, config.goal, split=task.split, current=_in_force(task, name)),
        calibration=calibration_of(tune, sample, split=task.split, draws=config.draws, seed=config.seed),
        slices=slices_of(sample, joined.place[joined.answered], task.columns, draws=config.draws, seed=config.seed),
        corpus=corpus_of(task.truth, task.labels.predictions, task.labels.rows, decided, sample),
    )
    return Scored(score=_with_people_and_errors(task, name, decided, joined, score), sample=sample)


def _with_people_and_errors(
    task: Task, name: str, decided: Decided, joined: Joined, score: AttributeScore
) -> AttributeScore:
    truth, config, attribute = task.truth, task.config, task.truth.attributes[name]
    errors, n_errors = errors_of(
        truth,
        task.labels.predictions,
        attribute,
        joined,
        task.labels.definitions.get(name),
        most=config.errors,
    )
    score = replace(score, errors=errors, n_errors=n_errors)
    if truth.golden is None or not truth.golden.events:
        return score
    every = joined_of(truth, task.labels, name, decided, truth.rows(task.split), undecided=True)
    votes = votes_of(truth.golden, truth, attribute, every)
    return replace(
        score,
        humans=humans_of(truth.golden, attribute, every, votes, draws=config.draws, seed=config.seed),
        alt_test=alt_test_of(attribute, every, votes, epsilon=config.epsilon),
    )
