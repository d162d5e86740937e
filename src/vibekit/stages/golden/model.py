"""Dawid and Skene's model over the ratings of one attribute of a golden set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.formats.annotations import label_text
from vibekit.metrics.dawid_skene import SMOOTHING, dawid_skene
from vibekit.metrics.ratings import encode
from vibekit.stages.golden.adjudicate_report import ModelReport, RaterErrors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute, GoldenLabel
    from vibekit.metrics.dawid_skene import DawidSkene
    from vibekit.metrics.ratings import Ratings
    from vibekit.stages.golden.rated import Rated

SOURCE = "dawid-skene"
TIE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The model, fitted.

    Attributes:
        posteriors: Video id -> P(true label), in the order of the allowed labels.
        votes: Video id -> labels given, hidden repeats left out.
        report: For people.
    """

    posteriors: Mapping[str, NDArray[np.float64]]
    votes: Mapping[str, tuple[object, ...]]
    report: ModelReport


def fit(said: Rated, known: GoldenAttribute) -> Model:
    """Fit the model to all ratings of raters, of which there is one at least; a hidden repeat is one more rating."""
    ratings = encode(said.all_rows, known.allowed)
    fitted = dawid_skene(ratings)
    votes: dict[str, tuple[object, ...]] = {}
    for video_id, _, value in said.rows:
        votes[video_id] = (*votes.get(video_id, ()), value)
    return Model(
        posteriors={str(item): fitted.posterior[i] for i, item in enumerate(ratings.items)},
        votes=votes,
        report=_report(fitted, ratings, known),
    )


def modelled(model: Model, voted: GoldenLabel, known: GoldenAttribute) -> GoldenLabel:
    """Return the label that the model holds most likely, with its posterior; none when two are as likely.

    Args:
        model: Fitted.
        voted: The row by majority, for its counts.
        known: The attribute.
    """
    posterior = model.posteriors.get(voted.video_id)
    if posterior is None:
        return replace(voted, source=SOURCE)
    first, second = np.argsort(-posterior, kind="stable")[:2]
    tie = bool(posterior[first] - posterior[second] < TIE)
    label = None if tie else known.allowed[first]
    votes = model.votes.get(voted.video_id, ())
    return replace(
        voted,
        label=label,
        probability=float(posterior[0] if known.kind is Kind.BINARY else posterior[first]),
        agreement=sum(1 for v in votes if v == label) / len(votes) if votes and not tie else None,
        source=SOURCE,
        note="two labels are as likely" if tie else "",
    )


def _report(fitted: DawidSkene, ratings: Ratings, known: GoldenAttribute) -> ModelReport:
    texts = [label_text(label) for label in known.allowed]
    n = np.bincount(ratings.rater, minlength=len(ratings.raters))
    raters = [
        RaterErrors(
            rater=str(name),
            n=int(n[r]),
            error_rate=float(fitted.error_rates[r]),
            confusion={
                true: dict(zip(texts, map(float, fitted.confusion[r, j]), strict=True)) for j, true in enumerate(texts)
            },
        )
        for r, name in enumerate(ratings.raters)
    ]
    return ModelReport(
        prior=dict(zip(texts, map(float, fitted.prior), strict=True)),
        raters=tuple(sorted(raters, key=lambda r: (-r.error_rate, r.rater))),
        smoothing=SMOOTHING,
        log_likelihood=fitted.log_likelihood,
        steps=fitted.steps,
        converged=fitted.converged,
        warnings=fitted.warnings,
    )
