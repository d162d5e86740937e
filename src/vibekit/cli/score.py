"""``vibekit score``, from the command line."""

from __future__ import annotations

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output

EXAMPLE = "Example: vibekit score runs/r1 --golden golden/g1"


def score(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Hold labels against a golden set: metrics with intervals, people beside, thresholds, gates."""
    Output(command="score", json_mode=json_mode, quiet=quiet).finish({})
