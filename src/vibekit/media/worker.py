"""The inside of a worker process: one job at a time, and gone when its parent is."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PARENT_CHECK_S = 0.5
_CPU_MARGIN_S = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A function as ``module:name``, its arguments, and the CPU seconds it may use."""

    function: str
    arguments: tuple[Any, ...]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value, or the error that the job raised, as text."""

    value: Any = None
    error: str = ""
    bug: bool = False


def serve(connection: Connection, parent: int) -> None:
    """Answer jobs until the parent closes the connection or is gone.

    Args:
        connection: Receives a ``Job``, sends an ``Outcome``; sends one empty outcome when it is ready.
        parent: Process id of the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    _load()
    connection.send(Outcome())
    # A closed pipe means that the parent has gone or closed the pool.
    with contextlib.suppress(EOFError, OSError):
        while True:
            job: Job = connection.recv()
            _limit_cpu(job.cpu_s)
            connection.send(_run(job))


def _run(job: Job) -> Outcome:
    try:
        module, _, name = job.function.partition(":")
        return Outcome(getattr(import_module(module), name)(*job.arguments))
    except (TypeError, AttributeError, NameError, AssertionError, ImportError):
        return Outcome(error=traceback.format_exc(), bug=True)
    except Exception as error:  # noqa: BLE001 - the worker boundary: a strange file must not end the run
        return Outcome(error=f"unexpected {type(error).__name__}: {error}")


def _load() -> None:
    """Import the decoders before the first job, so that its clock does not pay for it."""
    import vibekit.media.jobs  # noqa: F401


def _limit_cpu(seconds: float) -> None:
    """Bound what this job may use: the last guard, for a parent that is gone while a decoder spins inside C code."""
    try:
        import resource
    except ImportError:
        # Windows has no resource limits; the parent's clock is the only guard there.
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + _CPU_MARGIN_S
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def _die_with(parent: int) -> None:
    """Leave when the parent has gone without saying so (kill -9): nobody would read the answer."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)
