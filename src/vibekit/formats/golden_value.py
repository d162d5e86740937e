"""Labels as people write them in tables, and back: ``true``, ``1`` and ``yes`` are one answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vibekit.core.attribute import Kind
from vibekit.core.golden import GoldenAttribute
from vibekit.errors import did_you_mean
from vibekit.formats.annotations import label_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.core.attribute import Attribute, Label

TRUE = frozenset({"true", "1", "yes", "t", "y", "1.0"})
FALSE = frozenset({"false", "0", "no", "f", "n", "0.0"})
ABSTAINED = frozenset({"abstain", "unsure"})
"""Cells that mean: this rater gave no label. An attribute that allows a label of this name goes first."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}(\.0{1,18})?")


class NotALabelError(ValueError):
    """A text that is none of the allowed labels; ``hint`` names them."""

    def __init__(self, text: str, attribute: GoldenAttribute) -> None:
        allowed = [label_text(label) for label in attribute.allowed]
        super().__init__(f"{text!r} is not a label of {attribute.name!r}")
        known = f"the allowed ones are {', '.join(allowed)}"
        self.hint = f"{did_you_mean(text, allowed)} {known}".strip()


def read_label(text: str, attribute: GoldenAttribute) -> Label:
    """Read a label.

    Args:
        text: As it stands in a cell; outer blanks do not count.
        attribute: Says which kind it is and what is allowed.

    Raises:
        NotALabelError: It is not allowed.
    """
    word = text.strip()
    label: Label | None = word
    if attribute.kind is Kind.BINARY:
        label = read_truth(word)
    elif attribute.kind is Kind.ORDINAL:
        label = int(float(word)) if _WHOLE.fullmatch(word) else None
    if label is None or label not in attribute.allowed:
        raise NotALabelError(word, attribute)
    return label


def read_truth(text: str) -> bool | None:
    """Read true or false, in any of the usual ways; None when it is neither."""
    word = text.strip().lower()
    return True if word in TRUE else False if word in FALSE else None


def is_abstention(text: str, attribute: GoldenAttribute) -> bool:
    """Say whether a cell means that the rater gave no label."""
    word = text.strip()
    return word.lower() in ABSTAINED and word not in attribute.allowed


def golden_attribute(definition: Attribute, *, fingerprint: bool = True) -> GoldenAttribute:
    """Return what a golden set knows of an attribute that has a definition.

    Args:
        definition: The definition.
        fingerprint: Say that this is the definition that was rated.
    """
    return GoldenAttribute(
        name=definition.name,
        kind=definition.kind,
        allowed=definition.allowed,
        fingerprint=definition.fingerprint if fingerprint else "",
        definition=definition if fingerprint else None,
    )


def inferred_attribute(name: str, texts: Iterable[str]) -> GoldenAttribute:
    """Tell what an attribute without a definition must be from the labels that occur.

    Only 0, 1, true, false and the like: binary. Anything else: categorical, whole numbers in numeric order, names in
    alphabetic order. Nothing says that numbers are steps of a scale: that takes a definition.

    Args:
        name: Of the attribute.
        texts: Cells, abstentions among them or not.
    """
    words = sorted({text.strip() for text in texts} - {""})
    given = [word for word in words if word.lower() not in ABSTAINED]
    if given and all(read_truth(word) is not None for word in given):
        return GoldenAttribute(name=name, kind=Kind.BINARY, allowed=(True, False))
    if all(_WHOLE.fullmatch(word) for word in given):
        given.sort(key=float)
    return GoldenAttribute(name=name, kind=Kind.CATEGORICAL, allowed=tuple(given))
