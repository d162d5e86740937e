"""What a worker does for one video: decode what the embedders need, and have them make their vectors."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.fingerprint import fingerprint
from vibekit.core.media import VerdictState
from vibekit.core.video import Metadata
from vibekit.embedders.base import EmbedError, Given
from vibekit.embedders.table import embedder
from vibekit.media.opening import UnreadableError, reason_of
from vibekit.media.rgb import RgbFrames, rgb_frames
from vibekit.media.sound import samples
from vibekit.stages.unchanged import change_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vibekit.embedders.base import Embedder, EmbedderSettings, FrameNeed, Needs

_MADE: dict[tuple[str, str], Embedder] = {}
"""Embedders of this process: they load their weights once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One video to embed, as it was when it was hashed.

    Attributes:
        path: The file.
        video_id: Its content hash.
        metadata: What people wrote about it.
        bytes: Size when it was hashed.
        mtime_ns: Likewise.
        duration_s: As probed; None if unknown.
        width: Displayed, in pixels; 0 without a picture.
        height: Likewise.
        problem: Why nothing can be decoded, as probed.
    """

    path: Path
    video_id: str
    metadata: Metadata = field(default_factory=Metadata)
    bytes: int = 0
    mtime_ns: int = 0
    duration_s: float | None = None
    width: int = 0
    height: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a worker made of one video.

    Attributes:
        vectors: float32 (dim,) of each embedder, None for those that are called elsewhere.
        given: For those: what they are to be given; None for the others.
        problem: Why there is no vector; empty when there is.
        note: What is to be known of the vector, such as damaged packets.
    """

    vectors: tuple[NDArray[np.float32] | None, ...] = ()
    given: tuple[Given | None, ...] = ()
    problem: str = ""
    note: str = ""


def unmade(problem: str) -> Made:
    """Return what is known of a video that its worker could not finish."""
    return Made(problem=problem)


def embedder_of(name: str, settings: EmbedderSettings) -> Embedder:
    """Return this process's embedder of that name and settings, made at the first call."""
    key = (name, fingerprint(asdict(settings)))
    if key not in _MADE:
        _MADE[key] = embedder(name, settings)
    return _MADE[key]


def embed_one(task: Task, names: tuple[str, ...], settings: EmbedderSettings) -> Made:
    """Make the vectors of one video; bad input gives a problem, never an exception."""
    embedders = [embedder_of(name, settings) for name in names]
    reader = _Reader(task)
    vectors: list[NDArray[np.float32] | None] = []
    givens: list[Given | None] = []
    try:
        for name, one in zip(names, embedders, strict=True):
            given = reader.given(one.needs)
            here = one.place == "worker"
            vectors.append(_vector(name, one, given) if here else None)
            givens.append(None if here else given)
    except (UnreadableError, EmbedError) as error:
        return unmade(str(error))
    except (OSError, MemoryError) as error:
        return unmade(reason_of(error))
    changed = change_of(task.path, size=task.bytes, mtime_ns=task.mtime_ns, while_it_was="embedded")
    if changed:
        return unmade(changed)
    return Made(vectors=tuple(vectors), given=tuple(givens), note=reader.note)


def _vector(name: str, one: Embedder, given: Given) -> NDArray[np.float32]:
    try:
        return one.embed(given)
    except EmbedError as error:
        raise EmbedError(f"{name}: {error}") from error


class _Reader:
    """Reads one file, what several embedders need only once."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._frames: dict[FrameNeed, RgbFrames] = {}
        self._sound: dict[float, NDArray[np.int16]] = {}
        self.note = ""

    def given(self, needs: Needs) -> Given:
        task = self._task
        if task.problem and needs.frames is None and not needs.reading:
            # nobody is going to find out: an embedder of words must not give a vector to a file that is no video
            raise UnreadableError(task.problem)
        given = Given(
            path=task.path,
            video_id=task.video_id,
            metadata=task.metadata,
            duration_s=task.duration_s,
            width=task.width,
            height=task.height,
            bytes=task.bytes,
        )
        if needs.frames is not None:
            shown = self._shown(needs.frames)
            given = replace(given, frames=shown.pixels, times_s=shown.times_s)
        if needs.sound_s:
            given = replace(given, sound=self._heard(needs.sound_s))
        if needs.reading:
            module, _, name = needs.reading.partition(":")
            given = replace(given, read=getattr(import_module(module), name)(str(task.path)))
        return given

    def _shown(self, need: FrameNeed) -> RgbFrames:
        if need not in self._frames:
            self._frames[need] = rgb_frames(str(self._task.path), count=need.count, long_side=need.long_side)
            self.note = self.note or self._frames[need].note
        return self._frames[need]

    def _heard(self, seconds: float) -> NDArray[np.int16]:
        if seconds not in self._sound:
            heard = samples(str(self._task.path), seconds)
            self._sound[seconds] = heard.values
            if heard.verdict.state is not VerdictState.OK:
                self.note = self.note or f"sound: {heard.verdict.reason}"
        return self._sound[seconds]
