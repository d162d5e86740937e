"""Options that several commands share: one definition, one wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JsonOpt = Annotated[bool, typer.Option("--json", help="Print one JSON envelope on stdout.")]
QuietOpt = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, hints or warnings on stderr.")]
ForceOpt = Annotated[bool, typer.Option("--force", help="Start over instead of resuming.")]
ConfigOpt = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file (default: ./vibekit.yaml if there)."),
]
AttributesDirOpt = Annotated[
    Path | None,
    typer.Option("--attributes-dir", metavar="DIR", help="Your definitions (default: ./attributes if there)."),
]
