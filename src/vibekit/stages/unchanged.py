"""Whether a file is still the one that was hashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def change_of(path: Path, *, size: int, mtime_ns: int, while_it_was: str) -> str:
    """Say that a file is no longer the one that was hashed; empty when it is.

    Raises nothing: a file that is gone has changed.

    Args:
        path: The file.
        size: Bytes when it was hashed.
        mtime_ns: Its last change then, in nanoseconds since the epoch.
        while_it_was: What was done to it meanwhile, such as ``annotated``.
    """
    try:
        stat = path.stat()
    except OSError as error:
        return f"cannot be read any more: {error.strerror}"
    if (stat.st_size, stat.st_mtime_ns) == (size, mtime_ns):
        return ""
    return f"the file changed while it was {while_it_was}; run the same command again"
