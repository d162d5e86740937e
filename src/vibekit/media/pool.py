"""Worker processes for everything that reads video files: a stuck one is killed, a crashed one is tried once more."""

from __future__ import annotations

import os
import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Self

from vibekit.core.playable import Playable
from vibekit.media.base import check_decoder
from vibekit.media.outcomes import Inspection, uninspected, untaken, unusable
from vibekit.media.supervisor import Request, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vibekit.core.media import Media, MediaPlan
    from vibekit.core.video import Probe

__all__ = ["Inspection", "MediaPool"]


class MediaPool:
    """Probes, hashes and decodes files in worker processes.

    Every method returns at once with a future. A file that cannot be used, makes its worker crash twice, or keeps it
    busy for too long gives an answer that says so; a future raises only for a bug in vibekit, and is cancelled when the
    pool closes before its turn. Answers come in any order.

    Args:
        workers: Processes, each with one decoder thread; they start when there is work.
        timeout_s: Wall time for one job, in seconds; then the worker is killed.
        decoder: Name of the decoder that plans will ask for, checked here so that a missing package stops the run
            before anything is paid for.

    Raises:
        InputError: There is no such decoder.
        SetupError: The decoder's package is not installed.
    """

    def __init__(self, workers: int, timeout_s: float, decoder: str = "pyav") -> None:
        check_decoder(decoder)
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._supervisors = [
            Supervisor(self._requests, self._closing, timeout_s=timeout_s) for _ in range(max(1, workers))
        ]
        for supervisor in self._supervisors:
            supervisor.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def probe(self, path: Path | str | bytes) -> Future[Probe]:
        """Look at a file; ``problem`` says why it cannot be used."""
        return self._submit("vibekit.media.probe:probe", (os.fsdecode(path),), unusable)

    def identify(self, path: Path | str | bytes) -> Future[str | None]:
        """Hash a file; None when it cannot be read."""
        return self._submit("vibekit.media.jobs:identify", (os.fsdecode(path),), lambda _: None)

    def inspect(self, path: Path | str | bytes) -> Future[Inspection]:
        """Hash and probe a file in one job."""
        return self._submit("vibekit.media.jobs:inspect", (os.fsdecode(path),), uninspected)

    def take(self, path: Path | str | bytes, plan: MediaPlan, max_sound_s: float) -> Future[Media]:
        """Take frames, with sound if planned, or measurements; a failure is in ``media.frames.verdict``.

        Args:
            path: The file.
            plan: What to take; plans that need no decoder are not for this pool.
            max_sound_s: Longest sound to send along, in seconds.
        """
        name = os.fsdecode(path)
        return self._submit(
            "vibekit.media.jobs:take", (name, plan, max_sound_s), lambda reason: untaken(name, plan, reason)
        )

    def playable(self, path: Path | str | bytes, video_id: str, folder: Path) -> Future[Playable]:
        """Find what a browser can play for a file; ``problem`` says why there is nothing.

        Args:
            path: The file.
            video_id: Its content hash, checked when it is one.
            folder: Where copies for browsers are kept.
        """
        arguments = (os.fsdecode(path), video_id, os.fsdecode(folder))
        return self._submit("vibekit.media.playable:playable", arguments, lambda reason: Playable(problem=reason))

    def call(self, function: str, arguments: tuple[Any, ...], otherwise: Callable[[str], Any]) -> Future[Any]:
        """Have a function of another layer called where files are decoded.

        Args:
            function: ``module:name``, imported by the worker only; bad input must not make it raise.
            arguments: Its arguments, and its answer, are pickled.
            otherwise: Turns the reason of a failure (crashed, stuck) into an answer.
        """
        return self._submit(function, arguments, otherwise)

    def close(self) -> None:
        """Cancel what waits, kill what runs, and return when all workers are gone. May be called twice."""
        self._closing.set()
        for _ in self._supervisors:
            self._requests.put(None)
        for supervisor in self._supervisors:
            supervisor.join()
        while not self._requests.empty():
            left = self._requests.get()
            if left is not None:
                left.future.cancel()

    def _submit(self, function: str, arguments: tuple[Any, ...], otherwise: Callable[[str], Any]) -> Future[Any]:
        if self._closing.is_set():
            raise RuntimeError("the media pool is closed")
        future: Future[Any] = Future()
        self._requests.put(Request(function, arguments, otherwise, future))
        return future
