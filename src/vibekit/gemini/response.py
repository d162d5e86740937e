"""What Gemini answered, in plain values, read without trusting any of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.annotation import Usage

if TYPE_CHECKING:
    from google.genai import types


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answered call; an HTTP 200 that may still hold no answer.

    Attributes:
        text: What the first candidate says, thoughts left out; None when it says nothing.
        finish: Its finish reason as the service wrote it; empty when there is none.
        block: Why the prompt was blocked; empty when it was not.
        thought: True when there was a thought but no words.
        usage: Tokens, reported for blocked calls too.
    """

    text: str | None
    finish: str = ""
    block: str = ""
    thought: bool = False
    usage: Usage = field(default_factory=Usage)


def read_response(raw: types.GenerateContentResponse) -> Response:
    """Read the SDK's object. ``raw.text`` and ``raw.parsed`` are not used: both hide what went wrong."""
    feedback = raw.prompt_feedback
    block = _name(feedback.block_reason) if feedback is not None else ""
    usage = _usage(raw.usage_metadata)
    if not raw.candidates:
        return Response(text=None, block=block, usage=usage)
    candidate = raw.candidates[0]
    parts = (candidate.content.parts if candidate.content is not None else None) or []
    said = [part.text for part in parts if isinstance(part.text, str) and not part.thought]
    return Response(
        text="".join(said) or None,
        finish=_name(candidate.finish_reason),
        block=block,
        thought=any(part.thought for part in parts),
        usage=usage,
    )


def _name(reason: object) -> str:
    return str(getattr(reason, "value", reason) or "")


def _usage(raw: types.GenerateContentResponseUsageMetadata | None) -> Usage:
    if raw is None:
        return Usage()
    audio = sum(_count(d.token_count) for d in raw.prompt_tokens_details or () if _name(d.modality) == "AUDIO")
    return Usage(
        prompt=_count(raw.prompt_token_count) + _count(raw.tool_use_prompt_token_count),
        cached=_count(raw.cached_content_token_count),
        output=_count(raw.candidates_token_count),
        thoughts=_count(raw.thoughts_token_count),
        audio=audio,
    )


def _count(tokens: int | None) -> int:
    return max(tokens or 0, 0)
