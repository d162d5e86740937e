"""Text from outside, made fit to be shown: what would hide or reorder words becomes visible, what is endless is cut."""

from __future__ import annotations

import unicodedata

LONGEST = 2000
"""Characters of one text of a rater or a model that a report shows."""

_KEPT = frozenset("\t\n")
# U+200E, U+200F and the embeddings, overrides and isolates of the bidirectional algorithm
_REORDERING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_HIDING = frozenset({"Cc", "Cs"})


def clean(text: str, *, longest: int = LONGEST) -> str:
    """Return text that any browser and terminal shows as it is: control characters become visible escapes.

    Args:
        text: Anything.
        longest: Characters that are kept; what is cut is said.
    """
    cut = len(text) - longest
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if cut > 0:
        text = f"{text[:longest]} … ({cut} more characters)"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(c) if _hides(c) else c for c in text)


def one_line(text: str, *, longest: int = LONGEST) -> str:
    """Return the same on one line."""
    return " ".join(clean(text, longest=longest).split())


def short(text: str, width: int) -> str:
    """Return the text on one line, cut to so many columns; wide characters of East Asian scripts count two."""
    text = one_line(text)
    if columns(text) <= width:
        return text
    out, left = "", width - 1
    for c in text:
        left -= _columns(c)
        if left < 0:
            break
        out += c
    return out.rstrip() + "…"


def columns(text: str) -> int:
    """Return how many columns a text takes; wide characters of East Asian scripts take two."""
    return sum(map(_columns, text))


def plural(n: int, one: str, many: str = "") -> str:
    """Return ``1 video``, ``1,200 videos``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _columns(c: str) -> int:
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def _hides(c: str) -> bool:
    return c not in _KEPT and (c in _REORDERING or unicodedata.category(c) in _HIDING or ord(c) & 0xFFFE == 0xFFFE)


def _visible(c: str) -> str:
    return c.encode("unicode_escape").decode("ascii")
