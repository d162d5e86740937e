"""Opens the files that were drawn: only they are hashed, and what could be a copy of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vibekit.stages.inputs import InputFile

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vibekit.media.pool import MediaPool
    from vibekit.stages.golden.frame import Frame, Unit
    from vibekit.stages.progress import Progress


@dataclass(slots=True)
class Look:
    """Says which files can be taken, and keeps what was found out.

    A video counts through its first file only: a file whose content an earlier file of the frame has as well is left
    out. Then every video has the chance of one file, however many copies there are. A copy has the same size, so only
    files of the same size are hashed for it.

    Attributes:
        frame: All files, in order.
        pool: Reads them.
        named: Content hashes that are left out, as the definition names them.
        progress: Told how far it is.
        found: Key -> the unit with its hash and all of its metadata, for those that can be taken.
        left_out: Why a file was not taken -> how many.
    """

    frame: Frame
    pool: MediaPool
    named: Collection[str]
    progress: Progress
    found: dict[str, Unit] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    _sizes: dict[int, list[str]] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _hashes: dict[str, str | None] = field(default_factory=dict)

    def __call__(self, keys: Sequence[str]) -> list[bool]:
        """Say of each file whether it can be taken."""
        started = {key: self.pool.inspect(self.frame.units[key].path) for key in keys}
        good: list[bool] = []
        for key, future in started.items():
            seen = future.result()
            problem = "cannot be decoded" if seen.video_id is None or seen.probe.problem else ""
            self._hashes[key] = seen.video_id
            if not problem and seen.video_id in self.named:
                problem = "named by the definition"
            if not problem and self._earlier(key, seen.bytes):
                problem = "copies of another file"
            if problem:
                self.left_out[problem] += 1
            else:
                self.found[key] = self._identified(self.frame.units[key], seen.video_id or "")
            good.append(not problem)
            self.progress.advance(failed=problem == "cannot be decoded")
        return good

    def _identified(self, unit: Unit, video_id: str) -> Unit:
        assert self.frame.inputs is not None
        file = InputFile(path=unit.path, metadata=unit.metadata, columns=unit.columns)
        known = self.frame.inputs.identified(file, video_id)
        return replace(unit, video_id=video_id, metadata=known.metadata, columns=known.columns)

    def _earlier(self, key: str, size: int) -> bool:
        """Say whether an earlier file has the same content."""
        if not self._sizes:
            self._measure()
        others = [k for k in self._sizes.get(size, ()) if self._places[k] < self._places[key]]
        waiting = {k: self.pool.identify(self.frame.units[k].path) for k in others if k not in self._hashes}
        self._hashes |= {k: future.result() for k, future in waiting.items()}
        return any(self._hashes[k] == self._hashes[key] for k in others)

    def _measure(self) -> None:
        sizes: dict[int, list[str]] = defaultdict(list)
        for place, (key, unit) in enumerate(self.frame.units.items()):
            self._places[key] = place
            try:
                sizes[unit.path.stat().st_size].append(key)
            except OSError:
                continue
        self._sizes = sizes
