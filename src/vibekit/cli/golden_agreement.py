"""``vibekit golden agreement``, from the command line."""

from __future__ import annotations

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output

EXAMPLE = "Example: vibekit golden agreement golden/g1"


def agreement(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Show how far raters agree, and how sure that is."""
    Output(command="golden agreement", json_mode=json_mode, quiet=quiet).finish({})
