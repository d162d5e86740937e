"""What a run has already answered: an index over ``annotations.jsonl`` that keeps offsets, not texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.annotation import ANSWERED, Annotation, Status, Usage
from vibekit.formats.annotations import annotation_at, from_row
from vibekit.formats.jsonl import iter_lines, read_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the current line of a key and path lies, how it ended, and what it was made with."""

    offset: int
    status: Status
    attribute: str
    definition: str
    recipe: str


@dataclass(slots=True)
class AnswerIndex:
    """The current line of every key and path.

    Attributes:
        path: The ``annotations.jsonl``.
        entries: (key, path) -> its last line, in order of time.
        of_key: Key -> the path that it was asked under.
        usage: Tokens over all lines.
        cost_usd: Money over all lines.
        warnings: For people.
    """

    path: Path
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    of_key: dict[str, str] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> AnswerIndex:
        """Read a file; a missing one has no answers."""
        index = cls(path)
        for line in iter_lines(path, warnings=index.warnings):
            index.add(annotation_at(path, line), line.offset)
        return index

    def add(self, a: Annotation, offset: int) -> None:
        """Take up the line that starts at ``offset``."""
        self.entries.pop((a.key, a.path), None)
        self.entries[a.key, a.path] = Entry(offset, a.answer.status, a.attribute, a.definition, a.recipe)
        if not a.duplicate_of or a.key not in self.of_key:
            self.of_key[a.key] = a.path
        self.usage += a.usage
        self.cost_usd += a.cost_usd

    def finished(self, key: str) -> bool:
        """Say whether a key has an answer, under any name of its video."""
        path = self.of_key.get(key)
        return path is not None and self.entries[key, path].status in ANSWERED

    def current(self, pairs: Iterable[tuple[str, str]]) -> Iterator[Annotation]:
        """Read the current lines of (key, path) pairs, one at a time."""
        with self.path.open("rb") as stream:
            for pair in pairs:
                yield from_row(read_row(stream, self.entries[pair].offset))

    def latest(self, definitions: dict[str, str]) -> dict[tuple[str, str], str]:
        """Return (path, attribute) -> key of the newest line under the given definition of each attribute.

        Args:
            definitions: Attribute name -> fingerprint; lines under other definitions are stale and left out.
        """
        return {
            (path, entry.attribute): key
            for (key, path), entry in self.entries.items()
            if definitions.get(entry.attribute) == entry.definition
        }
