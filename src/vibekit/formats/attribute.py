"""``attributes/NAME.yaml``: a definition, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from vibekit.core.attribute import Attribute, Choice, Kind, Label
from vibekit.errors import InputError
from vibekit.formats import attribute_fields as fields
from vibekit.formats.attribute_text import write_attribute
from vibekit.formats.strict_yaml import load, read
from vibekit.formats.yaml_node import Node

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "KEYS",
    "REQUIRED",
    "SAMPLE",
    "SUFFIX",
    "VERSION",
    "Parsed",
    "examine",
    "parse_attribute",
    "read_attribute",
    "write_attribute",
]

T = TypeVar("T")

VERSION = 1
"""Counted up when a file of today would be read differently."""

SUFFIX = ".yaml"

REQUIRED = ("name", "version", "title", "kind", "question", "definition")
KEYS = (
    *REQUIRED,
    "include",
    "exclude",
    "edge_cases",
    "labels",
    "scale",
    "modalities",
    "threshold",
    "examples",
    "signals",
    "owner",
    "changelog",
)

SAMPLE = """\
name: unboxing
version: 1
title: Unboxing
kind: binary
question: Does the video show somebody opening a new product for the first time?
definition: >-
  A product that is still in its packaging is opened on camera, and what comes out is shown.
include:
  - A sealed box is cut open and the parts are laid out.
exclude:
  - A review of a product that is out of its box from the start.
edge_cases:
  - case: The box is opened off camera and the first shot shows the product beside it.
    label: false
    why: The opening itself is what viewers come for, and it is not shown.
"""

_CHOICES = {Kind.ORDINAL: ("scale", fields.read_scale), Kind.CATEGORICAL: ("labels", fields.read_labels)}

_PLAIN: dict[str, Callable[[Node], Any]] = {
    "name": fields.read_name,
    "version": lambda node: node.integer(minimum=1, maximum=10**6),
    "title": lambda node: node.text(),
    "kind": lambda node: node.choice(Kind),
    "question": lambda node: node.text(),
    "definition": lambda node: node.text(),
    "include": lambda node: node.texts(),
    "exclude": lambda node: node.texts(),
    "modalities": fields.read_modalities,
    "threshold": lambda node: node.number(minimum=0, maximum=1),
    "owner": lambda node: node.text(empty=True),
    "changelog": fields.read_changelog,
}

_LABELLED: dict[str, Callable[..., Any]] = {
    "edge_cases": fields.read_edge_cases,
    "examples": fields.read_examples,
    "signals": fields.read_signals,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What became of one file.

    Attributes:
        attribute: The definition; None when there are errors.
        errors: Everything that is wrong, in the order of the file.
    """

    attribute: Attribute | None
    errors: tuple[InputError, ...] = ()


def read_attribute(path: Path, *, check_name: bool = True) -> Attribute:
    """Read a definition.

    Args:
        path: The YAML file.
        check_name: Insist that ``name`` equals the file's name without its ending.

    Raises:
        InputError: The first thing that is wrong with it.
    """
    return _sound(examine(read(path), stem=path.stem if check_name else None))


def parse_attribute(text: str, *, path: str = "<text>", stem: str | None = None) -> Attribute:
    """Read a definition from text.

    Args:
        text: The YAML document.
        path: Named in errors.
        stem: What ``name`` must be; None for anything.

    Raises:
        InputError: The first thing that is wrong with it.
    """
    return _sound(examine(load(text, path=path), stem=stem))


def examine(root: Node, *, stem: str | None = None) -> Parsed:
    """Read a definition from its YAML root and collect every error instead of stopping at the first."""
    return _Reader(root, stem=stem).parsed()


def _sound(parsed: Parsed) -> Attribute:
    if parsed.attribute is None:
        raise parsed.errors[0]
    return parsed.attribute


class _Reader:
    """Reads field after field and keeps what goes wrong."""

    def __init__(self, root: Node, *, stem: str | None) -> None:
        self._root = root
        self._stem = stem
        self._errors: list[InputError] = []

    def parsed(self) -> Parsed:
        """Return the definition, or all errors."""
        nodes = self._attempt(self._root.mapping)
        values = {} if nodes is None else self._values(nodes)
        if self._errors:
            # a misspelt key is also a missing one: the misspelling says more
            in_order = sorted(self._errors, key=lambda error: (": missing '" in error.message, error.line or 0))
            return Parsed(attribute=None, errors=tuple(in_order))
        return Parsed(attribute=Attribute(**values))

    def _values(self, nodes: dict[str, Node]) -> dict[str, Any]:
        self._errors += self._root.key_errors(KEYS, required=REQUIRED)
        values = {key: self._attempt(partial(reader, nodes[key])) for key, reader in _PLAIN.items() if key in nodes}
        if self._stem is not None and values.get("name") not in (None, self._stem):
            hint = f"write name: {self._stem}, or call the file {values['name']}{SUFFIX}"
            wrong = nodes["name"].error(f"'{values['name']}' is not the name of the file", hint=hint)
            self._errors.append(wrong)
        kind = values.get("kind")
        if kind is not None:
            values |= self._by_kind(nodes, kind)
        return values

    def _by_kind(self, nodes: dict[str, Node], kind: Kind) -> dict[str, Any]:
        values: dict[str, Any] = {}
        allowed: tuple[Label, ...] = (True, False)
        if kind is not Kind.BINARY:
            choices = self._attempt(lambda: _choices(self._root, nodes, kind))
            if choices is None:
                return values
            values["choices"] = choices
            allowed = tuple(choice.label for choice in choices)
        self._errors += _misplaced(nodes, kind)
        for key, reader in _LABELLED.items():
            if key in nodes:
                values[key] = self._attempt(partial(reader, nodes[key], kind=kind, allowed=allowed))
        return values

    def _attempt(self, reader: Callable[[], T]) -> T | None:
        try:
            return reader()
        except InputError as error:
            self._errors.append(error)
            return None


def _choices(root: Node, nodes: dict[str, Node], kind: Kind) -> tuple[Choice, ...]:
    key, reader = _CHOICES[kind]
    if key not in nodes:
        raise root.error(f"missing '{key}', which a definition of kind {kind} needs", hint=f"add: {key}: ...")
    return reader(nodes[key])


def _misplaced(nodes: dict[str, Node], kind: Kind) -> list[InputError]:
    """Say which of ``labels`` and ``scale`` belongs to another kind."""
    others = ((owner, key) for owner, (key, _) in _CHOICES.items() if owner is not kind and key in nodes)
    return [
        nodes[key].error(f"belongs to kind {owner}, and this is {kind}", hint=f"write kind: {owner}, or remove it")
        for owner, key in others
    ]
