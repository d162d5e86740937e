"""A request that is answered with a reason instead of what it asked for."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """The server says no.

    Args:
        status: HTTP status.
        code: A short stable word for the page.
        message: For people; names no file, no video and no other rater's answer.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
