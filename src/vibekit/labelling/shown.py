"""What the page may know of an attribute: its words, and never a video that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vibekit.core.attribute import Kind

if TYPE_CHECKING:
    from vibekit.core.attribute import Attribute, Label

ABSTAIN = "cannot tell"


def shown_attribute(attribute: Attribute) -> dict[str, Any]:
    """Return an attribute as JSON values for the page.

    Precedents come without the name of their video: it may be the one that is being rated.
    """
    return {
        "title": attribute.title,
        "kind": str(attribute.kind),
        "question": attribute.question,
        "definition": attribute.definition,
        "include": list(attribute.include),
        "exclude": list(attribute.exclude),
        "edge_cases": [{"case": e.case, "label": said(e.label), "why": e.why} for e in attribute.edge_cases],
        "examples": [{"label": said(e.label), "why": e.why} for e in attribute.examples],
        "choices": choices(attribute),
    }


def choices(attribute: Attribute) -> list[dict[str, Any]]:
    """Return the answers in order: the label, its words, what it means, and the key that gives it."""
    if attribute.kind is Kind.BINARY:
        return [
            {"value": True, "text": "Yes", "meaning": "", "keys": ["y", "1"]},
            {"value": False, "text": "No", "meaning": "", "keys": ["n", "2"]},
        ]
    # a key with a digit gives the label with that digit; only words are numbered by their place
    numbers = any(said(c.label).lstrip("-").isdecimal() for c in attribute.choices)
    found = []
    for place, choice in enumerate(attribute.choices, 1):
        key = said(choice.label) if numbers else str(place)
        keys = [key] if len(key) == 1 and key.isascii() and key.isdigit() else []
        found.append({"value": choice.label, "text": said(choice.label), "meaning": choice.meaning, "keys": keys})
    return found


def said(label: Label | None) -> str:
    """Write a label for people."""
    if label is None:
        return ABSTAIN
    if isinstance(label, bool):
        return "yes" if label else "no"
    return str(label)
