"""The endpoints of the loopback server for files and batch jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from support.gemini_answers import ERRORS, error_details
from support.gemini_batches import job_name

if TYPE_CHECKING:
    from email.message import Message

    from support.gemini_server import GeminiServer


class StoreEndpoints:
    """Beside ``BaseHTTPRequestHandler`` in the handler's bases."""

    state: ClassVar[GeminiServer]
    path: str
    headers: Message

    def _json(self, code: int, body: object, headers: dict[str, str] | None = None) -> None:
        raise NotImplementedError

    def _raw(self, code: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        raise NotImplementedError

    def _error(self, code: int, status: str, message: str, details: list[dict[str, Any]] | None = None) -> None:
        raise NotImplementedError

    def _reset(self) -> None:
        raise NotImplementedError

    def _start_upload(self, body: dict[str, Any]) -> None:
        name = self.state.start_file(body)
        self.state.note({"action": "upload", "file": name, "headers": dict(self.headers.items()), "body": body})
        self._json(200, {}, {"X-Goog-Upload-URL": f"{self.state.url}/session/{name}"})

    def _upload(self, raw: bytes) -> None:
        file = self.state.files[self.path.removeprefix("/session/")]
        file["data"] += raw
        final = "finalize" in self.headers.get("X-Goog-Upload-Command", "")
        status = "final" if final else "active"
        shown = {"file": self.state.shown_file(file, url=self.state.url)} if final else {}
        if final and file["mimeType"] in self.state.refuse_mimes:
            del self.state.files[file["name"]]
            said = f"Unsupported MIME type: {file['mimeType']}"
            shown = {"error": {"code": 400, "message": said, "status": "INVALID_ARGUMENT"}}
        self._json(200, shown, {"X-Goog-Upload-Status": status})

    def _look_at(self, action: str) -> None:
        where = urlsplit(self.path)
        if where.path.endswith("/batches"):
            self.state.note({"action": "list_batches"})
            self._json(200, self.state.batches.page(parse_qs(where.query).get("pageToken", [""])[0]))
        elif "/batches/" in where.path:
            self._look_at_batch(action)
        else:
            self._look_at_file(action)

    def _look_at_file(self, action: str) -> None:
        state, match = self.state, re.search(r"/(files/[\w-]+)(:download)?(\?|$)", self.path)
        file = state.files.get(match.group(1)) if match else None
        if match is None or file is None:
            self._error(404, "NOT_FOUND", "no such file")
            return
        action = "download" if match.group(2) else action
        state.note({"action": action, "file": file["name"]})
        if action == "download":
            self._raw(200, file["data"], {"Content-Type": "application/octet-stream"})
        elif action == "delete":
            del state.files[file["name"]]
            self._json(200, {})
        else:
            file["polls"] -= 1
            self._json(200, state.shown_file(file, url=state.url))

    def _create_batch(self, body: dict[str, Any]) -> None:
        state = self.state
        with state.lock:
            refusal = state.batches.refuse.pop(0) if state.batches.refuse else "ok"
        name = body["batch"].get("displayName", "")
        state.note({"action": "create_batch", "display_name": name, "fault": refusal})
        if refusal != "ok":
            self._error(*ERRORS[refusal], error_details(refusal, state.retry_after_s))
            return
        model = self.path.rpartition("/models/")[2].partition(":")[0]
        job = state.batches.create(model, body, state)
        if job is None:
            self._error(404, "NOT_FOUND", "Requested entity was not found.")
        elif self._lost():
            self._reset()
        else:
            self._json(200, job)

    def _lost(self) -> bool:
        with self.state.lock:
            lost = self.state.batches.lose_replies > 0
            self.state.batches.lose_replies -= lost
        return lost

    def _look_at_batch(self, action: str) -> None:
        job = self.state.batches.jobs.get(job_name(self.path))
        self.state.note({"action": f"{action}_batch", "job": job_name(self.path)})
        if job is None:
            self._error(404, "NOT_FOUND", "Requested entity was not found.")
        elif action == "delete":
            del self.state.batches.jobs[job["name"]]
            self._json(200, {})
        else:
            self._json(200, self.state.batches.look(job, self.state.world))

    def _cancel_batch(self) -> None:
        job = self.state.batches.jobs.get(job_name(self.path))
        self.state.note({"action": "cancel_batch", "job": job_name(self.path)})
        if job is None:
            self._error(404, "NOT_FOUND", "Requested entity was not found.")
            return
        self.state.batches.cancel(job, self.state.world)
        self._json(200, {})
