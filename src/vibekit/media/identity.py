"""A video's identity: a hash of its bytes, so that a moved file keeps its labels and a copy is paid for once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from vibekit.core.video import VIDEO_ID_LENGTH


def video_id(path: str | bytes) -> str:
    """Return the first 32 hex digits of the sha256 over a file's bytes, read piece by piece.

    Raises:
        OSError: The file cannot be read.
    """
    with Path(os.fsdecode(path)).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:VIDEO_ID_LENGTH]
