"""What every check needs: the folders, the definitions as they are now, and paths as somebody typed them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.status import Problem, State
from vibekit.errors import InputError
from vibekit.formats.attribute import read_attribute
from vibekit.formats.library import list_attributes
from vibekit.stages.status.find import MANIFESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vibekit.core.status import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder and what is in it.

    Attributes:
        root: The folder.
        found: Part -> folders.
        definitions: Attribute -> fingerprint of its definition as it is now.
        broken: Attribute -> what is wrong with its file.
    """

    root: Path
    found: Mapping[Part, tuple[Path, ...]]
    definitions: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)

    def here(self, typed: str) -> str:
        """Return a path that somebody typed, so that it leads there from the working directory.

        A project may have been moved, copied, or worked on from another folder: the longest end of the path that is
        under the project comes first, then the path as typed.
        """
        parts = Path(typed).parts
        ends = [self.root / Path(*parts[at:]) for at in range(len(parts)) if not Path(*parts[at:]).is_absolute()]
        # the last name alone could be anybody's
        for path in (*ends[:-1], Path(typed), *ends[-1:]):
            if path.exists():
                return str(path)
        return typed

    def resolve(self, typed: str, part: Part) -> Path | None:
        """Return the folder that somebody typed, of the project or elsewhere; None when it is not there any more."""
        wanted = Path(self.here(typed))
        mine = next((path for path in self.found.get(part, ()) if _same(path, wanted)), None)
        name = next(name for name, one in MANIFESTS.items() if one is part)
        return mine or (wanted if (wanted / name).is_file() else None)

    def gone(self, typed: Iterable[str]) -> str:
        """Say what something was made from that is not there any more; empty when all is."""
        lost = [one for one in dict.fromkeys(typed) if one and not Path(self.here(one)).exists()]
        return f"; not here any more: {', '.join(lost)}" if lost else ""

    def again(self, argv: Sequence[str], path: Path, otherwise: str) -> str:
        """Return a command so that it works from the working directory.

        Args:
            argv: As it was typed.
            path: What it made.
            otherwise: Where it is not known.
        """
        words = ["vibekit", *argv[1:]]
        if len(words) == 1:
            return otherwise
        if words[1] == "demo":
            return command("vibekit", "demo", path.parents[1])
        there = any(_same(path, Path(word)) for word in words)
        if there or _same(self.root, Path()):
            return shlex.join(words)
        return f"{command('cd', self.root)} && {shlex.join(words)}"

    def changed(self, made_by: Iterable[tuple[str, str]], *, mend: str) -> list[Problem]:
        """Say which definitions are others now.

        Args:
            made_by: Attribute and the fingerprint that was used; an empty one is not known.
            mend: What to type.
        """
        problems = []
        for name, before in made_by:
            now = self.definitions.get(name, "")
            if before and now and before != now:
                words = f"the definition of {name} has changed since ({before}, now {now})"
                problems.append(Problem(state=State.STALE, words=words, mend=mend))
        return problems


def definitions_of(root: Path) -> tuple[dict[str, str], dict[str, str], Path | None]:
    """Read the definitions that apply in a folder: its own, else the shipped ones.

    Returns:
        Attribute -> fingerprint, attribute -> what is wrong, and the folder of its own definitions.
    """
    own = root / "attributes"
    mine = own if own.is_dir() else None
    good: dict[str, str] = {}
    bad: dict[str, str] = {}
    for listed in list_attributes(mine):
        try:
            good[listed.name] = read_attribute(listed.path).fingerprint
        except InputError as error:
            bad[listed.name] = str(error)
    return good, bad, mine


def command(*words: object) -> str:
    """Write a command so that a shell reads it back."""
    return shlex.join([str(word) for word in words])


def damaged(error: InputError) -> Problem:
    """Say that a manifest cannot be read; its error has the hint."""
    return Problem(state=State.DAMAGED, words=error.message, mend=error.hint)


def _same(path: Path, wanted: Path) -> bool:
    try:
        return path.samefile(wanted)
    except OSError:
        return False
