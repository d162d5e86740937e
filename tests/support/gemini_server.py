"""A small loopback server that speaks Gemini's wire format, for tests; standard library only.

In a test::

    with GeminiServer(labels={"Quiet lake": {"calming": True}}) as server:
        ... server.url ... server.faults = ["429", "ok"] ... server.log

As a process: see ``gemini_process.py``.
"""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from support import gemini_embeddings
from support.gemini_answers import ERRORS, TRANSPORT, error_details, message_text, reply, request_id
from support.gemini_batches import BatchStore, World
from support.gemini_files import FileStore
from support.gemini_limits import SlidingWindow, too_many
from support.gemini_store_endpoints import StoreEndpoints


@dataclass
class GeminiServer(FileStore):
    """A server on 127.0.0.1; change any field while it runs.

    Attributes:
        labels: Substring of the message's text -> attribute -> label, or fields of the answer.
        faults: Kinds for the next calls in order (``ok`` for none); used up from the front.
        rates: Kind -> share of calls, drawn by a hash of the request and the attempt.
        valid_keys: Any other key is refused; empty takes every key.
        latency_s: Seconds before an answer.
        retry_after_s: What a 429 among the faults asks for.
        rpm: Calls in any ``window_s`` seconds; more are a 429 that says when to come back.
        window_s: Length of that window.
        in_flight_limit: Calls at once; more are a 503.
        batches: The Batch API, with knobs of its own.
        paid: ``request id/sample`` -> proper answers given, directly and in batches.
        keep_bodies: Keep the requests in the log.
        log_path: Also write the log there, one JSON object a line.
    """

    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    valid_keys: set[str] = field(default_factory=set)
    latency_s: float = 0.0
    retry_after_s: float = 0.0
    rpm: int | None = None
    window_s: float = 60.0
    in_flight_limit: int | None = None
    batches: BatchStore = field(default_factory=BatchStore)
    paid: dict[str, int] = field(default_factory=dict)
    log_path: Path | None = None
    keep_bodies: bool = True
    log: list[dict[str, Any]] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    in_flight: int = 0
    max_in_flight: int = 0
    window: SlidingWindow = field(default_factory=SlidingWindow)
    lock: threading.RLock = field(default_factory=threading.RLock)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"state": self})
        self._http = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def world(self) -> World:
        return World(self.labels, self, self.paid)

    @property
    def paid_twice(self) -> int:
        """Proper answers beyond the first to one sample of one question, whether direct or in a batch."""
        return sum(count - 1 for count in self.paid.values() if count > 1)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Log entries of generateContent."""
        return [entry for entry in self.log if entry["action"] == "generateContent"]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Bodies of generateContent, as sent."""
        return [entry["body"] for entry in self.calls]

    @property
    def answered_twice(self) -> int:
        """Requests whose very same bytes were answered properly more than once."""
        return sum(count - 1 for count in self.answered.values() if count > 1)

    def labels_for(self, body: dict[str, Any]) -> dict[str, dict[str, Any]]:  # noqa: ARG002 - for those who override
        """Return the labels that are looked through for this request."""
        return self.labels

    def note(self, entry: dict[str, Any]) -> None:
        with self.lock:
            self.log.append(entry)
            if self.log_path is not None:
                slim = {key: value for key, value in entry.items() if key != "body"}
                with self.log_path.open("a") as stream:
                    stream.write(json.dumps(slim) + "\n")

    def next_fault(self, digest: str) -> str:
        with self.lock:
            if self.faults:
                return self.faults.pop(0)
            attempt = self.attempts.get(digest, 0)
            self.attempts[digest] = attempt + 1
        draw = int(hashlib.sha256(f"{digest}{attempt}".encode()).hexdigest()[:8], 16) / 2**32
        for kind, rate in self.rates.items():
            if draw < rate:
                return kind
            draw -= rate
        return "ok"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing: clients that go away in the middle are part of the tests."""


class _Handler(StoreEndpoints, BaseHTTPRequestHandler):
    state: ClassVar[GeminiServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self._look_at("get")

    def do_DELETE(self) -> None:
        self._look_at("delete")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/session/"):
            self._upload(raw)
        elif self.path == "/token":
            self._json(200, {"access_token": "loopback-token", "expires_in": 3600, "token_type": "Bearer"})
        elif self._refused():
            self._error(400, "INVALID_ARGUMENT", "API key not valid.", [{"reason": "API_KEY_INVALID"}])
        elif self.path.startswith("/upload/"):
            self._start_upload(json.loads(raw))
        elif self.path.endswith((":generateContent", ":batchEmbedContents")):
            self._generate(raw)
        elif self.path.endswith(":batchGenerateContent"):
            self._create_batch(json.loads(raw))
        elif self.path.endswith(":cancel"):
            self._cancel_batch()
        else:
            self._error(404, "NOT_FOUND", "no such path")

    def _refused(self) -> bool:
        key = self.headers.get("x-goog-api-key", "")
        return bool(self.state.valid_keys) and key not in self.state.valid_keys

    def _generate(self, raw: bytes) -> None:
        state, digest = self.state, hashlib.sha256(raw).hexdigest()[:16]
        body = json.loads(raw)
        text = message_text(body)
        entry = {
            "time": time.time(),
            "action": self.path.rpartition(":")[2],
            "path": self.path,
            "digest": digest,
            "bytes": len(raw),
            "authorization": self.headers.get("authorization", ""),
            "request_id": request_id(text),
            "body": body if state.keep_bodies else {},
        }
        with state.lock:
            state.in_flight += 1
            state.max_in_flight = max(state.max_in_flight, state.in_flight)
        try:
            refusal = self._over_a_limit()
            fault = "limit" if refusal else state.next_fault(digest)
            if not refusal:
                state.stopping.wait(state.latency_s)
        finally:
            # before the reply: a client that has it may ask again at once
            with state.lock:
                state.in_flight -= 1
        state.note({**entry, "fault": fault})
        if refusal:
            self._error(*refusal)
            return
        self._respond(body, text, fault=fault)
        if fault == "ok" and "requests" not in body:
            with state.lock:
                state.answered[digest] = state.answered.get(digest, 0) + 1
                state.world.pay(body, entry["request_id"])

    def _over_a_limit(self) -> tuple[int, str, str, list[dict[str, Any]]] | None:
        state = self.state
        if state.in_flight_limit is not None and state.in_flight > state.in_flight_limit:
            return (*ERRORS["503"], [])
        wait_s = state.window.wait_s(state.rpm, state.window_s)
        return (*ERRORS["429"], too_many(state.rpm or 0, wait_s)) if wait_s else None

    def _respond(self, body: dict[str, Any], text: str, *, fault: str) -> None:
        if fault in TRANSPORT:
            self._break(fault)
        elif fault in ERRORS:
            self._error(*ERRORS[fault], error_details(fault, self.state.retry_after_s))
        elif "requests" in body:
            self._json(200, gemini_embeddings.reply(body, fault=fault))
        else:
            self._json(200, reply(body, text, labels=self.state.labels_for(body), fault=fault))

    def _break(self, fault: str) -> None:
        self.close_connection = True
        if fault == "hang":
            self.state.stopping.wait(60)
        elif fault == "not_json":
            self._raw(200, b'{"candidates": [{"conten')
        elif fault == "reset_mid":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{")
            self.wfile.flush()
        if fault in ("reset", "reset_mid"):
            self._reset()
        elif fault == "disconnect":
            self.connection.close()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _error(self, code: int, status: str, message: str, details: list[dict[str, Any]] | None = None) -> None:
        self._json(code, {"error": {"code": code, "status": status, "message": message, "details": details or []}})

    def _json(self, code: int, body: object, headers: dict[str, str] | None = None) -> None:
        self._raw(code, json.dumps(body).encode(), headers)

    def _raw(self, code: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
