"""From the text of a restriction to its parts, by recursive descent.

::

    restriction := either?
    either      := both (("|" | "or") both)*
    both        := opposite (("&" | "and") opposite)*
    opposite    := ("!" | "not")* ("(" either ")" | condition)
    condition   := name
                 | name sign value
                 | name "[" value "]" sign number
                 | name "not"? "in" "(" value ("," value)* ")"
                 | name "not"? "contains" text
                 | name "is" "not"? ("known" | "unknown")
    name        := (("label" | "column") ":")? (word | "`" letters "`")
    value       := number | text | date | "true" | "false"
"""

from __future__ import annotations

import math
from datetime import date

from vibekit.core.index import ColumnType
from vibekit.core.restriction import (
    Chance,
    Compare,
    Contains,
    Everything,
    Is,
    Known,
    Name,
    Of,
    Restriction,
    Sign,
    Value,
    among,
    both,
    either,
    negated,
    number,
    text,
)
from vibekit.core.restriction_error import RestrictionError
from vibekit.core.restriction_words import Form, Word, words_in

DEEPEST = 50
"""Parentheses inside one another."""
SIGNS = frozenset(Sign)


def parse(typed: str) -> Restriction:
    """Read a restriction; an empty one is every video.

    Args:
        typed: Such as ``(calming | cozy) & language == "en"``.

    Raises:
        RestrictionError: It cannot be understood; says where.
    """
    reader = _Reader(typed)
    if reader.word().form is Form.END:
        return Everything()
    found = reader.either()
    if reader.word().form is not Form.END:
        raise reader.left_over()
    return found


