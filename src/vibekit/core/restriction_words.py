"""The words and signs that a restriction is written with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from vibekit.core.restriction import RESERVED
from vibekit.core.restriction_error import RestrictionError

LONGEST = 20_000
"""Letters of a restriction."""


class Form(StrEnum):
    """What a word is."""

    NAME = "name"
    KEYWORD = "keyword"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word.

    Attributes:
        form: What it is.
        text: A keyword in small letters, a sign in its one spelling, a name or text without its quotes.
        at: Where it begins, from 0.
        typed: As it was typed.
    """

    form: Form
    text: str
    at: int
    typed: str


_TOKEN = re.compile(
    r"""
    (?P<date>\d{4}-\d{2}-\d{2}(?![\w.-]))
  | (?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[^\W\d]\w*)
  | (?P<ticks>`(?:[^`]|``)*`)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<sign>&&|\|\||==|!=|<=|>=|[&|!=<>()\[\],:])
    """,
    re.VERBOSE | re.DOTALL,
)
_SAME = {"&&": "&", "||": "|", "=": "=="}
_OTHERWISE = {
    "<>": "!=", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "≠": "!=", "~": "!", "¬": "!", "∧": "&", "∨": "|",
    "+": "&", "-": "& !", ";": "&", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'",
}  # fmt: skip
_QUOTES = {'"': "the quotation mark", "'": "the quotation mark", "`": "the backtick"}


def words_in(typed: str) -> list[Word]:
    """Split a restriction into words; the last one is its end.

    Raises:
        RestrictionError: Something in it is no word, or it is too long.
    """
    if len(typed) > LONGEST:
        raise RestrictionError(
            f"{len(typed):,} letters, the most is {LONGEST:,}", typed=typed, at=LONGEST,
            hint="give a long list of videos as a file: --allow ids.txt or --exclude ids.txt",
        )  # fmt: skip
    _refuse_half_letters(typed, typed, 0)
    words: list[Word] = []
    at = _after_blank(typed, 0)
    while at < len(typed):
        words.append(_word(typed, at))
        at = _after_blank(typed, at + len(words[-1].typed))
    return [*words, Word(form=Form.END, text="", at=len(typed.rstrip()), typed="")]


def _after_blank(typed: str, at: int) -> int:
    while at < len(typed) and typed[at].isspace():
        at += 1
    return at


def _word(typed: str, at: int) -> Word:
    if typed[at : at + 2] in _OTHERWISE:
        raise _no_sign(typed, at, 2)
    found = _TOKEN.match(typed, at)
    if found is None:
        if typed[at] in _QUOTES:
            raise RestrictionError(f"{_QUOTES[typed[at]]} is never closed", typed=typed, at=at, hint="close it")
        raise _no_sign(typed, at, 1)
    form, raw = str(found.lastgroup), found.group()
    follower = typed[found.end() : found.end() + 1]
    if form == "name":
        if follower in ".-" and follower and typed[found.end() + 1 : found.end() + 2].isalnum():
            raise _dashed(typed, at)
        if raw.lower() in RESERVED:
            return Word(form=Form.KEYWORD, text=raw.lower(), at=at, typed=raw)
        return Word(form=Form.NAME, text=raw, at=at, typed=raw)
    if form in ("number", "date"):
        if follower.isalnum() or follower in ("_", "-", "."):
            raise _no_number(typed, at)
        return Word(form=Form(form), text=raw, at=at, typed=raw)
    if form == "ticks":
        return Word(form=Form.NAME, text=_named(typed, at, raw[1:-1].replace("``", "`")), at=at, typed=raw)
    if form == "text":
        return Word(form=Form.TEXT, text=_unescaped(typed, at, raw), at=at, typed=raw)
    return Word(form=Form.SIGN, text=_SAME.get(raw, raw), at=at, typed=raw)


def _named(typed: str, at: int, name: str) -> str:
    if not name:
        raise RestrictionError("a name without letters", typed=typed, at=at, hint="write a name between the backticks")
    return name


def _unescaped(typed: str, at: int, raw: str) -> str:
    body = raw[1:-1]
    if raw[0] == "'":
        body = re.sub(r"""\\'|"|\\.""", lambda m: {"\\'": "'", '"': '\\"'}.get(m[0], m[0]), body, flags=re.DOTALL)
    try:
        value = str(json.loads(f'"{body}"', strict=False))
    except ValueError as error:
        raise RestrictionError(
            "a backslash before a letter that it does not go with", typed=typed,
            at=at + max(body.find("\\"), 0) + 1, hint=r'write \\ for a backslash, \" for a quotation mark',
        ) from error  # fmt: skip
    _refuse_half_letters(value, typed, at)
    return value


def _refuse_half_letters(value: str, typed: str, at: int) -> None:
    """Refuse halves of a letter, or bytes that are not UTF-8: no label or column holds them."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        place = error.start if value is typed else at
        raise RestrictionError("not valid text (UTF-8)", typed=typed, at=place, hint="type it anew") from error


def _no_sign(typed: str, at: int, length: int) -> RestrictionError:
    sign = typed[at : at + length]
    hint = f"write {_OTHERWISE[sign]}" if sign in _OTHERWISE else "put texts in quotation marks, odd names in backticks"
    return RestrictionError(f"{sign!r} means nothing here", typed=typed, at=at, hint=hint)


def _dashed(typed: str, at: int) -> RestrictionError:
    found = re.compile(r"[\w.-]+").match(typed, at)
    name = found.group() if found else ""
    hint = f"put it in backticks: `{name}`"
    return RestrictionError("a name with a dot or a dash", typed=typed, at=at, hint=hint)


def _no_number(typed: str, at: int) -> RestrictionError:
    found = re.compile(r"[\w.:+-]+").match(typed, at)
    raw = found.group() if found else ""
    dated = re.match(r"\d{4}-\d{1,2}", raw)
    hint = "write a date as 2026-01-31" if dated else "write a number without a unit, or a text in quotation marks"
    return RestrictionError(f"{raw!r} is neither a number nor a date", typed=typed, at=at, hint=hint)
