"""The server: on this machine only, in a thread of its own, from ``start`` to ``stop``."""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING, Self

import uvicorn

from vibekit.errors import InputError, UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

HOST = "127.0.0.1"
START_S = 30.0
STOP_S = 3
MOST_CONNECTIONS = 200


def listen(port: int) -> socket.socket:
    """Take a port of the loopback interface; 0 lets the system choose.

    Raises:
        UsageError: The port is taken or may not be used.
    """
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, port))
    except OSError as error:
        taken.close()
        reason = error.strerror or str(error)
        raise UsageError(f"port {port}: {reason}", hint="leave --port out: a free one is chosen") from error
    return taken


def hosts(port: int) -> frozenset[str]:
    """Return the ``Host`` headers that belong to a port of this machine."""
    return frozenset({f"{HOST}:{port}", f"localhost:{port}"})


class Server:
    """Runs an application on a socket until it is stopped; a context manager.

    Args:
        app: What answers.
        listening: A bound socket, from ``listen``.
    """

    def __init__(self, app: ASGIApp, listening: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=STOP_S,
        )
        # its own words are for developers of servers; a bug still shows with its traceback
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._listening = listening
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="vibekit-label", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        waiting = threading.Event()
        for _ in range(int(START_S / 0.01)):
            if self._server.started or not self._thread.is_alive():
                break
            waiting.wait(0.01)
        if not self._server.started:
            raise InputError("the page could not be started", hint="try another --port")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()
