"""One line of a batch: a request in the shape of the REST interface, and what came back for it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vibekit.core.annotation import Usage
from vibekit.core.message import Inline, Text
from vibekit.errors import ItemError, TransientError
from vibekit.formats.secrets import scrub
from vibekit.gemini.request import Uploaded
from vibekit.gemini.response import Response
from vibekit.gemini.wire import duration

if TYPE_CHECKING:
    from vibekit.gemini.request import Part, Request, Settings

FINAL_CODES = (3, 400)
"""A request that is wrong in itself (gRPC, HTTP); every other error is worth asking again."""
QUOTA_CODES = (8, 429)


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of a job's answers.

    Attributes:
        key: Of the question that it says it answers.
        response: What the model said; None when there is a failure.
        failure: Why there is no response.
    """

    key: str
    response: Response | None = None
    failure: TransientError | ItemError | None = None


def request_line(key: str, request: Request) -> bytes:
    """Return the line of one question, its newline included."""
    return json.dumps({"key": key, "request": request_row(request)}, separators=(",", ":")).encode() + b"\n"


def request_row(request: Request) -> dict[str, Any]:
    """Return a request in the shape of the REST interface: what ``wire`` makes the SDK send."""
    return {
        "contents": [{"role": "user", "parts": [_part(part) for part in request.parts]}],
        "systemInstruction": {"role": "user", "parts": [{"text": request.system}]},
        "generationConfig": {
            "responseMimeType": "application/json",
            "responseJsonSchema": dict(request.schema),
            **_settings(request.settings),
            **({} if request.seed is None else {"seed": request.seed}),
        },
    }


def read_line(raw: bytes) -> BatchLine | None:
    """Read one line of a job's answers, trusting none of it; None when it is no such line."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or not isinstance(row.get("key"), str):
        return None
    if isinstance(row.get("response"), dict) and not row.get("error"):
        return BatchLine(row["key"], response=read_row(row["response"]))
    error = _dict(row.get("error"))
    code, said = error.get("code"), scrub(" ".join(str(error.get("message") or "no answer").split()))[:300]
    if code in FINAL_CODES:
        return BatchLine(row["key"], failure=ItemError(said))
    kind = "rate_limit" if code in QUOTA_CODES else "server"
    return BatchLine(row["key"], failure=TransientError(kind, f"{said} (code {code})"))


def read_row(raw: dict[str, Any]) -> Response:
    """Read a response in the shape of the REST interface, as ``read_response`` reads the SDK's object."""
    block = _text(_dict(raw.get("promptFeedback")).get("blockReason"))
    usage = _usage(_dict(raw.get("usageMetadata")))
    candidates = _dicts(raw.get("candidates"))
    if not candidates:
        return Response(text=None, block=block, usage=usage)
    parts = _dicts(_dict(candidates[0].get("content")).get("parts"))
    said = [_text(part.get("text")) for part in parts if not part.get("thought")]
    return Response(
        text="".join(said) or None,
        finish=_text(candidates[0].get("finishReason")),
        block=block,
        thought=any(part.get("thought") for part in parts),
        usage=usage,
    )


def _part(part: Part) -> dict[str, Any]:
    match part:
        case Text(text):
            return {"text": text}
        case Inline(data, mime):
            inline = {"data": base64.b64encode(data).decode(), "mimeType": mime}
            return {"inlineData": inline, **_sampled(part)}
        case Uploaded(uri, mime):
            return {"fileData": {"fileUri": uri, "mimeType": mime}, **_sampled(part)}


def _sampled(part: Inline | Uploaded) -> dict[str, Any]:
    if part.fps is None:
        return {}
    start = {"startOffset": duration(part.start_s)} if part.start_s else {}
    end = {} if part.end_s is None else {"endOffset": duration(part.end_s)}
    return {"videoMetadata": {"fps": part.fps, **start, **end}}


def _settings(settings: Settings) -> dict[str, Any]:
    resolution, thinking = settings.media_resolution, settings.thinking
    row = {
        "temperature": settings.temperature,
        "maxOutputTokens": settings.max_output_tokens,
        "mediaResolution": f"MEDIA_RESOLUTION_{resolution.upper()}" if resolution else None,
        "thinkingConfig": {"thinkingLevel": thinking.upper()} if thinking else None,
    }
    return {name: value for name, value in row.items() if value is not None}


def _usage(raw: dict[str, Any]) -> Usage:
    sound = [d for d in _dicts(raw.get("promptTokensDetails")) if d.get("modality") == "AUDIO"]
    return Usage(
        prompt=_count(raw.get("promptTokenCount")) + _count(raw.get("toolUsePromptTokenCount")),
        cached=_count(raw.get("cachedContentTokenCount")),
        output=_count(raw.get("candidatesTokenCount")),
        thoughts=_count(raw.get("thoughtsTokenCount")),
        audio=sum(_count(d.get("tokenCount")) for d in sound),
    )


def _count(tokens: object) -> int:
    return max(tokens, 0) if isinstance(tokens, int) else 0


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
