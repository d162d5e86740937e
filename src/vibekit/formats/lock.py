"""One process per run: an advisory lock that the operating system drops when the process ends, however it ends."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vibekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HINT = "wait for it, or choose another --out; the lock goes away when that process ends"


@contextmanager
def locked(path: Path, *, holder: Callable[[], str], hint: str = HINT) -> Iterator[None]:
    """Hold an exclusive lock on ``path`` (made when missing) while the block runs.

    Args:
        path: A file that is never replaced while runs may hold it.
        holder: Says who holds it, for the error; called only when somebody else does.
        hint: What to do about it.

    Raises:
        InputError: Another process holds the lock.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(handle):
            raise InputError(
                f"in use by another process ({holder()})",
                path=path.parent,
                hint=hint,
            )
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return _try_lock_windows(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_lock_windows(handle: int) -> bool:
    import msvcrt

    # far behind any content, so that readers are not disturbed
    os.lseek(handle, 2**62, os.SEEK_SET)
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
    finally:
        os.lseek(handle, 0, os.SEEK_SET)
    return True
