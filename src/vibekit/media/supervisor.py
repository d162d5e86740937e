"""One worker process and the thread that watches it.

Each worker has a pipe of its own, so that killing one in the middle of an answer cannot disturb the others; general
process pools share one queue, and a worker killed while it writes to that takes all of them along.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vibekit.errors import SetupError
from vibekit.media.worker import Job, Outcome, serve

if TYPE_CHECKING:
    import queue
    from collections.abc import Callable
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

TRIES = 2
START_TIMEOUT_S = 120.0
"""Importing the decoders takes seconds on a busy machine; a worker that is not ready by then never will be."""
_POLL_S = 0.1
_STARTING = threading.Lock()


class WorkerError(RuntimeError):
    """A bug inside a worker, or a worker that cannot start; the text has its traceback."""


@dataclass(frozen=True, slots=True)
class Request:
    """One job and where its answer goes.

    Attributes:
        function: ``module:name``, imported by the worker only.
        arguments: Its arguments; they are pickled.
        otherwise: Turns the reason of a failure into an answer.
        future: Gets the answer.
    """

    function: str
    arguments: tuple[Any, ...]
    otherwise: Callable[[str], Any]
    future: Future[Any]


class _DiedError(Exception):
    """The worker is gone; the text says how."""


class _LateError(Exception):
    """The worker has not answered in time."""


class Supervisor(threading.Thread):
    """Takes requests from a queue and has its worker do them, one at a time.

    Args:
        requests: Shared by all supervisors; None ends one of them.
        closing: Once set, waiting requests are cancelled and the running one is given up.
        timeout_s: Wall time for one job, in seconds.
    """

    def __init__(
        self, requests: queue.SimpleQueue[Request | None], closing: threading.Event, *, timeout_s: float
    ) -> None:
        super().__init__(name="vibekit-media", daemon=True)
        self._requests = requests
        self._closing = closing
        self._timeout_s = timeout_s
        self._worker: _Worker | None = None

    def run(self) -> None:
        """Work until told to end."""
        if hasattr(signal, "pthread_sigmask"):
            # Workers inherit this: a Ctrl-C while one starts must not kill it. The main thread keeps its own mask.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        while (request := self._requests.get()) is not None:
            if self._closing.is_set():
                request.future.cancel()
            elif request.future.set_running_or_notify_cancel():
                self._answer(request)
        self._drop()

    def _answer(self, request: Request) -> None:
        try:
            outcome = self._outcome(request)
        except _LateError:
            request.future.set_result(request.otherwise(f"no answer within {self._timeout_s:g} s, killed"))
        except _DiedError as error:
            request.future.set_result(request.otherwise(f"the decoder crashed {TRIES} times ({error})"))
        except SetupError as error:
            request.future.set_exception(error)
        else:
            if outcome.bug:
                request.future.set_exception(WorkerError(outcome.error))
            else:
                request.future.set_result(request.otherwise(outcome.error) if outcome.error else outcome.value)

    def _outcome(self, request: Request) -> Outcome:
        job = Job(request.function, request.arguments, self._timeout_s)
        died = _DiedError("closed")
        for _ in range(TRIES):
            if self._closing.is_set():
                return Outcome(error="stopped before it was done")
            worker = self._ready()
            try:
                return worker.ask(job, self._timeout_s, self._closing)
            except _DiedError as error:
                died = error
                self._drop()
            except _LateError:
                self._drop()
                raise
        raise died

    def _ready(self) -> _Worker:
        if self._worker is None:
            self._worker = _started()
        return self._worker

    def _drop(self) -> None:
        if self._worker is not None:
            self._worker.kill()
            self._worker = None


class _Worker:
    """A running worker process and this end of its pipe."""

    def __init__(self, process: SpawnProcess, connection: Connection) -> None:
        self._process = process
        self._connection = connection

    def ask(self, job: Job, timeout_s: float, closing: threading.Event) -> Outcome:
        """Have a job done.

        Raises:
            _LateError: No answer in time.
            _DiedError: The process ended.
        """
        try:
            self._connection.send(job)
        except OSError as error:
            raise self._died() from error
        return self._receive(timeout_s, closing)

    def wait_ready(self) -> None:
        """Wait until the decoders are imported."""
        self._receive(START_TIMEOUT_S, threading.Event())

    def _receive(self, timeout_s: float, closing: threading.Event) -> Outcome:
        deadline = time.monotonic() + timeout_s
        try:
            while not self._connection.poll(_POLL_S):
                if closing.is_set():
                    self.kill()
                    return Outcome(error="stopped before it was done")
                if time.monotonic() > deadline:
                    raise _LateError
            outcome: Outcome = self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._died() from error
        return outcome

    def kill(self) -> None:
        """End the process at once and wait for it."""
        with contextlib.suppress(ValueError):
            self._process.kill()
            self._process.join()
            self._process.close()
        self._connection.close()

    def _died(self) -> _DiedError:
        self._process.join(5)
        code = self._process.exitcode
        if code is not None and code < 0:
            return _DiedError(signal.Signals(-code).name)
        return _DiedError(f"exit {code}")


def _started() -> _Worker:
    """Start a worker, once more if the first one dies while it starts.

    Raises:
        SetupError: It does not start.
    """
    for left in reversed(range(TRIES)):
        try:
            return _start()
        except WorkerError as error:
            if not left:
                raise SetupError(str(error), hint="see what is missing: vibekit doctor") from error
    raise AssertionError("TRIES is at least 1")


def _start() -> _Worker:
    """Start a worker and wait until it is ready.

    Raises:
        WorkerError: It does not start.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, os.getpid()), name="vibekit-media-worker", daemon=True)
    with _STARTING:
        process.start()
    # Only the worker holds its end now, so that its death ends the pipe.
    theirs.close()
    worker = _Worker(process, ours)
    try:
        worker.wait_ready()
    except (_DiedError, _LateError) as error:
        worker.kill()
        raise WorkerError(f"a media worker does not start: {error or 'not ready in time'}") from error
    return worker