class _Reader:
    """Reads word after word; every method leaves ``word()`` at what comes after its part."""

    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._words = words_in(typed)
        self._place = 0
        self._depth = 0

    def word(self) -> Word:
        """Return the word that is read next."""
        return self._words[self._place]

    def either(self) -> Restriction:
        parts = [self._both()]
        while self._took("|", "or"):
            parts.append(self._both())
        return either(*parts)

    def left_over(self) -> RestrictionError:
        """Say what is wrong with a word after a whole restriction."""
        word = self.word()
        if word.text == ")":
            return self._wrong("a parenthesis is closed that was never opened", "take it out, or open one before")
        if word.text in SIGNS:
            return self._wrong("a second comparison", "one at a time, such as: calming > 0.2 & calming < 0.8")
        return self._wrong(f"expected & or | before {word.typed}", "join conditions by & (and) or | (or)")

    def _both(self) -> Restriction:
        parts = [self._opposite()]
        while self._took("&", "and"):
            parts.append(self._opposite())
        return both(*parts)

    def _opposite(self) -> Restriction:
        odd = False
        while self._took("!", "not"):
            odd = not odd
        found = self._parenthesis() if self.word().text == "(" and self.word().form is Form.SIGN else self._condition()
        return negated(found) if odd else found

    def _parenthesis(self) -> Restriction:
        opened = self.word()
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(f"more than {DEEPEST} parentheses inside one another", "write it flatter")
        self._next()
        found = self.either()
        if not self._took(")"):
            if self.word().form is Form.END:
                raise self._wrong("this parenthesis is never closed", "close it with )", opened)
            raise self.left_over()
        self._depth -= 1
        return found

    def _condition(self) -> Restriction:
        name = self._name()
        if self._took("["):
            return self._chance(name)
        if self.word().form is Form.SIGN and self.word().text in SIGNS:
            sign = Sign(self._next().text)
            return Compare(name=name, sign=sign, value=self._value(f"after {sign}"))
        if self._took("is"):
            return self._known(name)
        opposite = self._took("not")
        if self._took("in"):
            found = self._among(name)
        elif self._took("contains"):
            found = Contains(name=name, value=self._text())
        elif opposite:
            raise self._wrong("expected in or contains after not", 'such as: language not in ("de", "en")')
        else:
            return Is(name=name)
        return negated(found) if opposite else found

    def _name(self) -> Name:
        word = self.word()
        if word.form is not Form.NAME:
            raise self._no_name()
        self._next()
        if not (self.word().form is Form.SIGN and self.word().text == ":"):
            return Name(text=word.text, at=word.at)
        if word.typed not in (Of.LABEL, Of.COLUMN):
            raise self._wrong(f"{word.typed} stands before a colon", "only label: or column: can", word)
        self._next()
        if self.word().form is not Form.NAME:
            raise self._wrong(f"expected a name after {word.typed}:", f"such as: {word.typed}:calming")
        return Name(text=self._next().text, of=Of(word.typed), at=word.at)

    def _no_name(self) -> RestrictionError:
        word = self.word()
        before = self._words[self._place - 1].typed if self._place else ""
        after = f" after {before}" if before else ""
        if word.form is Form.END:
            return self._wrong(f"expected a condition{after}", 'such as: calming, or language == "en"')
        if word.form is Form.KEYWORD:
            hint = f"if an attribute or column is called so: `{word.typed}`"
            return self._wrong(f"expected a condition{after}, found {word.typed}", hint)
        if word.form in (Form.NUMBER, Form.DATE):
            return self._wrong("a comparison begins with a name", f"such as: calming >= {word.typed}")
        if word.form is Form.TEXT:
            hint = f"names stand without quotation marks, or in backticks: `{word.text}`"
            return self._wrong("a text stands where a name should", hint)
        return self._wrong(f"expected a condition{after}, found {word.typed}", "such as: (calming | cozy) & !sad")

    def _chance(self, name: Name) -> Restriction:
        label = self._value("inside of [ ]")
        if not self._took("]"):
            raise self._wrong("expected ] after the label", f'such as: {name.text}["calm"] >= 0.6')
        if not (self.word().form is Form.SIGN and self.word().text in SIGNS):
            raise self._wrong("expected a comparison with a probability", f'such as: {name.text}["calm"] >= 0.6')
        sign = Sign(self._next().text)
        return Chance(name=name, label=label, sign=sign, value=self._value(f"after {sign}"))

    def _known(self, name: Name) -> Restriction:
        opposite = self._took("not")
        if self._took("known"):
            return negated(Known(name=name)) if opposite else Known(name=name)
        if self._took("unknown"):
            return Known(name=name) if opposite else negated(Known(name=name))
        raise self._wrong("expected known or unknown after is", f"such as: {name.text} is known")

    def _among(self, name: Name) -> Restriction:
        if not self._took("("):
            raise self._wrong("expected ( after in", 'such as: language in ("de", "en")')
        opened = self._words[self._place - 1]
        values = [self._value("inside of ( )")]
        while self._took(","):
            values.append(self._value("after the comma"))
        if not self._took(")"):
            if self.word().form is Form.END:
                raise self._wrong("this parenthesis is never closed", "close it with )", opened)
            raise self._wrong(f"expected a comma or ) before {self.word().typed}", 'such as: ("de", "en")')
        return among(name, *values)

    def _text(self) -> Value:
        if self.word().form is not Form.TEXT:
            raise self._wrong("expected a text after contains", 'such as: title contains "sea"')
        word = self._next()
        return text(word.text, at=word.at)

    def _value(self, where: str) -> Value:
        word = self.word()
        if word.form is Form.NAME:
            shown = word.text.replace("\\", "\\\\").replace('"', '\\"')
            raise self._wrong(f"expected a value {where}", f'texts stand in quotation marks: "{shown}"')
        if word.form is Form.TEXT:
            found = text(word.text, at=word.at)
        elif word.form is Form.NUMBER:
            found = self._number(word)
        elif word.form is Form.DATE:
            found = self._date(word)
        elif word.form is Form.KEYWORD and word.text in ("true", "false"):
            found = Value(type=ColumnType.TRUTH, value=word.text == "true", at=word.at)
        else:
            raise self._wrong(f"expected a value {where}", 'such as 0.8, "en", 2026-01-31 or true')
        self._next()
        return found

    def _number(self, word: Word) -> Value:
        whole = word.text.lstrip("-").isdigit()
        try:
            value = int(word.text) if whole else float(word.text)
        except ValueError:
            value = math.inf
        if (whole and abs(value) >= 2**63) or not math.isfinite(value):
            raise self._wrong(
                "a number that is too large", "whole numbers go to 9223372036854775807, others to 1.7e308"
            )
        if whole:
            return Value(type=ColumnType.NUMBER, value=value, at=word.at)
        return number(value, at=word.at)

    def _date(self, word: Word) -> Value:
        try:
            date.fromisoformat(word.text)
        except ValueError as error:
            raise self._wrong(f"there is no such day: {word.text}", "dates are written 2026-01-31") from error
        return Value(type=ColumnType.DATE, value=word.text, at=word.at)

    def _took(self, *texts: str) -> bool:
        """Go on when the word is one of these signs or keywords."""
        if self.word().form in (Form.SIGN, Form.KEYWORD) and self.word().text in texts:
            self._next()
            return True
        return False

    def _next(self) -> Word:
        word = self.word()
        self._place += 1
        return word

    def _wrong(self, message: str, hint: str, word: Word | None = None) -> RestrictionError:
        return RestrictionError(message, typed=self._typed, at=(word or self.word()).at, hint=hint)
