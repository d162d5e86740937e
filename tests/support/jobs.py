"""Jobs that misbehave, for tests of the worker pool; imported inside the workers."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def answer(text: str) -> str:
    return text


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


def spin(_: float) -> str:
    while True:
        pass


def crash() -> str:
    os.kill(os.getpid(), signal.SIGSEGV)
    return "survived"


def crash_once(marker: str) -> str:
    if Path(marker).exists():
        return "second time"
    Path(marker).touch()
    os._exit(3)


def bug() -> str:
    raise AttributeError("a typing mistake")


def strange_file() -> str:
    raise ValueError("a strange file")


def process() -> tuple[int, int]:
    return os.getpid(), os.getppid()
