"""Ctrl-C and a request to end, as a call on the event loop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def on_interrupt(interrupt: Callable[[], object]) -> Iterator[None]:
    """Have ``interrupt`` called at every such signal inside the block, where the system can do that."""
    loop = asyncio.get_running_loop()
    for name in SIGNALS:
        with suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(name, interrupt)
    try:
        yield
    finally:
        for name in SIGNALS:
            with suppress(NotImplementedError, ValueError, RuntimeError):
                loop.remove_signal_handler(name)
