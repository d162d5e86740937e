"""The uploaded and generated files of the loopback server."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FileStore:
    """Files by name.

    Attributes:
        polls: Times that an uploaded file is still processing.
        fail_files: Uploaded videos end as failed.
        refuse_mimes: Types of uploads that end in an error.
        files: Name -> its fields; ``data`` are the bytes.
    """

    polls: int = 1
    fail_files: bool = False
    refuse_mimes: set[str] = field(default_factory=set)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: int = 0
    file_lock: threading.Lock = field(default_factory=threading.Lock)

    def start_file(self, body: dict[str, Any]) -> str:
        """Begin an upload; returns the name of the file."""
        mime = body["file"].get("mimeType") or body["file"].get("mime_type")
        with self.file_lock:
            name = f"files/f{self.made}"
            self.made += 1
            polls = self.polls if str(mime).startswith("video/") else 0
            self.files[name] = {"name": name, "mimeType": mime, "polls": polls, "data": b""}
        return name

    def add_file(self, name: str, data: bytes, *, mime: str) -> None:
        """Keep a generated file."""
        self.files[name] = {"name": name, "mimeType": mime, "polls": 0, "data": data}

    def shown_file(self, file: dict[str, Any], *, url: str) -> dict[str, Any]:
        shown = {"name": file["name"], "mimeType": file["mimeType"], "uri": f"{url}/v1/{file['name']}"}
        if file["polls"] > 0:
            return {**shown, "state": "PROCESSING"}
        if self.fail_files and str(file["mimeType"]).startswith("video/"):
            return {**shown, "state": "FAILED", "error": {"message": "no picture"}}
        return {**shown, "state": "ACTIVE"}
