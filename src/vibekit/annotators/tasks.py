"""What is the same in all calls about one set of attributes: the filled-in template and the answer's schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vibekit.annotators import tokens
from vibekit.annotators.answer import answer_schema
from vibekit.annotators.prompt import Rendered, load_template, render
from vibekit.annotators.untrusted import untrusted_fields
from vibekit.core.attribute import Modality
from vibekit.core.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.annotators.base import Question
    from vibekit.core.attribute import Attribute

_LONGEST_STEM = 100
_FENCE_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Task:
    """Prompt and schema for one set of attributes."""

    prompt: Rendered
    schema: dict[str, Any]


class Tasks:
    """Makes each task once.

    Args:
        prompt: Template of the user's; None is the ready-made one.

    Attributes:
        template: The template.

    Raises:
        InputError: The template is none.
    """

    def __init__(self, prompt: Path | None) -> None:
        self.template = load_template(prompt)
        self._made: dict[tuple[Attribute, ...], Task] = {}

    def task(self, attributes: tuple[Attribute, ...]) -> Task:
        """Return prompt and schema."""
        task = self._made.get(attributes)
        if task is None:
            task = Task(render(self.template, attributes), answer_schema(attributes))
            self._made[attributes] = task
        return task

    def rendered(self, attributes: tuple[Attribute, ...]) -> Mapping[str, str]:
        """Return the texts that are sent about the attributes, by a file name to keep them under."""
        prompt, stem = self.task(attributes).prompt, "+".join(a.name for a in attributes)
        if len(stem) > _LONGEST_STEM:
            stem = f"{attributes[0].name}+{len(attributes) - 1}-{fingerprint(stem)}"
        return {f"{stem}.system.md": prompt.system, f"{stem}.user.md": prompt.user}

    def text_tokens(self, question: Question, *, allowed: frozenset[Modality]) -> int:
        """Return the expected tokens of all words of a call."""
        task = self.task(question.attributes)
        words = len(task.prompt.system) + len(task.prompt.user) + len(str(task.schema))
        if Modality.TEXT in allowed:
            fields = untrusted_fields(question.video.metadata)
            words += sum(len(text) + _FENCE_CHARACTERS for text in fields.values())
        return words // tokens.CHARACTERS_PER_TOKEN
