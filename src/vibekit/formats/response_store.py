"""The SQLite file of the answers that are kept across runs: where it lies, how it is opened, what is wrong with it."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
NAME = "responses.sqlite"
APPLICATION_ID = 0x76626B63
"""Marks the file as ours in its header ("vbkc"): nothing else is ever written to or removed."""

WAIT_S = 10.0
"""How long opening waits for another process that holds the file."""
BUSY_PAUSE_S = 0.01

FILE_TROUBLE = (sqlite3.Error, UnicodeError, MemoryError)
"""What reading a damaged file may raise: its bytes turn up in SQLite's own messages and as sizes too."""

# `reply` is the last column: what is before it can be read without it
TABLE = """
CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    annotator TEXT NOT NULL,
    model TEXT NOT NULL,
    answers INTEGER NOT NULL,
    cost_usd REAL NOT NULL,
    bytes INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    checksum TEXT NOT NULL,
    reply TEXT NOT NULL
)"""


def cache_path(env: Mapping[str, str] | None = None) -> Path:
    """Return where the file lies: ``VIBEKIT_CACHE_DIR``, else the platform's folder for caches.

    Args:
        env: The environment; by default that of the process.

    Raises:
        InputError: No variable names a folder and the user has no home folder.
    """
    env = os.environ if env is None else env
    try:
        if own := env.get("VIBEKIT_CACHE_DIR", "").strip():
            return Path(own).expanduser() / NAME
        return _platform_folder(env) / NAME
    except RuntimeError as error:
        hint = "say where answers may be kept: export VIBEKIT_CACHE_DIR=DIR"
        raise InputError(f"there is no folder for caches: {error}", hint=hint) from error


def copies_folder(path: Path) -> Path:
    """Return where copies of videos for browsers are kept: beside the file of the answers."""
    return path.parent / "playable"


def _platform_folder(env: Mapping[str, str]) -> Path:
    # the XDG specification says that a relative path is to be ignored
    if (xdg := Path(env.get("XDG_CACHE_HOME", ""))).is_absolute():
        return xdg / "vibekit"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "vibekit"
    if sys.platform == "win32":
        local = env.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "vibekit" / "cache"
    return Path.home() / ".cache" / "vibekit"


def store_files(path: Path) -> list[Path]:
    """Return the files on the disk that make up the store: the database first, then what SQLite keeps beside it."""
    beside = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]
    return [file for file in beside if file.is_file()]


def connect(path: Path, *, create: bool = True, wait_s: float = WAIT_S) -> sqlite3.Connection:
    """Open the file.

    Args:
        path: The database.
        create: Make folder (mode 0700), file (0600) and table when they are missing.
        wait_s: How long to wait for another process, here and later, seconds.

    Raises:
        InputError: It cannot be opened, is damaged, locked, of a newer version or not ours.
    """
    if create:
        _make(path)
    until = time.monotonic() + wait_s
    while True:
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=wait_s)
            _prepare(connection, path)
        except BaseException as error:
            if connection is not None:
                connection.close()
            # two that make the file at once are refused at once: SQLite does not wait there by itself
            if is_busy(error) and time.monotonic() < until:
                time.sleep(BUSY_PAUSE_S)
                continue
            if isinstance(error, FILE_TROUBLE):
                raise told(error, path) from error
            raise
        return connection


def _make(path: Path) -> None:
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # what SQLite keeps beside the file gets the mode of the file
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be opened: {what}", path=path, hint=_ELSEWHERE) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.isolation_level = None
    # a damaged text must not look like a damaged file: its checksum tells
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    if not _is_ours(connection, path):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        # another process may have made the table by now
        if not _is_ours(connection, path):
            connection.execute(TABLE)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")


# one statement, so that no other process can make the table in between
_HEADER = """
SELECT application_id, user_version, (SELECT COUNT(*) FROM sqlite_master)
FROM pragma_application_id, pragma_user_version"""


def _is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell a file with our table from an empty one."""
    application, version, tables = connection.execute(_HEADER).fetchone()
    if application == APPLICATION_ID and version > VERSION:
        raise InputError(
            f"was written by a newer vibekit (version {version}; this one knows {VERSION})",
            path=path, hint="pip install -U vibekit, or choose another folder with VIBEKIT_CACHE_DIR",
        )  # fmt: skip
    if application != APPLICATION_ID and (application or version or tables):
        raise InputError("is a SQLite file of another program", path=path, hint=_ELSEWHERE)
    return bool(tables)


_ELSEWHERE = "choose another folder: export VIBEKIT_CACHE_DIR=DIR"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_busy(error: BaseException) -> bool:
    """Say whether another process held the file for too long."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_damaged(error: BaseException | None) -> bool:
    """Say whether what is in the file is no database, or no longer one."""
    if isinstance(error, sqlite3.Error):
        # a database with another table is damaged too: its header says that it is ours
        return _code(error) in _DAMAGED or str(error).startswith(("no such table", "no such column"))
    return isinstance(error, FILE_TROUBLE)


def _code(error: BaseException) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def told(error: Exception, path: Path) -> InputError:
    """Say in the user's words what SQLite said."""
    if is_damaged(error):
        return InputError(f"is damaged ({error})", path=path, hint="to remove it and begin anew: vibekit cache clear")
    if is_busy(error):
        return InputError("is locked by another process", path=path, hint="wait for it, then run the command again")
    return InputError(f"cannot be used: {error}", path=path, hint=_ELSEWHERE)


def remove_files(path: Path) -> None:
    """Remove the whole store; a process that has it open makes a new one when it next writes.

    Raises:
        InputError: The operating system does not allow it.
    """
    # the database goes first: SQLite throws away a log without one, but takes a database without its log for whole
    for file in store_files(path):
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            hint = "wait until nothing uses it, then run the command again"
            raise InputError(f"cannot be removed: {error.strerror}", path=file, hint=hint) from error


def checkpoint(path: Path) -> None:
    """Move what was committed from the log into the database, as far as nobody is in the way."""
    with suppress(*FILE_TROUBLE), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as own:
        own.execute("PRAGMA wal_checkpoint(PASSIVE)")
