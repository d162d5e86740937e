"""Progress for people: a bar on a terminal, a plain line now and then elsewhere, nothing with ``--quiet``."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from vibekit.cli.output import say, shown
from vibekit.stages.progress import Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

EVERY_S = 10.0
"""Seconds between two plain lines."""


def progress_for(*, quiet: bool) -> Progress:
    """Choose how to show progress on this stderr."""
    if quiet or sys.stderr is None:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()


class Lines:
    """A plain line on stderr when a phase starts, every ten seconds, and when it ends."""

    def __init__(self) -> None:
        self.what = ""
        self.total = self.done = self.failed = 0
        self.cost = 0.0
        self.expected: float | None = None
        self.started = self.last = 0.0

    def begin(self, what: str, total: int, *, budget_usd: float | None = None) -> None:  # noqa: ARG002
        """Start a phase."""
        self.what, self.total = what, total
        self.done = self.failed = 0
        self.cost, self.expected = 0.0, None
        self.started = self.last = time.monotonic()

    def advance(self, steps: int = 1, *, cost_usd: float = 0.0, failed: bool = False) -> None:
        """Count, and say so when it is time."""
        self.done += steps
        self.cost += cost_usd
        self.failed += steps if failed else 0
        if time.monotonic() - self.last >= EVERY_S:
            self.last = time.monotonic()
            self.note(self._line())

    def expect(self, total: int, *, cost_usd: float | None = None) -> None:
        """Correct the total, and remember what it will cost."""
        self.total, self.expected = total, cost_usd

    def note(self, line: str) -> None:
        """Write a line to stderr."""
        say(sys.stderr, shown(line))

    def end(self) -> None:
        """Say how it ended."""
        if self.total:
            self.note(self._line())
        self.total = 0

    def _line(self) -> str:
        said = facts(self.done, self.total, self.started, self.cost, self.failed, self.expected)
        return f"{self.what}: {self.done}/{self.total}{said}"


def facts(done: int, total: int, started: float, cost: float, failed: int, expected: float | None = None) -> str:
    """Write rate, time left, money and failures, each only when there is something to say."""
    rate = done / max(time.monotonic() - started, 1e-9)
    parts = [f"{rate:.1f}/s"] if done else []
    if rate > 0 and done < total:
        parts.append(f"{(total - done) / rate:.0f} s left")
    if cost:
        parts.append(f"${cost:.4f}" + (f" of about ${expected:.4f}" if expected and done < total else ""))
    if failed:
        parts.append(f"{failed} failed")
    return "".join(f", {p}" for p in parts)


class Bar:
    """A live bar on a terminal, with rate, time left and money."""

    def __init__(self) -> None:
        self.rich: RichProgress | None = None
        self.task: TaskID | None = None
        self.cost = 0.0
        self.expected: float | None = None
        self.failed = 0
        self.started = 0.0
        self.total = self.done = 0

    def begin(self, what: str, total: int, *, budget_usd: float | None = None) -> None:  # noqa: ARG002
        """Start a phase."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.end()
        self.rich = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[facts]}"),
            console=Console(stderr=True),
            transient=False,
        )
        self.cost, self.failed, self.done, self.total, self.expected = 0.0, 0, 0, total, None
        self.started = time.monotonic()
        self.task = self.rich.add_task(what, total=total, facts="")
        self.rich.start()

    def advance(self, steps: int = 1, *, cost_usd: float = 0.0, failed: bool = False) -> None:
        """Move the bar."""
        self.done += steps
        self.cost += cost_usd
        self.failed += steps if failed else 0
        if self.rich is not None and self.task is not None:
            # the time left is the bar's own
            said = facts(self.done, self.done, self.started, self.cost, self.failed).lstrip(", ")
            about = f" of about ${self.expected:.4f}" if self.expected and self.cost else ""
            self.rich.update(self.task, advance=steps, facts=said + about)

    def expect(self, total: int, *, cost_usd: float | None = None) -> None:
        """Correct the length of the bar, and remember what it will cost."""
        self.total, self.expected = total, cost_usd
        if self.rich is not None and self.task is not None:
            self.rich.update(self.task, total=total)

    def note(self, line: str) -> None:
        """Write a line above the bar."""
        if self.rich is not None:
            self.rich.console.print(shown(line), markup=False, highlight=False)
        else:
            say(sys.stderr, shown(line))

    def end(self) -> None:
        """Leave the bar as it stands."""
        if self.rich is not None:
            self.rich.stop()
        self.rich = self.task = None
