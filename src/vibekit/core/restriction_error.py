"""What is wrong with a restriction, and where: the text that was typed, with a caret under the place."""

from __future__ import annotations

import unicodedata

from vibekit.errors import UsageError

AROUND = 50
"""Letters that are shown before and after the place."""


class RestrictionError(UsageError):
    """A restriction that cannot be understood.

    Args:
        message: What is wrong.
        typed: The whole restriction.
        at: Where it is wrong, from 0.
        hint: What to type.
    """

    code = "restriction"

    def __init__(self, message: str, *, typed: str, at: int, hint: str = "") -> None:
        super().__init__(f"in the restriction, at character {at + 1}: {message}", hint=hint, item=typed)
        self.at = at
        self.context = pointed(typed, at)


def pointed(typed: str, at: int) -> tuple[str, ...]:
    """Return the text around a place, and below it a caret.

    Args:
        typed: The whole text.
        at: The place; the length of the text for its end.
    """
    first, last = max(at - AROUND, 0), at + AROUND
    plain = "".join(c if c.isprintable() else " " for c in typed)
    before = ("…" if first else "") + plain[first:at]
    after = plain[at:last] + ("…" if last < len(plain) else "")
    return before + after, " " * sum(map(_width, before)) + "^"


def _width(letter: str) -> int:
    """Return how many columns of a terminal a letter takes."""
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
