"""Prompt templates: Markdown with a header and two sections, rendered without logic that could reach anything."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vibekit.core.fingerprint import fingerprint
from vibekit.errors import InputError, did_you_mean
from vibekit.formats import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_BYTES = 1 << 18
SECTIONS = ("System", "User")
_HEADING = re.compile(r"^# (\w+)[ \t]*$")
_FENCE = "---"


@dataclass(frozen=True)
class PromptTemplate:
    """One template file.

    Attributes:
        path: Where it was read from, for messages.
        name: From the header.
        version: From the header.
        about: From the header: what it is, one line.
        text: The whole file.
        system: (first line, text) of the section that becomes the system instruction.
        user: (first line, text) of the section that opens the message.
    """

    path: str
    name: str
    version: int
    about: str
    text: str
    system: tuple[int, str]
    user: tuple[int, str]

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits over the two sections: the header does not change an answer."""
        return fingerprint([self.system[1], self.user[1]])

    def render(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return the system instruction and the opening of the message.

        Args:
            values: What the template may name. Values are data: braces inside them are not read again.

        Raises:
            InputError: The template names something that is not there; with file and line.
        """
        return self._section(self.system, values), self._section(self.user, values)

    def _section(self, section: tuple[int, str], values: Mapping[str, Any]) -> str:
        line, text = section
        # Empty lines in front make the engine's line numbers those of the file.
        try:
            return _environment().from_string("\n" * (line - 1) + text).render(dict(values)).strip() + "\n"
        except jinja2.TemplateSyntaxError as exc:
            raise InputError(f"not a valid template: {exc.message}", path=self.path, line=exc.lineno) from exc
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, OverflowError) as exc:
            known = f"a template may name: {', '.join(sorted(values))}"
            raise InputError(
                f"the template cannot be filled in: {exc}", path=self.path, line=_line(exc), hint=known
            ) from exc


def read_prompt(path: Path) -> PromptTemplate:
    """Read a template file.

    Raises:
        InputError: No header, no ``# System`` or ``# User`` section, or not a valid template; with file and line.
    """
    text = _read(path)
    lines = text.split("\n")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if lines[0].rstrip() != _FENCE or end is None:
        raise InputError(
            "a template begins with a header between two lines of '---'",
            path=path,
            line=1,
            hint="see the ready-made one: prompts/judge.md",
        )
    header = strict_yaml.load("\n".join(lines[1:end]), path=str(path), first_line=2)
    fields = header.mapping(("name", "version", "about"), required=("name", "version", "about"))
    sections = _sections(lines, end + 1, path=path)
    template = PromptTemplate(
        path=str(path),
        name=fields["name"].text(),
        version=fields["version"].integer(minimum=1),
        about=fields["about"].text(),
        text=text,
        system=sections["System"],
        user=sections["User"],
    )
    _check_syntax(template)
    return template


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise InputError(f"the prompt cannot be read: {exc.strerror or exc}", path=path, hint="check --prompt") from exc
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 1024} KiB; is this a prompt?", path=path)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise InputError("not UTF-8 text", path=path, line=line, hint="save the file as UTF-8") from exc


def _sections(lines: list[str], start: int, *, path: Path) -> dict[str, tuple[int, str]]:
    """Split at the first-level headings; returns name -> (line of the first line after the heading, text)."""
    marks: list[tuple[str, int]] = []
    for index, line in enumerate(lines[start:], start):
        match = _HEADING.match(line)
        if match is None:
            continue
        name = match.group(1)
        if name not in SECTIONS:
            hint = did_you_mean(name, SECTIONS) or "use '##' for headings inside a section"
            raise InputError(f"unknown section '# {name}'", path=path, line=index + 1, hint=hint)
        if any(name == seen for seen, _ in marks):
            raise InputError(f"a second '# {name}' section", path=path, line=index + 1)
        marks.append((name, index))
    for name in SECTIONS:
        if not any(name == seen for seen, _ in marks):
            raise InputError(f"no '# {name}' section", path=path, hint="see the ready-made one: prompts/judge.md")
    ends = [index for _, index in marks[1:]] + [len(lines)]
    return {
        name: (index + 2, "\n".join(lines[index + 1 : end])) for (name, index), end in zip(marks, ends, strict=True)
    }


def _check_syntax(template: PromptTemplate) -> None:
    for line, text in (template.system, template.user):
        try:
            _environment().parse("\n" * (line - 1) + text)
        except jinja2.TemplateSyntaxError as exc:
            message = f"not a valid template: {exc.message}"
            raise InputError(message, path=template.path, line=exc.lineno) from exc


def _environment() -> ImmutableSandboxedEnvironment:
    # No autoescape: the text goes to a model, and escaped quotes would change the definition.
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters["json"] = _json
    return environment


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False)


def _line(exc: Exception) -> int | None:
    """Return the template's line from the traceback that the engine rewrote."""
    line, trace = None, exc.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
