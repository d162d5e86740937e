"""The seam between whoever opens videos and whoever makes a vector of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from vibekit.core.video import Metadata

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vibekit.core.embedding import Block

Place = Literal["worker", "threads"]


class EmbedError(Exception):
    """No vector can be had from this one video; the text is a short reason for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameNeed:
    """Decoded frames: centres of ``count`` equal parts of the video.

    Attributes:
        count: How many; a video with fewer pictures gives fewer.
        long_side: Longest side in pixels; smaller pictures are not enlarged.
    """

    count: int
    long_side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What an embedder has to be given of every video; with nothing of it, the file is not decoded at all.

    Attributes:
        frames: Frames, if any; an embedder that needs some is never called without at least one.
        sound_s: Most seconds of sound; 0 for none.
        reading: ``vibekit.media.MODULE:FUNCTION``, for what frames and sound do not give. It is called with the path
            (str) in the process that decodes, and what it returns is ``Given.read``. It may raise ``UnreadableError``
            of ``vibekit.media.opening``: a failed row with that reason.
        words: What people wrote goes into the vector: a video whose words changed is embedded anew.
    """

    frames: FrameNeed | None = None
    sound_s: float = 0.0
    reading: str = ""
    words: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One video, as far as an embedder needs it.

    Attributes:
        path: The file; for embedders that send it as it is.
        video_id: Content hash.
        metadata: What people wrote about it.
        frames: uint8 RGB, shape (n, height, width, 3), upright, in order of time; None when not asked for.
        times_s: float64, shape (n,): presentation time of each frame, seconds from the first picture.
        sound: int16, shape (samples,), mono 16 kHz, empty for a silent file; None when not asked for.
        duration_s: Length of the picture in seconds; None if unknown.
        width: Displayed width of the original in pixels; 0 without a picture.
        height: Likewise.
        bytes: Size of the file.
        read: What ``Needs.reading`` returned.
    """

    path: Path
    video_id: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    frames: NDArray[np.uint8] | None = None
    times_s: NDArray[np.float64] | None = None
    sound: NDArray[np.int16] | None = None
    duration_s: float | None = None
    width: int = 0
    height: int = 0
    bytes: int = 0
    read: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSettings:
    """What the user chose; an embedder takes of it what concerns it, and says in its block's parameters what it took.

    Attributes:
        frames: Frames per video; None leaves it to the embedder.
        model: Name or folder of a model; empty for the embedder's own.
        revision: Of the model.
        dim: Dimensions, where the model lets one choose; None for its own.
        base_url: Address of a service; None for its own.
        timeout_s: Seconds until one call is given up.
        max_attempts: Requests per video at most.
        options: What else an embedder takes, by name.
    """

    frames: int | None = None
    model: str = ""
    revision: str = ""
    dim: int | None = None
    base_url: str | None = None
    timeout_s: float = 120.0
    max_attempts: int = 6
    options: Mapping[str, str] = field(default_factory=dict)


class Embedder(Protocol):
    """Makes a vector of a video. Constructed with ``EmbedderSettings`` as its one argument, in every process anew.

    The constructor and ``block`` are cheap: weights are loaded at the first ``embed``. The same file and settings give
    the same vector, bit by bit, on the same machine.

    Attributes:
        needs: What it is given.
        place: ``worker``: called in the process that decodes, one video at a time, one thread a process. ``threads``:
            called in the main process, in ``threads`` threads at once: for one large model, a GPU, or a service.
        threads: How many, for ``threads``.
        paid: Every call costs money: what it answered is kept at once, not at the end of a shard. ``--max-cost`` needs
            two more methods of such an embedder: ``expect(given: Given | None) -> Expense``, for one video or a usual
            one, and ``used() -> Expense``, of the last call of ``embed`` in this thread.
        takes: What it takes of ``frames``, ``model``, ``revision``, ``dim`` and ``base_url``, and the names of its
            ``options``. What no embedder of a command takes is refused.
    """

    place: ClassVar[Place]
    threads: ClassVar[int]
    paid: ClassVar[bool]
    takes: ClassVar[tuple[str, ...]]

    @property
    def needs(self) -> Needs:
        """What it is given."""
        ...

    def check(self) -> None:
        """Make sure that it can work, before any video is opened.

        Raises:
            SetupError: A package, a model or a key is missing.
            InputError: A setting is out of range.
        """
        ...

    def block(self, start: int) -> Block:
        """Say what its part of every vector is; ``check`` was called before.

        Args:
            start: Its first dimension.
        """
        ...

    def embed(self, given: Given) -> NDArray[np.float32]:
        """Make the vector of one video, already normalised as its block says: shape (dim,), float32, finite.

        Raises:
            EmbedError: None can be had from this video.
            ServiceError: The service refuses the whole run.
        """
        ...
