"""What a stage tells about how far it is; who shows it, and how, is somebody else's matter."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives how far a stage is."""

    def begin(self, what: str, total: int, *, budget_usd: float | None = None) -> None:
        """Start a phase of ``total`` steps."""
        ...

    def advance(self, steps: int = 1, *, cost_usd: float = 0.0, failed: bool = False) -> None:
        """Say that steps are done, what they cost and whether they failed."""
        ...

    def expect(self, total: int, *, cost_usd: float | None = None) -> None:
        """Correct how many steps the phase has, and say what they are expected to cost in all."""
        ...

    def note(self, line: str) -> None:
        """Say something once."""
        ...

    def end(self) -> None:
        """End the phase."""
        ...


class Silent:
    """Shows nothing."""

    def begin(self, what: str, total: int, *, budget_usd: float | None = None) -> None:
        """Ignore."""

    def advance(self, steps: int = 1, *, cost_usd: float = 0.0, failed: bool = False) -> None:
        """Ignore."""

    def expect(self, total: int, *, cost_usd: float | None = None) -> None:
        """Ignore."""

    def note(self, line: str) -> None:
        """Ignore."""

    def end(self) -> None:
        """Ignore."""
