"""Answers that are kept across runs, so that the same question is not paid for twice; never in a run's way."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.annotations import storable
from vibekit.formats.cached_reply import CachedReply, checksum, from_text, to_text
from vibekit.formats.response_store import (
    FILE_TROUBLE,
    WAIT_S,
    cache_path,
    checkpoint,
    connect,
    is_busy,
    is_damaged,
    told,
)
from vibekit.formats.run import now
from vibekit.formats.secrets import scrub

if TYPE_CHECKING:
    from pathlib import Path

BUSY_MS = 5
"""How long one get or put waits for another process, milliseconds."""
RETRY_S = 0.1
"""After that, how long until the next try to write, seconds."""
PATIENCE_S = 60.0
"""How long another process may hold the file before nothing more is kept, seconds."""
TOUCH_S = 5.0
"""How often it is written down which answers were of use, seconds."""
TOUCHES = 200
"""... and after how many of them, so that one write stays short."""
CHECKPOINT = 500
"""Rows written between two moves of the log into the database."""
REWIND = 8
"""Such moves until what has come in meanwhile is moved too, after which the log is written from its start again."""

_SELECT = "SELECT last_used_at, checksum, reply FROM replies WHERE key = ?"
_TOUCH = "UPDATE replies SET last_used_at = ? WHERE key = ?"
_COLUMNS = (
    "key", "annotator", "model", "answers", "cost_usd", "bytes", "created_at", "last_used_at", "checksum", "reply",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO replies ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (key) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
)


class ResponseCache:
    """Replies by key, in a SQLite file that several processes may share.

    It cannot fail a run: whatever is wrong with the file becomes one warning, after which nothing is found and nothing
    kept (on a full disk, what is there is still found). A reply whose text is not what was written is not found.
    What ``put`` has returned True for survives the end of the process at any moment, unless another process holds the
    file just then. Use it from one thread.

    Attributes:
        path: The file; None when there is no place for one.
        warnings: For people; at most one.
    """

    def __init__(self, *, wait_s: float = WAIT_S, patience_s: float = PATIENCE_S) -> None:
        self._wait_s = wait_s
        self._patience_s = patience_s
        self.path: Path | None = None
        self.warnings: list[str] = []
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._writes = True
        self._waiting: dict[str, tuple[CachedReply, tuple[object, ...]]] = {}
        self._touched: dict[str, str] = {}
        self._touched_at = time.monotonic()
        self._busy_since: float | None = None
        self._tried_at = 0.0
        self._unmoved = 0
        self._moves = 0
        self._mover: Thread | None = None

    @classmethod
    def open(cls, path: Path | None = None, *, wait_s: float = WAIT_S, patience_s: float = PATIENCE_S) -> ResponseCache:
        """Open the file; raises nothing.

        Args:
            path: The file; by default that of the user.
            wait_s: How long opening and closing wait for another process, seconds.
            patience_s: How long another process may be in the way of writing before no more is kept, seconds.
        """
        cache = cls(wait_s=wait_s, patience_s=patience_s)
        try:
            cache.path = (path or cache_path()).absolute()
            cache._connect()
        except (InputError, OSError) as error:
            cache._give_up(error)
        return cache

    def get(self, key: str) -> CachedReply | None:
        """Return the reply that was kept under a key, if there is one and it is intact."""
        if key in self._waiting:
            return self._waiting[key][0]
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(_SELECT, (key,)).fetchone()
        except FILE_TROUBLE as error:
            self._trouble(error, reading=True)
            return None
        if not self._waiting:
            # who was in the way has let go
            self._busy_since = None
        if row is None or row[1] != checksum(key, str(row[2])):
            return None
        self._touch(key, last=row[0])
        return from_text(row[2])

    def put(self, key: str, reply: CachedReply, *, annotator: str, model: str) -> bool:
        """Keep a reply.

        Args:
            key: Made of everything that can change the answers.
            reply: Every answer in it is ok, abstain or blocked.
            annotator: Who answered.
            model: Model id; empty when there is none.

        Returns:
            False when it is not kept: one of its answers is none, or the file cannot be written.
        """
        if self._connection is None or not self._writes or not reply.whole:
            return False
        try:
            text = to_text(reply)
        except ValueError:  # a number that JSON has no word for
            return False
        at = now()
        self._waiting[key] = (
            reply,
            (key, scrub(storable(annotator)), scrub(storable(model)), len(reply.answers), reply.cost_usd, len(text),
             at, at, checksum(key, text), text),
        )  # fmt: skip
        self._flush()
        return self._writes

    def close(self) -> None:
        """Write down what is left to write, and let go of the file; doing so twice does no harm."""
        if self._connection is None:
            return
        with suppress(*FILE_TROUBLE):
            self._connection.execute(f"PRAGMA busy_timeout = {int(1000 * self._wait_s)}")
        self._tried_at = 0.0
        self._flush()
        if self._waiting and not self.warnings:
            self._warn("is locked by another process", hint="the last answers of this command were not kept")
        self._disconnect()

    def _connect(self) -> None:
        assert self.path is not None
        self._connection = connect(self.path, wait_s=self._wait_s)
        self._inode = self.path.stat().st_ino
        self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        # a sync of the disk would stop the event loop: a thread does it
        self._connection.execute("PRAGMA wal_autocheckpoint = 0")

    def _disconnect(self) -> None:
        if self._mover is not None:
            self._mover.join()
        if self._connection is not None:
            with suppress(*FILE_TROUBLE):
                self._connection.close()
        self._connection = None
        self._waiting.clear()
        self._touched.clear()

    def _touch(self, key: str, *, last: object) -> None:
        """Note that a reply was of use; to the hour, so that most gets write nothing."""
        at = now()
        if str(last)[:13] == at[:13]:
            return
        self._touched[key] = at
        if len(self._touched) >= TOUCHES or time.monotonic() - self._touched_at > TOUCH_S:
            self._flush()

    def _flush(self) -> None:
        """Write what is waiting, in one transaction; keep it when another process is in the way."""
        busy = self._busy_since is not None and time.monotonic() - self._tried_at < RETRY_S
        if busy or not self._writes or not (self._waiting or self._touched):
            return
        try:
            if self._moved():
                self._reconnect()
            self._write()
        except (*FILE_TROUBLE, InputError, OSError) as error:
            self._trouble(error, reading=False)
            return
        self._unmoved += len(self._waiting) + len(self._touched)
        self._waiting.clear()
        self._touched.clear()
        self._busy_since = None
        self._touched_at = time.monotonic()
        self._move()

    def _write(self) -> None:
        assert self._connection is not None
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(_TOUCH, [(at, key) for key, at in self._touched.items()])
            self._connection.executemany(_INSERT, [values for _, values in self._waiting.values()])
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(*FILE_TROUBLE):
                self._connection.execute("ROLLBACK")
            raise

    def _moved(self) -> bool:
        """Say whether somebody removed or replaced the file: what is written to it now would be lost."""
        assert self.path is not None
        try:
            return self.path.stat().st_ino != self._inode
        except FileNotFoundError:
            return True

    def _reconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._connect()

    def _move(self) -> None:
        """Have the log moved into the database now and then, so that it does not grow for ever."""
        assert self.path is not None
        assert self._connection is not None
        if self._mover is not None:
            if self._mover.is_alive():
                return
            self._mover = None
            self._moves += 1
            if self._moves % REWIND == 0:
                # next to nothing is left to move, so this is short
                with suppress(*FILE_TROUBLE):
                    self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        if self._unmoved < CHECKPOINT:
            return
        self._unmoved = 0
        self._mover = Thread(target=checkpoint, args=(self.path,), name="response-cache", daemon=True)
        self._mover.start()

    def _trouble(self, error: Exception, *, reading: bool) -> None:
        if is_busy(error):
            self._tried_at = time.monotonic()
            self._busy_since = self._busy_since or self._tried_at
            if self._tried_at - self._busy_since < self._patience_s:
                return
        if reading or is_damaged(error):
            self._give_up(error)
        else:
            self._stop_writing(error)

    def _give_up(self, error: Exception) -> None:
        self._warn(*self._told(error))
        self._writes = False
        self._disconnect()

    def _stop_writing(self, error: Exception) -> None:
        what, hint = self._told(error)
        self._warn(what, hint=hint, still="answers that are there are used, new ones are not kept")
        self._writes = False
        self._waiting.clear()
        self._touched.clear()

    def _told(self, error: Exception) -> tuple[str, str]:
        if isinstance(error, FILE_TROUBLE) and self.path is not None:
            error = told(error, self.path)
        return (error.message, error.hint) if isinstance(error, InputError) else (str(error), "")

    def _warn(self, what: str, hint: str = "", still: str = "going on without it") -> None:
        if not self.warnings:
            self.warnings.append(f"response cache: {what}; {still}{' (' if hint else ''}{hint}{')' if hint else ''}")
