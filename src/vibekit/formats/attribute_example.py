"""Adds a precedent to the ``examples`` of a definition and leaves every other line of the file as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.attribute import parse_attribute
from vibekit.formats.strict_yaml import load
from vibekit.formats.yaml_text import yaml_text

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.attribute import Attribute, Example
    from vibekit.formats.yaml_node import Node

KEY = "examples"
LATER = ("signals", "owner", "changelog")
"""Keys that stand behind the examples where vibekit writes a definition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A definition with one more precedent, not yet written.

    Attributes:
        text: The whole file, with the line ends that it had.
        attribute: What it says now.
    """

    text: str
    attribute: Attribute


def with_example(path: Path, example: Example, *, comment: str = "") -> Edited:
    """Return the file with a precedent behind those that it has.

    The new text is read back: it must say what it said before and the precedent, and nothing else.

    Args:
        path: The definition.
        example: The precedent.
        comment: Written behind the video as a YAML comment, for people; may be empty.

    Raises:
        InputError: The file is no definition, or its examples are written in a way that cannot be added to safely.
    """
    raw = path.read_bytes().decode("utf-8")
    newline = "\r\n" if "\r\n" in raw else "\n"
    before = parse_attribute(raw.removeprefix("\ufeff"), path=str(path), stem=path.stem)
    lines = raw.split(newline)
    root = load(raw.removeprefix("\ufeff"), path=str(path))
    item = _item(example, comment)
    place = _place(root, lines)
    if place is None:
        raise _by_hand(path, item)
    indented = [" " * place.indent + line if line else line for line in item]
    heading = [place.heading] if place.heading else []
    text = newline.join([*lines[: place.start], *heading, *indented, *lines[place.end :]])
    try:
        after = parse_attribute(text.removeprefix("\ufeff"), path=str(path), stem=path.stem)
    except InputError as error:
        raise _by_hand(path, item) from error
    if after != replace(before, examples=(*before.examples, example)):
        raise _by_hand(path, item)
    return Edited(text=text, attribute=after)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Lines ``start`` to ``end`` (from 0, ``end`` not included) give way to the heading, if any, and the precedent."""

    start: int
    end: int
    indent: int
    heading: str = ""


def _place(root: Node, lines: list[str]) -> _Place | None:
    starts = [key.line - 1 for key, _ in root.entries] + [len(lines)]
    names = [key.raw for key, _ in root.entries]
    if KEY not in names:
        behind = next((starts[i] for i, name in enumerate(names) if name in LATER), len(lines))
        at = _before_comments(lines, behind)
        return _Place(start=at, end=at, indent=2, heading=f"{KEY}:")
    index = names.index(KEY)
    value = root.entries[index][1]
    first, following = starts[index], starts[index + 1]
    if not value.items:
        heading = _EMPTY.sub(f"{KEY}:", lines[first])
        return _Place(start=first, end=first + 1, indent=2, heading=heading)
    dash = lines[value.items[0].line - 1]
    if not dash.lstrip().startswith("-"):
        return None
    end = _before_comments(lines, following)
    return _Place(start=end, end=end, indent=len(dash) - len(dash.lstrip()))


_EMPTY = re.compile(rf"^{KEY}[ ]*:[ ]*\[[ ]*\]")


def _before_comments(lines: list[str], at: int) -> int:
    """Go up over blank lines and comments that belong to what follows."""
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].startswith("#")):
        at -= 1
    return at


def _item(example: Example, comment: str) -> list[str]:
    label = "abstain" if example.label is None else example.label
    row = {"video": example.video, "label": label, "why": example.why}
    lines = [line[2:] for line in yaml_text({KEY: [row]}).splitlines()[1:]]
    words = "".join(c if c.isprintable() else " " for c in comment).strip()
    # the name may have been folded over several lines, where no comment can stand
    return [f"{lines[0]}  # {words}", *lines[1:]] if words and lines[1].lstrip().startswith("label:") else lines


def _by_hand(path: Path, item: list[str]) -> InputError:
    written = " / ".join(line.strip() for line in item)
    return InputError("a precedent cannot be added here", path=path, hint=f"write it under {KEY} by hand: {written}")
