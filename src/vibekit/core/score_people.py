"""People beside the model: raters against each other's majority, and whether the model may replace one."""

from __future__ import annotations

from dataclasses import dataclass

from vibekit.core.estimate import NONE, Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """One row of the comparison with people: a rater, all raters, or the model, on the same videos.

    Attributes:
        name: Rater, ``raters`` for all of them together, or ``model``.
        n: Videos.
        precision: Against the reference.
        recall: Against the reference.
        f1: Against the reference.
    """

    name: str
    n: int
    precision: Estimate = NONE
    recall: Estimate = NONE
    f1: Estimate = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Humans:
    """People beside the model.

    Attributes:
        reference: ``others``: each rater and the model are held against the majority of the other raters, so that no
            one is scored against himself; ``expert``: against the expert's labels.
        raters: One row a rater.
        pooled: All raters together: the label-noise ceiling when the reference is ``others``.
        model: The model on the same videos against the same references.
        note: Why there is no comparison, or what is doubtful about it.
    """

    reference: str
    raters: tuple[Judge, ...] = ()
    pooled: Judge | None = None
    model: Judge | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """One rater in the alternative-annotator test.

    Attributes:
        rater: Name.
        n: Videos that this rater and another rated.
        model: Share of videos on which the model agrees with the others at least as well as the rater.
        rater_share: Share on which the rater agrees with the others at least as well as the model.
        p: Of the test that the model is worse by epsilon or more; None with too few videos.
        wins: The model may stand in for this rater.
    """

    rater: str
    n: int
    model: float
    rater_share: float
    p: float | None
    wins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AltTest:
    """May the model replace a rater? (Calderon, Reichart and Dror 2025, arXiv 2501.10970).

    Attributes:
        epsilon: What a rater costs more than a model, as a share.
        raters: One row a rater.
        winning_rate: Share of raters that the model may stand in for, after control of the false discovery rate.
        advantage: Mean probability that the model is as good as a random rater or better.
        passed: The winning rate is one half or more; None when the test could not be made.
        note: Why it could not be made, or what is doubtful.
    """

    epsilon: float
    raters: tuple[Replaced, ...] = ()
    winning_rate: float | None = None
    advantage: float | None = None
    passed: bool | None = None
    note: str = ""
