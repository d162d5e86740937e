"""What a server answered, in plain values, read without trusting any of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from vibekit.core.annotation import Usage

_MOST_TOKENS = 2**53


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer.

    Attributes:
        data: Its bytes.
        logprob: Natural logarithm of its probability.
        top: Bytes and log probability of the likeliest tokens at this place; may or may not hold the token itself.
    """

    data: bytes
    logprob: float
    top: tuple[tuple[bytes, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answered call; an HTTP 200 that may still hold no answer.

    Attributes:
        text: What the first choice says; None when it says nothing. Reasoning is left out.
        finish: Its finish reason as the server wrote it; empty when there is none.
        refusal: What the model said instead of an answer; empty when it did not refuse.
        thought: True when there was reasoning.
        usage: Tokens.
        tokens: The tokens of the text, and of what came before it; empty when the server gave none that can be read.
    """

    text: str | None
    finish: str = ""
    refusal: str = ""
    thought: bool = False
    usage: Usage = field(default_factory=Usage)
    tokens: tuple[Token, ...] = ()


def read_response(raw: dict[str, Any]) -> Response:
    """Read the body of a reply."""
    usage, choices = _usage(_dict(raw.get("usage"))), raw.get("choices")
    first = _dict(choices[0]) if isinstance(choices, list) and choices else {}
    message = _dict(first.get("message"))
    text = message.get("content")
    return Response(
        text=text if isinstance(text, str) and text.strip() else None,
        finish=_text(first.get("finish_reason")),
        refusal=_text(message.get("refusal")),
        thought=bool(message.get("reasoning_content") or message.get("reasoning")),
        usage=usage,
        tokens=_tokens(_dict(first.get("logprobs")).get("content")),
    )


def _usage(raw: dict[str, Any]) -> Usage:
    completion = _count(raw.get("completion_tokens"))
    prompt = _count(raw.get("prompt_tokens"))
    prompt_details, details = _dict(raw.get("prompt_tokens_details")), _dict(raw.get("completion_tokens_details"))
    thoughts = min(_count(details.get("reasoning_tokens")), completion)
    return Usage(
        prompt=prompt,
        cached=min(_count(prompt_details.get("cached_tokens")), prompt),
        # completion_tokens counts the reasoning too
        output=completion - thoughts,
        thoughts=thoughts,
        audio=min(_count(prompt_details.get("audio_tokens")), prompt),
    )


def _tokens(raw: object) -> tuple[Token, ...]:
    """Read all tokens, or none: a gap would put the others in the wrong place."""
    if not isinstance(raw, list):
        return ()
    read: list[Token] = []
    for item in raw:
        entry = _dict(item)
        one, top = _probable(entry), [_probable(_dict(other)) for other in _list(entry.get("top_logprobs"))]
        if one is None or None in top:
            return ()
        read.append(Token(*one, tuple(other for other in top if other is not None)))
    return tuple(read)


def _probable(entry: dict[str, Any]) -> tuple[bytes, float] | None:
    """Read bytes and log probability; None when they are not of that kind."""
    raw, token, logprob = entry.get("bytes"), entry.get("token"), entry.get("logprob")
    if isinstance(logprob, bool) or not isinstance(logprob, (int, float)) or not isfinite(logprob) or logprob > 0.01:
        return None
    if isinstance(raw, list) and raw and all(type(b) is int and 0 <= b <= 255 for b in raw):
        return bytes(raw), float(logprob)
    if not isinstance(token, str):
        return None
    return token.encode("utf-8", "surrogatepass"), float(logprob)


def _count(value: object) -> int:
    return min(max(value, 0), _MOST_TOKENS) if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
