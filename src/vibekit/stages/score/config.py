"""What ``vibekit score`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.scoring import Bound, Decision
from vibekit.metrics.threshold import Goal

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.scoring import SplitChoice

DRAWS = 2000
"""Bootstrap draws."""
ERRORS = 50
"""Disagreements in the report."""
EPSILON = 0.2
"""What an expert costs more than a model, as a share (Calderon, Reichart and Dror 2025)."""
MACRO = "macro"
"""In place of an attribute's name in a gate: the mean over the binary attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    """One condition: a metric of one attribute (empty: of every one; ``macro``: of their mean) is at least so much."""

    metric: str
    at_least: float
    attribute: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreConfig:
    """One score.

    Attributes:
        labels: A run folder, a table of labels, or a folder of ``part-*.parquet``.
        golden: A golden set: a folder or a plain table.
        attributes: Names; empty for all that both sides have.
        split: None for test where the set has both, else all.
        by: Metadata columns for slices.
        gates: Conditions.
        bound: What they are held against.
        goal: What a threshold is chosen for.
        write_threshold: Write the chosen threshold into the definition.
        decision: What counts as the predicted label.
        allow_stale: Go on though the labels were made with another definition than the golden set.
        i_know: Go on though the definition may have been tuned on the test split.
        draws: Bootstrap draws.
        seed: Of the draws.
        errors: Most disagreements that are listed.
        attributes_dir: The user's definitions.
        epsilon: Of the alternative-annotator test.
        id_column: Column of a labels table that names the video; empty to find it.
        command: Name under which the look at the test split is recorded.
        out: Folder of the report; None for ``reports/LABELS-GOLDEN``.
        report: Write a report.
        frames: Take pictures from the videos of the gallery.
    """

    labels: Path
    golden: Path
    attributes: tuple[str, ...] = ()
    split: SplitChoice | None = None
    by: tuple[str, ...] = ()
    gates: tuple[GateRule, ...] = ()
    bound: Bound = Bound.LOWER
    goal: Goal = field(default_factory=Goal)
    write_threshold: bool = False
    decision: Decision = Decision.LABEL
    allow_stale: bool = False
    i_know: bool = False
    draws: int = DRAWS
    seed: int = 0
    errors: int = ERRORS
    attributes_dir: Path | None = None
    epsilon: float = EPSILON
    id_column: str = ""
    command: str = "score"
    out: Path | None = None
    report: bool = True
    frames: bool = True
