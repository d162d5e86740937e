"""The parts of a message to a model, whoever takes it: words, and media whose bytes travel along."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Inline:
    """Media whose bytes travel in the request.

    Attributes:
        data: The bytes.
        mime: Their type.
        fps: For video: frames per second that the service samples at; None leaves it to the service.
        start_s: For video: where the service begins to look, in seconds.
        end_s: For video: where it ends; None is the end.
    """

    data: bytes
    mime: str
    fps: float | None = None
    start_s: float = 0.0
    end_s: float | None = None
