"""What a benchmark is given: where clips and the loopback server are, and how much to do."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Skipped(Exception):  # noqa: N818 - not an error: something that it needs is not there
    """A benchmark cannot be run here; the text says what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a benchmark is run.

    Attributes:
        data: Folder of sample clips: ``VIBEKIT_BENCH_DATA``.
        tools: Folder with ``fake_gemini.py``: ``VIBEKIT_BENCH_TOOLS``.
        quick: Do little, to see that it works; the figures mean less.
        n: Videos of the largest run; None is the benchmark's own number.
        docs: Folder of pages to write tables and plots into; None writes none.
        engines: Peers to compare with; none given: all.
    """

    data: Path = field(default_factory=lambda: _folder("VIBEKIT_BENCH_DATA", "data"))
    tools: Path = field(default_factory=lambda: _folder("VIBEKIT_BENCH_TOOLS", "tools"))
    quick: bool = False
    n: int | None = None
    docs: Path | None = None
    engines: tuple[str, ...] = ()

    @property
    def server(self) -> Path:
        """The loopback server.

        Raises:
            Skipped: There is none.
        """
        script = self.tools / "fake_gemini.py"
        if not script.is_file():
            raise Skipped(f"no {script} (set VIBEKIT_BENCH_TOOLS to the folder of a loopback Gemini)")
        return script

    def count(self, full: int, *, quick: int) -> int:
        """Return how many videos to take."""
        return self.n or (quick if self.quick else full)


def _folder(variable: str, name: str) -> Path:
    return Path(os.environ.get(variable, str(ROOT.parent / "shared" / name)))
