"""``vibekit golden adjudicate``, from the command line."""

from __future__ import annotations

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output

EXAMPLE = "Example: vibekit golden adjudicate golden/g1 --method majority"


def adjudicate(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Turn ratings into golden labels."""
    Output(command="golden adjudicate", json_mode=json_mode, quiet=quiet).finish({})
