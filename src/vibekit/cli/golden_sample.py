"""``vibekit golden sample``, from the command line."""

from __future__ import annotations

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output

EXAMPLE = "Example: vibekit golden sample clips/ -a calming -n 300 --out golden/g1"


def sample(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Draw videos for a golden set, and keep the chance that each had."""
    Output(command="golden sample", json_mode=json_mode, quiet=quiet).finish({})
