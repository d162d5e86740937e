"""``vibekit compare``, from the command line."""

from __future__ import annotations

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output

EXAMPLE = "Example: vibekit compare runs/a runs/b --golden golden/g1"


def compare(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Compare two runs on the same golden videos, and say which videos flipped and why."""
    Output(command="compare", json_mode=json_mode, quiet=quiet).finish({})
