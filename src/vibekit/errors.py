"""Everything vibekit raises on purpose, and the exit code that each error means.

VibekitError
├── UsageError      2    the command line itself is wrong
├── InputError      3    a file or a value that the user owns is wrong
├── SetupError      4    a key, a package or a decoder is missing
├── ServiceError    5    the service refused, for the whole run
└── (inside a run, never shown as such: an item's failure is a row, not an exception)
    ├── TransientError   worth asking again
    └── ItemError        final for this one video

Exit codes 0 (done), 1 (a bug), 6 (finished, some items failed), 7 (a gate failed) and 130 (Ctrl-C) are not errors
of this tree: see ``ExitCode``.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class ExitCode(IntEnum):
    """What ``vibekit`` returns to the shell."""

    DONE = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    SETUP = 4
    SERVICE = 5
    PARTIAL = 6
    GATE = 7
    INTERRUPTED = 130


class VibekitError(Exception):
    """Base of every error that vibekit shows to its user.

    Args:
        message: What is wrong and where, in one line; starts with ``file:line:`` when there is one.
        hint: What to type or change next; may be empty.
        item: The video, attribute or file that it is about; may be empty.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    code: ClassVar[str] = "bug"
    context: tuple[str, ...] = ()
    """Lines to show below the message, such as what was typed with a caret under the place."""

    def __init__(self, message: str, *, hint: str = "", item: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.item = item


class UsageError(VibekitError):
    """The command line asks for something that cannot be done."""

    exit_code = ExitCode.USAGE
    code = "usage"


class InputError(VibekitError):
    """A file or a value that the user owns is wrong.

    Args:
        message: What is wrong.
        path: The file, put in front of the message.
        line: The line in that file, counted from 1.
        hint: What to type or change next.
        item: What it is about.
    """

    exit_code = ExitCode.INPUT
    code = "input"

    def __init__(
        self, message: str, *, path: Path | str | None = None, line: int | None = None, hint: str = "", item: str = ""
    ) -> None:
        where = "" if path is None else f"{path}:{line}: " if line is not None else f"{path}: "
        super().__init__(where + message, hint=hint, item=item or ("" if path is None else str(path)))
        self.path = path
        self.line = line


class SetupError(VibekitError):
    """Something that vibekit needs is not installed or not set."""

    exit_code = ExitCode.SETUP
    code = "setup"


class ServiceError(VibekitError):
    """The service refuses the whole run; asking again does not help."""

    exit_code = ExitCode.SERVICE
    code = "service"


class InterruptedRun(VibekitError):  # noqa: N818 - not an error: the user wanted it
    """The user stopped a run at once; what was answered is kept."""

    exit_code = ExitCode.INTERRUPTED
    code = "interrupted"


class TransientError(Exception):
    """One attempt failed in a way that is worth asking again.

    Args:
        kind: A short stable word: ``rate_limit`` (429), ``overload`` (503), ``server``, ``network``, ``timeout``.
        message: What the service or the network said.
        retry_after_s: How long the service asked to wait, in seconds; None when it did not say.
        quota: Of a ``rate_limit``: what there is too much of in a minute, ``requests`` or ``tokens``; empty when the
            service did not say.
        quota_value: How many of them it allows; None when it did not say.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        retry_after_s: float | None = None,
        quota: str = "",
        quota_value: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry_after_s = retry_after_s
        self.quota = quota
        self.quota_value = quota_value


class ItemError(Exception):
    """The service refuses this one video for good; the run goes on.

    Args:
        message: What the service said.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest known name, or an empty string.

    Args:
        name: What the user typed.
        known: The names that exist.
    """
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""
