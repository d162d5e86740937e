"""One line of a doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibekit.errors import VibekitError


class Level(StrEnum):
    """How bad it is: fine, worth knowing, or in the way of every command."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the report.

    Attributes:
        name: What was looked at.
        level: How bad it is.
        found: What was found; never the value of a secret.
        mend: What to type; empty when nothing is to be mended.
    """

    name: str
    level: Level
    found: str
    mend: str = ""


def fine(name: str, found: str) -> Check:
    """Return a line about what is fine."""
    return Check(name=name, level=Level.OK, found=found)


def bad(name: str, error: VibekitError, *, level: Level = Level.FAIL, mend: str = "") -> Check:
    """Return a line about an error; its own hint goes before ``mend``."""
    return Check(name=name, level=level, found=error.message, mend=error.hint or mend)
