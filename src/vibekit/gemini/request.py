"""What is asked of Gemini, in plain dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vibekit.core.message import Inline, Text

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Media that the service already holds.

    Attributes:
        uri: As the service named it.
        mime: Its type.
        fps: As for ``vibekit.core.message.Inline``.
        start_s: As for ``Inline``.
        end_s: As for ``Inline``.
    """

    uri: str
    mime: str
    fps: float | None = None
    start_s: float = 0.0
    end_s: float | None = None


Part = Text | Inline | Uploaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an answer is generated; None leaves a value to the model.

    Attributes:
        thinking: minimal, low, medium, high or xhigh.
        media_resolution: low, medium or high.
        temperature: 0-2.
        max_output_tokens: Thinking counts against it.
    """

    thinking: str | None = None
    media_resolution: str | None = None
    temperature: float | None = None
    max_output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call.

    Attributes:
        model: Model id.
        system: System instruction: the constant part, which the service can cache.
        parts: The message.
        schema: JSON Schema of the answer.
        settings: How it is generated.
        seed: None sends none.
    """

    model: str
    system: str
    parts: tuple[Part, ...]
    schema: Mapping[str, Any]
    settings: Settings = Settings()
    seed: int | None = None
