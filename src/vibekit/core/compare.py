"""Two runs or tables against the same golden videos: which is better, by how much, and what flipped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.estimate import NONE, Estimate
from vibekit.core.score_parts import Outcomes

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """One metric of both sides.

    Attributes:
        a: Value of the first; None where it is not defined.
        b: Value of the second.
        difference: ``b - a`` with its interval, from draws that take the same groups for both.
        p: Of no difference, two-sided; None where it cannot be said.
    """

    a: float | None
    b: float | None
    difference: Estimate = NONE
    p: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discordant:
    """McNemar's test of who is right more often.

    Attributes:
        only_a: Videos on which only the first is right.
        only_b: Videos on which only the second is right.
        p: Two-sided.
        method: ``exact`` below 25 of both, else chi-square with continuity correction.
    """

    only_a: int
    only_b: int
    p: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A golden video that the two label differently.

    Attributes:
        video_id: Which video.
        path: Its file; empty when not known.
        golden: Golden label as text.
        a: Label of the first.
        b: Label of the second.
        probability_a: As predicted.
        probability_b: As predicted.
        rationale_a: Words of the first.
        rationale_b: Words of the second.
        right: ``a``, ``b``, or ``neither`` (more than two labels).
        weight: How many videos of the corpus it stands for.
    """

    video_id: str
    path: str
    golden: str
    a: str
    b: str
    right: str
    probability_a: float | None = None
    probability_b: float | None = None
    rationale_a: str = ""
    rationale_b: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeComparison:
    """The comparison of one attribute.

    Attributes:
        name: Of the attribute.
        title: For people.
        kind: binary, ordinal or categorical.
        definition_a: Fingerprint that the labels of the first were made with; empty when not known.
        definition_b: Likewise of the second.
        n: Golden videos with a label on both sides: what everything here is over.
        only_a: Golden videos with a label of the first only.
        only_b: Golden videos with a label of the second only.
        neither: Golden videos without any label.
        outcomes_a: What became of the golden videos in the first.
        outcomes_b: Likewise in the second.
        positives: Golden positives among the ``n`` (binary).
        groups: Number of groups that are resampled.
        deltas: Metric -> both sides and the difference. Binary: precision, recall, f1, accuracy, specificity,
            predicted_prevalence; others: accuracy.
        primary: The metric of the verdict: f1 (binary) or accuracy.
        p: Of the primary metric after Holm's correction over the attributes; None where it cannot be said.
        mcnemar: Who is right more often; None without a video.
        verdict: ``a``, ``b``, ``none`` (no difference shown) or ``unknown``.
        words: The verdict in one sentence.
        detectable: Difference of the primary metric that would have been seen four times in five; None when unknown.
        flips: Videos that the two label differently, the weightiest first; at most as many as were asked for.
        n_flips: All of them.
        notes: What a reader must know, in whole sentences.
    """

    name: str
    title: str
    kind: str
    n: int
    primary: str
    verdict: str
    words: str
    definition_a: str = ""
    definition_b: str = ""
    only_a: int = 0
    only_b: int = 0
    neither: int = 0
    outcomes_a: Outcomes = field(default_factory=Outcomes)
    outcomes_b: Outcomes = field(default_factory=Outcomes)
    positives: int | None = None
    groups: int = 0
    deltas: Mapping[str, Delta] = field(default_factory=dict)
    p: float | None = None
    mcnemar: Discordant | None = None
    detectable: float | None = None
    flips: tuple[Flip, ...] = ()
    n_flips: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareReport:
    """``data`` of ``vibekit compare --json``.

    Attributes:
        a: The first run or table.
        b: The second.
        golden: The golden set.
        split: tune, test or all.
        attributes: Name -> comparison.
        cost_a_usd: What the first run cost; None for a table.
        cost_b_usd: Likewise the second.
        uses: How often the test split has been looked at, this time included; None when it cannot be counted.
        forced: ``--i-know`` was needed.
        stale: ``--allow-stale`` was needed: what changed, in words; empty otherwise.
        out: Folder of the report; empty when none was written.
        files: Written files.
        created_at: ISO 8601, UTC.
        vibekit: Version.
        warnings: For people.
    """

    a: str
    b: str
    golden: str
    split: str
    attributes: Mapping[str, AttributeComparison]
    cost_a_usd: float | None = None
    cost_b_usd: float | None = None
    uses: int | None = None
    forced: bool = False
    stale: str = ""
    out: str = ""
    files: tuple[str, ...] = ()
    created_at: str = ""
    vibekit: str = ""
    warnings: tuple[str, ...] = ()
