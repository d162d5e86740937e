from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest

from vibekit.media.supervisor import Request, Supervisor, WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Desk:
    """One supervised worker with a short clock."""

    def __init__(self) -> None:
        self.requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self.closing = threading.Event()
        self.supervisor = Supervisor(self.requests, self.closing, timeout_s=2.0)
        self.supervisor.start()

    def ask(self, function: str, *arguments: float | str) -> Future[Any]:
        future: Future[Any] = Future()
        self.requests.put(Request(f"support.jobs:{function}", arguments, lambda reason: f"failed: {reason}", future))
        return future

    def close(self) -> None:
        self.closing.set()
        self.requests.put(None)
        self.supervisor.join()


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    common = Desk()
    yield common
    common.close()


def test_answers_come_from_one_other_process(desk: Desk) -> None:
    import os

    first, second = desk.ask("process").result(), desk.ask("process").result()
    assert first == second
    assert first[0] != os.getpid()
    assert first[1] == os.getpid()


@pytest.mark.parametrize("stuck", ["sleep", "spin"])
def test_a_stuck_job_is_killed_and_the_next_one_done(desk: Desk, stuck: str) -> None:
    late, following = desk.ask(stuck, 60.0), desk.ask("answer", "next")
    assert late.result() == "failed: no answer within 2 s, killed"
    assert following.result() == "next"


def test_a_crash_is_tried_once_more(desk: Desk, tmp_path: Path) -> None:
    assert desk.ask("crash_once", str(tmp_path / "marker")).result() == "second time"
    assert desk.ask("crash").result() == "failed: the decoder crashed 2 times (SIGSEGV)"
    assert desk.ask("answer", "still here").result() == "still here"


def test_a_strange_file_is_an_answer_and_a_bug_is_raised(desk: Desk) -> None:
    assert desk.ask("strange_file").result() == "failed: unexpected ValueError: a strange file"
    with pytest.raises(WorkerError, match="a typing mistake"):
        desk.ask("bug").result()


def test_closing_ends_a_running_job_and_cancels_waiting_ones() -> None:
    desk = Desk()
    running, waiting = desk.ask("sleep", 60.0), desk.ask("answer", "never")
    while not running.running():
        pass
    desk.close()
    assert running.result(timeout=0) == "failed: stopped before it was done"
    assert waiting.cancelled() or not waiting.done()
