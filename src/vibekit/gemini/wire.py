"""Turns a request into the SDK's objects; nothing here touches the network."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from google.genai import types

from vibekit.core.message import Inline, Text
from vibekit.gemini.request import Uploaded

if TYPE_CHECKING:
    from vibekit.gemini.request import Part, Request, Settings


class _Shared(dict[str, Any]):
    """A schema that the SDK need not copy for every call: nobody changes it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def contents(request: Request) -> types.Content:
    """Return the message."""
    return types.Content(role="user", parts=[part(one) for one in request.parts])


def config(request: Request) -> types.GenerateContentConfig:
    """Return everything but the message."""
    made = _base_config(request.settings).model_copy()
    made.system_instruction = request.system
    made.response_json_schema = _Shared(request.schema)
    made.seed = request.seed
    return made


@lru_cache(maxsize=32)
def _base_config(settings: Settings) -> types.GenerateContentConfig:
    resolution, thinking = settings.media_resolution, settings.thinking
    return types.GenerateContentConfig(
        response_mime_type="application/json",
        temperature=settings.temperature,
        max_output_tokens=settings.max_output_tokens,
        media_resolution=types.MediaResolution(f"MEDIA_RESOLUTION_{resolution.upper()}") if resolution else None,
        thinking_config=(
            types.ThinkingConfig(thinking_level=types.ThinkingLevel(thinking.upper())) if thinking else None
        ),
        # The SDK would otherwise send follow-up requests of its own, each billed in full.
        automatic_continuation=False,
        # There are no functions to call; without this the SDK prepares for them in every call.
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def part(one: Part) -> types.Part:
    """Return one part of a message."""
    match one:
        case Text(text):
            return types.Part(text=text)
        case Inline(data, mime):
            return types.Part(inline_data=types.Blob(data=data, mime_type=mime), video_metadata=_sampled(one))
        case Uploaded(uri, mime):
            return types.Part(file_data=types.FileData(file_uri=uri, mime_type=mime), video_metadata=_sampled(one))


def duration(seconds: float) -> str:
    """Write seconds as the service reads them: decimals, no exponent."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def _sampled(part: Inline | Uploaded) -> types.VideoMetadata | None:
    """Say how the service looks at a video; None for what is no video."""
    if part.fps is None:
        return None
    start = duration(part.start_s) if part.start_s else None
    end = None if part.end_s is None else duration(part.end_s)
    return types.VideoMetadata(fps=part.fps, start_offset=start, end_offset=end)
