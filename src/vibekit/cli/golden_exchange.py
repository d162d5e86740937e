"""``vibekit golden import``, from the command line."""

from __future__ import annotations

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output

IMPORT_EXAMPLE = "Example: vibekit golden import labels.csv --out golden/g1"


def import_(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Bring ratings or labels into a golden set."""
    Output(command="golden import", json_mode=json_mode, quiet=quiet).finish({})


EXPORT_EXAMPLE = "Example: vibekit golden export golden/g1 --format csv-long --out ratings.csv"


def export(json_mode: JsonOpt = False, quiet: QuietOpt = False) -> None:
    """Write a golden set as CSV or for Label Studio."""
    Output(command="golden export", json_mode=json_mode, quiet=quiet).finish({})
