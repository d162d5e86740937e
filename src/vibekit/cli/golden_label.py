"""``vibekit golden label``, from the command line."""

from __future__ import annotations

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output

EXAMPLE = "Example: vibekit golden label golden/g1"


def label(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Open a local page on which raters watch and rate."""
    Output(command="golden label", json_mode=json_mode, quiet=quiet).finish({})
