"""How a project stands: every run, set, student and index, and what has changed under it since it was made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What a folder is, in the order of the chain."""

    DEFINITIONS = "definitions"
    RUN = "run"
    GOLDEN = "golden set"
    EMBEDDINGS = "embeddings"
    STUDENT = "student"
    LABELS = "labels"
    INDEX = "index"


class State(StrEnum):
    """How it stands, the worst first."""

    DAMAGED = "damaged"
    UNFINISHED = "unfinished"
    RUNNING = "running"
    STALE = "stale"
    BEHIND = "behind"
    CURRENT = "current"


ORDER = tuple(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why something is not current.

    Attributes:
        state: What it makes of it.
        words: What is wrong or has changed.
        mend: The command that mends it; empty where there is only waiting.
    """

    state: State
    words: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusItem:
    """One folder.

    Attributes:
        part: What it is.
        path: Where it is.
        about: What is in it, in a few words.
        made_from: Folders that it was made from, as far as they were found.
        problems: Why it is not current.
    """

    part: Part
    path: str
    about: str
    made_from: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def state(self) -> State:
        """The worst of its problems."""
        return min((one.state for one in self.problems), key=ORDER.index, default=State.CURRENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """A folder as ``--json`` shows it: ``StatusItem`` with its state spelt out."""

    part: Part
    path: str
    state: State
    about: str
    made_from: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """``data`` of ``vibekit status --json``.

    Attributes:
        folder: That was looked through.
        items: In the order of the chain.
        counts: State -> folders.
        mend: The commands that mend everything, in the order in which they are typed.
    """

    folder: str
    items: tuple[StatusRow, ...]
    counts: dict[str, int]
    mend: tuple[str, ...] = ()
