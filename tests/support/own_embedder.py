"""Embedders of a user's own, small enough to count their calls."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vibekit.core.embedding import Block
from vibekit.embedders.base import EmbedError, FrameNeed, Needs, Place
from vibekit.errors import ServiceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.embedders.base import EmbedderSettings, Given

COLOUR = "support.own_embedder:Colour"
PAID = "support.own_embedder:PaidWords"
ODD = "support.own_embedder:Odd"


class Colour:
    """Mean colour of the frames; option ``delay`` makes it slow, ``log`` names a file with a line a call."""

    place: ClassVar[Place] = "worker"
    threads: ClassVar[int] = 1
    paid: ClassVar[bool] = False
    takes: ClassVar[tuple[str, ...]] = ("frames", "delay", "log", "refuse", "kind")
    dim: ClassVar[int] = 3

    def __init__(self, settings: EmbedderSettings) -> None:
        self.settings = settings

    @property
    def needs(self) -> Needs:
        return Needs(frames=FrameNeed(count=self.settings.frames or 2, long_side=32))

    def check(self) -> None:
        return

    def block(self, start: int) -> Block:
        name = type(self).__name__.lower()
        return Block(embedder=name, start=start, dim=self.dim, normalisation="none", parameters={"version": 1})

    def embed(self, given: Given) -> NDArray[np.float32]:
        self.called(given)
        assert given.frames is not None
        mean: NDArray[np.float32] = given.frames.mean(axis=(0, 1, 2)).astype(np.float32) + np.float32(1)
        if delay := self.settings.options.get("delay"):
            time.sleep(float(delay))
        return mean

    def called(self, given: Given) -> None:
        if log := self.settings.options.get("log"):
            with Path(log).open("a") as stream:
                stream.write(f"{given.video_id} {os.getpid()}\n")


class PaidWords(Colour):
    """A service that is paid for every call: length of the title; option ``refuse`` says after how many it refuses."""

    place: ClassVar[Place] = "threads"
    threads: ClassVar[int] = 1
    paid: ClassVar[bool] = True
    dim: ClassVar[int] = 2

    @property
    def needs(self) -> Needs:
        return Needs(words=True)

    def embed(self, given: Given) -> NDArray[np.float32]:
        log = Path(self.settings.options["log"])
        calls = len(log.read_text().splitlines()) if log.exists() else 0
        if calls >= int(self.settings.options.get("refuse", "1000")):
            raise ServiceError("the service is closed", hint="come back later")
        self.called(given)
        return np.array([len(given.metadata.title), 1], np.float32)


class Odd(Colour):
    """Makes what is no vector, as option ``kind`` says."""

    def embed(self, given: Given) -> NDArray[np.float32]:
        self.called(given)
        kind = self.settings.options["kind"]
        if kind == "crash":
            os._exit(3)
        if kind == "stuck":
            time.sleep(60)
        if kind == "reason":
            raise EmbedError("nobody is in it")
        values = {"nan": [1, np.nan, 0], "zero": [0, 0, 0], "large": [70000, 0, 0]}[kind]
        return np.array(values, np.float32)


class Reads:
    """A dimension a word of a few, by the title; reads what is looked for alike."""

    place: ClassVar[Place] = "worker"
    threads: ClassVar[int] = 1
    paid: ClassVar[bool] = False
    words: ClassVar[tuple[str, ...]] = ("rain", "party", "walk")

    def __init__(self, settings: EmbedderSettings) -> None:
        self.settings = settings

    @property
    def needs(self) -> Needs:
        return Needs(words=True)

    def check(self) -> None:
        return

    def block(self, start: int) -> Block:
        return Block(embedder="Reads", start=start, dim=len(self.words), normalisation="none", parameters={})

    def embed(self, given: Given) -> NDArray[np.float32]:
        return self.embed_text(given.metadata.title)

    def embed_text(self, text: str) -> NDArray[np.float32]:
        return np.array([word in text for word in self.words], np.float32)
