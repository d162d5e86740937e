"""A small loopback server that speaks OpenAI's wire format, strictly, for tests.

In a test::

    with OpenAIServer(labels={"Quiet lake": {"calming": True}}) as server:
        ... server.url ... server.faults = ["429", "ok"] ... server.log
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

from support.gemini_answers import TRANSPORT, request_id
from support.openai_answers import ERRORS, message_text, refusal, reply, said
from support.openai_tokens import with_logprobs


@dataclass
class OpenAIServer:
    """A server on 127.0.0.1; change any field while it runs.

    Attributes:
        models: What it has.
        labels: Substring of the message's text -> attribute -> label, or fields of the answer.
        faults: Kinds for the next calls in order (``ok`` for none); used up from the front.
        always: Kind for every call; empty for none.
        valid_keys: Any other key is refused; empty takes every key.
        retry_after: The header of a 429; empty sends none.
        latency_s: Seconds before an answer.
        logprobs: ``refused``, ``ignored``, or how tokens are split.
        sure: Probability of the label that is written.
        others: Literal of a written label -> literals of the others.
        schema: Whether response_format is taken.
        blind: Says green of every picture.
        most_images: In one call.
    """

    models: list[str] = field(default_factory=lambda: ["tiny-vl"])
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    always: str = ""
    valid_keys: set[str] = field(default_factory=set)
    retry_after: str = ""
    latency_s: float = 0.0
    logprobs: str = "ignored"
    sure: float = 0.9
    others: dict[str, list[str]] = field(default_factory=dict)
    schema: bool = True
    blind: bool = False
    most_images: int = 64
    log: list[dict[str, Any]] = field(default_factory=list)
    in_flight: int = 0
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
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """Bodies of chat completions, as sent."""
        return [entry["body"] for entry in self.log if "body" in entry]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing: clients that go away in the middle are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    state: ClassVar[OpenAIServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self.state.log.append({"action": "models", "key": self._key})
        if self._refused():
            self._error(*ERRORS["401"])
        elif self.path == "/v1/models" and self.state.models:
            self._json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in self.state.models]})
        else:
            self._error(404, "Not Found")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._refused():
            self._error(*ERRORS["401"])
            return
        if self.path != "/v1/chat/completions":
            self._error(404, "Not Found")
            return
        state, body = self.state, json.loads(raw)
        with state.lock:
            fault = state.faults.pop(0) if state.faults else state.always or "ok"
            state.in_flight += 1
        text = message_text(body)
        entry = {"action": "chat", "body": body, "fault": fault, "request_id": request_id(text), "key": self._key}
        state.log.append(entry)
        try:
            state.stopping.wait(state.latency_s)
            self._respond(body, text, fault=fault)
        finally:
            with state.lock:
                state.in_flight -= 1

    @property
    def _key(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def _refused(self) -> bool:
        return bool(self.state.valid_keys) and self._key not in self.state.valid_keys

    def _respond(self, body: dict[str, Any], text: str, *, fault: str) -> None:
        problem = refusal(body) or self._unable(body)
        if body["model"] not in self.state.models:
            self._error(404, f"The model `{body['model']}` does not exist.")
        elif problem:
            self._error(400, problem)
        elif fault in TRANSPORT:
            self._break(fault)
        elif fault in ERRORS:
            self._error(*ERRORS[fault])
        elif fault == "200_error":
            self._json(200, {"error": {"message": "Provider returned error", "code": 502}})
        else:
            words = said(body, text, labels=self.state.labels, blind=self.state.blind)
            self._json(200, reply(body, words, fault=fault, tokens=self._tokens(body, words)))

    def _unable(self, body: dict[str, Any]) -> str:
        state = self.state
        if body.get("logprobs") and state.logprobs == "refused":
            return "logprobs is not supported by this model"
        if "response_format" in body and not state.schema:
            return "response_format is not supported"
        parts = body["messages"][-1]["content"]
        if sum(part["type"] == "image_url" for part in parts) > state.most_images:
            return f"At most {state.most_images} image(s) may be provided in one prompt."
        return ""

    def _tokens(self, body: dict[str, Any], words: str) -> list[dict[str, Any]] | None:
        state = self.state
        if not body.get("logprobs") or state.logprobs == "ignored":
            return None
        return with_logprobs(words, split=state.logprobs, sure=state.sure, others=state.others)

    def _break(self, fault: str) -> None:
        self.close_connection = True
        if fault == "hang":
            self.state.stopping.wait(60)
        elif fault == "not_json":
            self._raw(200, b'{"choices": [{"mess')
        elif fault == "reset_mid":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{")
            self.wfile.flush()
        if fault in ("reset", "reset_mid"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if fault in ("reset", "disconnect", "reset_mid"):
            self.connection.close()

    def _error(self, code: int, message: str) -> None:
        # a service may quote the key that it was sent
        message = message.replace("SECRET", self.headers.get("Authorization", ""))
        headers = {"Location": "http://127.0.0.1:9/v1"} if code == 302 else {}
        if code == 429 and self.state.retry_after:
            headers["Retry-After"] = self.state.retry_after
        self._json(code, {"error": {"message": message, "type": "BadRequestError", "code": code}}, headers)

    def _json(self, code: int, body: object, headers: dict[str, str] | None = None) -> None:
        self._raw(code, json.dumps(body).encode(), headers)

    def _raw(self, code: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
