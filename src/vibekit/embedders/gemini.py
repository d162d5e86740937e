"""Gemini's multimodal embedding: frames with the words about them, or the short video itself, sound included."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from vibekit.core.embedding import Block, Expense
from vibekit.core.message import Inline, Text
from vibekit.embedders.base import EmbedError, FrameNeed, Needs, Place
from vibekit.embedders.pooling import unit_length
from vibekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.video import Metadata
    from vibekit.embedders.base import EmbedderSettings, Given
    from vibekit.embedders.gemini_calls import GeminiCalls
    from vibekit.gemini.embedding import Embedded
    from vibekit.gemini.request import Part

MODEL = "gemini-embedding-2"
DIM = 768
"""Of 128 to 3072: the first ones hold the most (Matryoshka), so fewer are a shorter vector, not another."""
LEAST_DIM, MOST_DIM = 128, 3072
FRAMES = 6
"""Pictures that one message may hold."""
LONG_SIDE = 512
QUALITY = 90
MOST_WORDS = 6000
"""Letters of the words about a video: with the pictures they stay below the model's 8,192 tokens."""
MOST_VIDEO_S = 80.0
"""Length of a video with sound that the model takes, seconds."""
MOST_VIDEO_BYTES = 14_000_000
"""Of a file that travels in the request: the service takes 20 MB, and base64 makes it a third longer."""
_MIMES = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
          ".mpg": "video/mpeg", ".mpeg": "video/mpeg", ".avi": "video/x-msvideo", ".3gp": "video/3gpp"}  # fmt: skip

PICTURE_TOKENS = 258
VIDEO_TOKENS_A_SECOND = 100
"""Pictures once a second and the sound."""
LETTERS_A_TOKEN = 3

Send = Literal["frames", "video"]


