"""Options that several commands around an index share."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

IndexArg = Annotated[Path, typer.Argument(metavar="INDEX", help="The folder of an index.")]
LabelsOpt = Annotated[
    list[Path] | None,
    typer.Option(
        "--labels",
        "-l",
        metavar="L",
        help="A labels folder, or a table with video_id and a column an attribute; repeatable.",
    ),
]
MetadataOpt = Annotated[
    list[Path] | None,
    typer.Option("--metadata", metavar="FILE", help="CSV, JSON Lines or Parquet about the videos; repeatable."),
]
ThresholdOpt = Annotated[
    list[str] | None,
    typer.Option("--threshold", metavar="NAME=P", help="Probability from which a video carries it; repeatable."),
]
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)", re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def thresholds_of(texts: Sequence[str]) -> dict[str, float]:
    """Read ``NAME=P``.

    Raises:
        UsageError: It is no such text, the number is not from 0 to 1, or a name stands twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not equals or not name or not 0 <= value <= 1:
            raise UsageError(f"--threshold {text}: not NAME=P with P from 0 to 1", hint="such as --threshold sad=0.4")
        if name in found:
            raise UsageError(f"--threshold {name}: given twice", hint="drop one")
        found[name] = value
    return found


def bytes_of(option: str, text: str) -> int | None:
    """Read ``8GB``, ``500MB`` or a number of bytes; None for an empty text.

    Raises:
        UsageError: It is no size.
    """
    if not text:
        return None
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{option} {text}: not a size", hint=f"such as {option} 8GB")
    unit = match[2].lower()
    size = float(match[1]) * (2 ** (10 * "kmgt".index(unit[0]) + 10) if "i" in unit else _UNITS[unit[:1].strip("b")])
    if size < 1:
        raise UsageError(f"{option} {text}: must be more than 0", hint=f"such as {option} 8GB")
    return int(size)
