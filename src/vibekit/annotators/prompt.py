"""Fills a prompt template in from attribute definitions; what is written about a video never comes near it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vibekit.formats.prompt import PromptTemplate, read_prompt
from vibekit.formats.shipped import shipped_dir

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.attribute import Attribute

DEFAULT_PROMPT = "judge.md"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template filled in: the system instruction and the opening of the message."""

    system: str
    user: str


def load_template(path: Path | None) -> PromptTemplate:
    """Read the user's template, or the ready-made one.

    Raises:
        InputError: It is not a template; with file and line.
    """
    return read_prompt(path if path is not None else shipped_dir("prompts") / DEFAULT_PROMPT)


def render(template: PromptTemplate, attributes: tuple[Attribute, ...]) -> Rendered:
    """Fill a template in.

    Raises:
        InputError: The template names something that is not there; with file and line.
    """
    system, user = template.render({"attributes": [template_values(a) for a in attributes]})
    return Rendered(system, user)


def template_values(attribute: Attribute) -> dict[str, Any]:
    """Return what a template may name of an attribute: the fields that its fingerprint covers, and no others."""
    return attribute.judged()
