"""A small loopback server that speaks Gemini's wire format, for tests; standard library only.

In a test::

    with GeminiServer(labels={"Quiet lake": {"calming": True}}) as server:
        ... server.url ... server.faults = ["429", "ok"] ... server.log

As a process: ``python tests/support/gemini_server.py --port-file F --log F [--labels F] [--fault KIND=RATE]``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

if __name__ == "__main__":
    # As a script, the folder above must be found for the import below.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.gemini_answers import ERRORS, TRANSPORT, error_details, message_text, reply, request_id


@dataclass
class GeminiServer:
    """A server on 127.0.0.1; change any field while it runs.

    Attributes:
        labels: Substring of the message's text -> attribute -> label, or fields of the answer.
        faults: Kinds for the next calls in order (``ok`` for none); used up from the front.
        rates: Kind -> share of calls, drawn by a hash of the request and the attempt.
        valid_keys: Any other key is refused; empty takes every key.
        latency_s: Seconds before an answer.
        retry_after_s: What a 429 asks for.
        polls: Times that an uploaded file is still processing.
        fail_files: Uploaded files end as failed.
        keep_bodies: Keep the requests in the log.
        log_path: Also write the log there, one JSON object a line.
    """

    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    valid_keys: set[str] = field(default_factory=set)
    latency_s: float = 0.0
    retry_after_s: float = 0.0
    polls: int = 1
    fail_files: bool = False
    log_path: Path | None = None
    keep_bodies: bool = True
    log: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    in_flight: int = 0
    max_in_flight: int = 0
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
            attempt = sum(1 for entry in self.log if entry.get("digest") == digest)
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


class _Handler(BaseHTTPRequestHandler):
    state: ClassVar[GeminiServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self._file("get")

    def do_DELETE(self) -> None:
        self._file("delete")

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
        elif self.path.endswith(":generateContent"):
            self._generate(raw)
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
            "action": "generateContent",
            "path": self.path,
            "digest": digest,
            "bytes": len(raw),
            "authorization": self.headers.get("authorization", ""),
            "request_id": request_id(text),
            "body": body if state.keep_bodies else {},
        }
        fault = state.next_fault(digest)
        with state.lock:
            state.in_flight += 1
            state.max_in_flight = max(state.max_in_flight, state.in_flight)
        try:
            state.stopping.wait(state.latency_s)
            self._respond(body, text, fault=fault)
            if fault == "ok":
                with state.lock:
                    state.answered[digest] = state.answered.get(digest, 0) + 1
        finally:
            with state.lock:
                state.in_flight -= 1
            state.note({**entry, "fault": fault})

    def _respond(self, body: dict[str, Any], text: str, *, fault: str) -> None:
        if fault in TRANSPORT:
            self._break(fault)
        elif fault in ERRORS:
            self._error(*ERRORS[fault], error_details(fault, self.state.retry_after_s))
        else:
            self._json(200, reply(body, text, labels=self.state.labels, fault=fault))

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
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault in ("reset", "disconnect", "reset_mid"):
            self.connection.close()

    def _start_upload(self, body: dict[str, Any]) -> None:
        with self.state.lock:
            name = f"files/f{len(self.state.files)}"
            mime = body["file"].get("mimeType") or body["file"].get("mime_type")
            self.state.files[name] = {"name": name, "mimeType": mime, "polls": self.state.polls, "data": b""}
        self.state.note({"action": "upload", "file": name, "headers": dict(self.headers), "body": body})
        self._json(200, {}, {"X-Goog-Upload-URL": f"{self.state.url}/session/{name}"})

    def _upload(self, raw: bytes) -> None:
        name = self.path.removeprefix("/session/")
        file = self.state.files[name]
        file["data"] += raw
        final = "finalize" in self.headers.get("X-Goog-Upload-Command", "")
        status = "final" if final else "active"
        self._json(200, {"file": self._shown(file)} if final else {}, {"X-Goog-Upload-Status": status})

    def _file(self, action: str) -> None:
        match = re.search(r"/(files/\w+)$", self.path)
        file = self.state.files.get(match.group(1)) if match else None
        if file is None:
            self._error(404, "NOT_FOUND", "no such file")
            return
        self.state.note({"action": action, "file": file["name"]})
        if action == "delete":
            del self.state.files[file["name"]]
            self._json(200, {})
            return
        file["polls"] -= 1
        self._json(200, self._shown(file))

    def _shown(self, file: dict[str, Any]) -> dict[str, Any]:
        shown = {"name": file["name"], "mimeType": file["mimeType"], "uri": f"{self.state.url}/v1/{file['name']}"}
        if file["polls"] > 0:
            return {**shown, "state": "PROCESSING"}
        if self.state.fail_files:
            return {**shown, "state": "FAILED", "error": {"message": "no picture"}}
        return {**shown, "state": "ACTIVE"}

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


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--fault", action="append", default=[], metavar="KIND=RATE")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--valid-key", action="append", default=[])
    options = parser.parse_args()
    rates = {kind: float(rate) for kind, rate in (pair.split("=") for pair in options.fault)}
    labels = json.loads(options.labels.read_text()) if options.labels else {}
    server = GeminiServer(
        labels=labels,
        rates=rates,
        latency_s=options.latency,
        log_path=options.log,
        valid_keys=set(options.valid_key),
        keep_bodies=False,
    )
    with server:
        ready = options.port_file.with_suffix(".tmp")
        ready.write_text(server.url.rsplit(":", 1)[1])
        ready.rename(options.port_file)
        server.stopping.wait()


if __name__ == "__main__":
    main()
