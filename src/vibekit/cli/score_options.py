"""What ``vibekit score`` and ``vibekit compare`` take from the command line, turned into values."""

from __future__ import annotations

import math
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.core.number import finite
from vibekit.core.scoring import SplitChoice
from vibekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.metrics.threshold import Goal
    from vibekit.stages.score.config import GateRule

MOST_DRAWS = 100_000
FEWEST_DRAWS = 200
MOST_ERRORS = 10_000

GOAL_HELP = "f1, precision=0.9 (the most recall with that precision) or cost=1:5 (of a false positive and negative)."

AttributeOpt = Annotated[
    list[str] | None,
    typer.Option("--attribute", "-a", metavar="NAME", help="Only this attribute; may be given several times."),
]
StaleOpt = Annotated[
    bool, typer.Option("--allow-stale", help="Go on though golden set and labels have different definitions.")
]
KnowOpt = Annotated[
    bool, typer.Option("--i-know", help="Go on though the definition may have been tuned on the test split.")
]
DrawsOpt = Annotated[int, typer.Option("--draws", metavar="N", help="Bootstrap draws.")]
SeedOpt = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the draws.")]
IdColumnOpt = Annotated[
    str, typer.Option("--id-column", metavar="NAME", help="Column of a labels table that names the video.")
]
NoReportOpt = Annotated[bool, typer.Option("--no-report", help="Write no report.")]


class FormatOption(StrEnum):
    """``--format``."""

    TEXT = "text"
    MARKDOWN = "markdown"
    GITHUB = "github"


SplitOpt = Annotated[
    SplitChoice | None,
    typer.Option("--split", help="Which golden videos (default: test where the set has both, else all)."),
]


def gate_rules(metric: str, texts: Sequence[str] | None) -> tuple[GateRule, ...]:
    """Read ``0.75`` or ``calming=0.75``.

    Raises:
        UsageError: It is neither.
    """
    from vibekit.stages.score.config import GateRule

    rules = []
    for text in texts or ():
        name, _, number = text.rpartition("=")
        bound = finite(number)
        if bound is None or not 0 <= bound <= 1:
            raise UsageError(
                f"--min-{metric} {text}: a share from 0 to 1 is wanted",
                hint=f"--min-{metric} 0.75, or for one attribute --min-{metric} calming=0.75",
            )
        rules.append(GateRule(metric=metric, attribute=name.strip(), at_least=bound))
    return tuple(rules)


def threshold_goal(text: str) -> Goal:
    """Read ``f1``, ``precision=0.9`` or ``cost=1:5``.

    Raises:
        UsageError: It is none of them.
    """
    from vibekit.metrics.threshold import Goal

    word, _, value = text.strip().lower().partition("=")
    if word == "f1" and not value:
        return Goal(kind="f1")
    if word == "precision" and (target := finite(value)) is not None and 0 < target <= 1:
        return Goal(kind="precision", precision=target)
    costs = re.fullmatch(r"([^:]+):([^:]+)", value) if word == "cost" else None
    if costs:
        fp, fn = finite(costs[1]), finite(costs[2])
        if fp is not None and fn is not None and fp > 0 and fn > 0:
            return Goal(kind="cost", fp=fp, fn=fn)
    raise UsageError(f"--threshold-goal {text}: not a goal", hint=GOAL_HELP)


def check_numbers(*, draws: int, errors: int = 0, epsilon: float = 0.0, seed: int = 0) -> None:
    """Raise when a number is outside of what makes sense.

    Raises:
        UsageError: One is.
    """
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        raise UsageError(f"--draws {draws}: {FEWEST_DRAWS}-{MOST_DRAWS}")
    if not 0 <= errors <= MOST_ERRORS:
        raise UsageError(f"--errors {errors}: 0-{MOST_ERRORS}")
    if not (math.isfinite(epsilon) and 0 <= epsilon < 1):
        raise UsageError(f"--epsilon {epsilon:g}: from 0 to below 1")
    if seed < 0:
        raise UsageError(f"--seed {seed}: 0 or more")