class GeminiEmbedder:
    """One message a video, one vector back, scaled to length 1. Costs money for every video.

    Args:
        settings: ``model``, ``dim``, ``frames`` (at most 6), ``base_url``, ``timeout_s``, ``max_attempts``; options
            ``send``: ``frames`` (default) or ``video`` (the file itself, at most 80 s and 14 MB; the others fail with
            a reason), and ``words``: ``yes`` (default) or ``no``.
    """

    place: ClassVar[Place] = "threads"
    threads: ClassVar[int] = 16
    paid: ClassVar[bool] = True
    takes: ClassVar[tuple[str, ...]] = ("frames", "model", "dim", "base_url", "send", "words")

    def __init__(self, settings: EmbedderSettings) -> None:
        self._settings = settings
        self._frames = FRAMES if settings.frames is None else settings.frames
        self._dim = settings.dim or DIM
        self._send = settings.options.get("send", "frames")
        self._words = settings.options.get("words", "yes")
        self._calls: GeminiCalls | None = None
        self._lock = threading.Lock()
        self._last = threading.local()

    @property
    def needs(self) -> Needs:
        """Frames, or nothing but the file; and the words."""
        frames = FrameNeed(count=self._frames, long_side=LONG_SIDE) if self._send == "frames" else None
        return Needs(frames=frames, words=self._words == "yes")

    def check(self) -> None:
        """Make sure that there is a key and the settings are in range; asks nothing yet.

        Raises:
            SetupError: No key, or no usable address.
            InputError: A setting is out of range.
        """
        if not LEAST_DIM <= self._dim <= MOST_DIM:
            raise InputError(f"dim {self._dim}: {LEAST_DIM} to {MOST_DIM}", hint="768, 1536 and 3072 are usual")
        if not 1 <= self._frames <= FRAMES:
            raise InputError(f"frames {self._frames}: 1 to {FRAMES}", hint="or the whole video: --option send=video")
        if self._send not in ("frames", "video"):
            raise InputError(f"option send={self._send}: frames or video", hint="--option send=frames")
        if self._words not in ("yes", "no"):
            raise InputError(f"option words={self._words}: yes or no", hint="--option words=yes")
        self._ready()

    def block(self, start: int) -> Block:
        """Say what the block is."""
        from vibekit.gemini.connection import address_of

        shown = {"frames": self._frames, "long_side": LONG_SIDE, "quality": QUALITY} if self._send == "frames" else {}
        words = {"words": MOST_WORDS} if self._words == "yes" else {}
        # vectors of a test server must never be taken for those of the real one
        address = address_of(self._connection())
        return Block(
            embedder="gemini",
            start=start,
            dim=self._dim,
            normalisation="l2",
            parameters={
                "model": self._settings.model or MODEL, "send": self._send, **shown, **words,
                **({"address": address} if address else {}),
            },
        )  # fmt: skip

    def embed(self, given: Given) -> NDArray[np.float32]:
        """Ask for the vector of one video.

        Raises:
            EmbedError: The service refuses it, all tries failed, or it is too long to be sent.
            SetupError: The key is wrong.
            ServiceError: The service refuses every request of this run.
        """
        media: tuple[Part, ...] = _pictures(given) if self._send == "frames" else (_file(given),)
        said = words_of(given.metadata) if self._words == "yes" else ""
        parts = (*media, Text(said)) if said else media
        answer = self._asked(parts)
        expected = self.expect(given)
        self._last.used = replace(expected, tokens=answer.tokens or expected.tokens)
        return unit_length(np.asarray(answer.values, np.float64))

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Ask for the vector of words.

        Raises:
            EmbedError: The service refuses them, or all tries failed.
            SetupError: The key is wrong.
            ServiceError: The service refuses every request of this run.
        """
        return unit_length(np.asarray(self._asked((Text(text[:MOST_WORDS]),)).values, np.float64))

    def _asked(self, parts: tuple[Part, ...]) -> Embedded:
        from vibekit.gemini.embedding import EmbedRequest

        return self._ready().embed(EmbedRequest(model=self._settings.model or MODEL, parts=parts, dim=self._dim))

    def expect(self, given: Given | None) -> Expense:
        """Say what a video takes, frames not yet decoded; without one, what a long one takes."""
        said = MOST_WORDS if given is None else len(words_of(given.metadata))
        words = said // LETTERS_A_TOKEN if self._words == "yes" else 0
        sent: tuple[str, ...] = ("image",)
        media = self._frames * PICTURE_TOKENS
        if self._send == "video":
            sent = ("video", "audio")
            seconds = MOST_VIDEO_S if given is None or given.duration_s is None else given.duration_s
            media = round(min(seconds, MOST_VIDEO_S) * VIDEO_TOKENS_A_SECOND)
        return Expense(model=self._settings.model or MODEL, tokens=media + words, sent=sent)

    def used(self) -> Expense:
        """Say what the last vector of this thread took."""
        used: Expense = self._last.used
        return used

    def close(self) -> None:
        """Let go of connections; a later call makes new ones."""
        with self._lock:
            if self._calls is not None:
                self._calls.close()
            self._calls = None

    def _connection(self) -> Any:  # noqa: ANN401 - vibekit.gemini.connection.Connection
        from vibekit.gemini.connection import Connection

        settings = self._settings
        return Connection(base_url=settings.base_url, timeout_s=settings.timeout_s, connections=self.threads)

    def _ready(self) -> GeminiCalls:
        from vibekit.embedders.gemini_calls import GeminiCalls

        with self._lock:
            if self._calls is None:
                tries = max(1, self._settings.max_attempts)
                self._calls = GeminiCalls(self._connection(), at_once=self.threads, tries=tries)
            return self._calls


def words_of(metadata: Metadata) -> str:
    """Return title, description, hashtags and transcript, a line each, cut to ``MOST_WORDS`` letters."""
    lines = (metadata.title, metadata.description, " ".join(metadata.hashtags), metadata.transcript)
    return "\n".join(line.strip() for line in lines if line.strip())[:MOST_WORDS]


def _pictures(given: Given) -> tuple[Inline, ...]:
    import simplejpeg

    if given.frames is None or not len(given.frames):
        raise EmbedError("no picture in it can be decoded")
    return tuple(
        Inline(simplejpeg.encode_jpeg(np.ascontiguousarray(frame), quality=QUALITY, colorspace="RGB"), "image/jpeg")
        for frame in given.frames
    )


def _file(given: Given) -> Inline:
    mime = _MIMES.get(given.path.suffix.lower())
    if mime is None:
        raise EmbedError(
            f"the service takes no '{given.path.suffix}' files; with --option send=frames it can be embedded"
        )
    if given.duration_s is None or given.duration_s > MOST_VIDEO_S:
        length = "of unknown length" if given.duration_s is None else f"{given.duration_s:.0f} s long"
        raise EmbedError(
            f"{length}, and the service takes {MOST_VIDEO_S:.0f} s; with --option send=frames it can be embedded"
        )
    try:
        data = given.path.read_bytes() if given.path.stat().st_size <= MOST_VIDEO_BYTES else b""
    except OSError as error:
        raise EmbedError(f"cannot be read: {error.strerror or error}") from error
    if not data:
        raise EmbedError(
            f"larger than {MOST_VIDEO_BYTES / 1e6:.0f} MB or empty; with --option send=frames it can be embedded"
        )
    return Inline(data, mime)
