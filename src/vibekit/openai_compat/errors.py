"""What a failed call means: ask again, give this video up, or stop the run.

Servers word the same failure differently. The patterns are from messages of vLLM, SGLang, llama.cpp, Ollama and OpenAI
that people quote in public (vllm-project/vllm#13513, ggml-org/llama.cpp#13566 and #12947, and clients that sort
them); read 2026-11-21, not tried on each. What none of them fits is final for the video only. Every message passes
``one_line``, which takes the key out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import httpx2
import openai

from vibekit.concurrency.retry_after import number, retry_after_s
from vibekit.errors import ItemError, ServiceError, SetupError, TransientError
from vibekit.formats.secrets import one_line
from vibekit.openai_compat.connection import SET_THE_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.openai_compat.request import Feature


class UnsupportedError(ServiceError):
    """The server does not have what every request of the run makes use of.

    Args:
        feature: What it is.
        said: What the server said.
    """

    hints: ClassVar[Mapping[Feature, str]] = {
        "logprobs": "add --extra-body '{\"logprobs\": false}'",
        "pictures": "serve a model that sees pictures, and as many of them as --frames: see docs/self-hosting.md",
        "schema": "start the server with structured output: see docs/self-hosting.md",
        "sound": "leave the sound out: --no-audio",
    }
    names: ClassVar[Mapping[Feature, str]] = {
        "logprobs": "probabilities of tokens",
        "pictures": "the pictures",
        "schema": "the answer's schema (response_format)",
        "sound": "the sound",
    }

    def __init__(self, feature: Feature, said: str) -> None:
        super().__init__(f"the server refuses {self.names[feature]} ({said})", hint=self.hints[feature])
        self.feature = feature


Failure = TransientError | ItemError | SetupError | ServiceError

CAUGHT = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError)
"""What a call may raise; TimeoutError is an OSError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, for the reading of a refusal.

    Attributes:
        address: For messages; without secrets.
        key: The key in use, to be kept out of messages.
        now: The time.
        model: Model id; empty when none was asked.
        features: What the request makes use of: a server's words about anything else mean this one video.
    """

    address: str
    key: str | None = field(repr=False)
    now: datetime
    model: str = ""
    features: frozenset[Feature] = frozenset()


_TOO_LONG = re.compile(
    r"context.?(length|size|window)|model length|prompt length|exceed_context|too many tokens"
    r"|(prompt|input) is too (long|large)|allowed input length",
    re.IGNORECASE,
)
_FEATURES: tuple[tuple[Feature, re.Pattern[str]], ...] = (
    ("logprobs", re.compile(r"log_?probs?", re.IGNORECASE)),
    ("sound", re.compile(r"\baudio", re.IGNORECASE)),
    (
        "pictures",
        re.compile(
            r"at most \d+ image|not a multi-?modal|mmproj|image input"
            r"|(support|accept|allow)\w* (image|vision|multi-?modal)"
            r"|(image|vision)\S* (is |are )?(not |un)(support|allow|accept)"
            r"|content part type|allowed values: \['text'\]",
            re.IGNORECASE,
        ),
    ),
    ("schema", re.compile(r"response_format|json_schema|structured.?output|guided|grammar", re.IGNORECASE)),
)
_SETTINGS = re.compile(
    r"reasoning_effort|temperature|\bseed\b|max_(completion_)?tokens|extra.?(forbidden|inputs|fields)"
    r"|(unknown|unrecognized|unsupported|unexpected) (field|parameter|argument|request argument|key|value)",
    re.IGNORECASE,
)
URL_HINT = "check --base-url, which usually ends in /v1"
_NO_MONEY = re.compile(r"insufficient_quota|billing|exceeded your current quota", re.IGNORECASE)
_RETRY_CODES = {408: "timeout", 409: "server", 425: "server", 499: "server", 503: "overload", 529: "overload"}


def translate(exc: Exception, asked: Asked) -> Failure:
    """Return what a failed call means; the caller raises it outside of the except block, without the cause."""
    if isinstance(exc, openai.APIStatusError):
        return refused(exc.status_code, exc.body, dict(exc.response.headers), asked)
    cause = exc.__cause__ if isinstance(exc, openai.APIConnectionError) and exc.__cause__ is not None else exc
    message = one_line(f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__, key=asked.key)
    if isinstance(cause, (httpx2.UnsupportedProtocol, httpx2.InvalidURL)):
        return SetupError(f"the address of the server is wrong ({message})", hint="check --base-url")
    if isinstance(cause, httpx2.LocalProtocolError):
        return SetupError("the request cannot be sent: a header holds characters that are not allowed")
    if isinstance(exc, openai.APITimeoutError) or isinstance(cause, (httpx2.TimeoutException, TimeoutError)):
        return TransientError("timeout", message)
    if isinstance(cause, (httpx2.HTTPError, httpx2.StreamError, OSError, openai.APIConnectionError)):
        return TransientError("network", f"no answer from {asked.address} ({message})")
    if isinstance(cause, openai.OpenAIError):
        return SetupError(f"the openai package refuses: {message}")
    return TransientError("server", f"the server's reply cannot be read ({message})")


def refused(code: int, body: object, headers: Mapping[str, str], asked: Asked) -> Failure:
    """Return what a status and an error body mean."""
    said = one_line(f"{code}: {_words(body)}".rstrip(": "), key=asked.key)
    if code in (401, 403):
        return SetupError(f"the server at {asked.address} refuses the key ({said})", hint=SET_THE_KEY)
    if code == 404:
        if not asked.model:
            return ServiceError(f"{asked.address} has no list of models ({said})", hint=URL_HINT)
        return ServiceError(
            f"the server has no model '{asked.model}', or nothing is at {asked.address} ({said})",
            hint="check --model and --base-url, which usually ends in /v1", item=asked.model,
        )  # fmt: skip
    if code == 429:
        return _too_many(said, headers, asked)
    if code == 402:
        return _no_money(said)
    if code == 405:
        return ServiceError(f"{asked.address} takes no questions ({said})", hint=URL_HINT)
    if code in (400, 413, 422, 500, 501):
        known = _known(code, said, asked)
        if known is not None:
            return known
    if code < 400:
        return ServiceError(f"{asked.address} sends elsewhere ({said})", hint="give that address with --base-url")
    if code >= 500 or code in _RETRY_CODES:
        pause = retry_after_s(headers.get("retry-after", ""), now=asked.now)
        return TransientError(_RETRY_CODES.get(code, "server"), said, retry_after_s=pause)
    return ItemError(said)


def _known(code: int, said: str, asked: Asked) -> Failure | None:
    if code == 413 or _TOO_LONG.search(said):
        mend = "fewer or smaller pictures (--frames, --frame-size), or a longer context at the server"
        return ItemError(f"the request is too long for the model ({said}): give {mend}")
    for feature, pattern in _FEATURES:
        if feature in asked.features and pattern.search(said):
            return UnsupportedError(feature, said)
    if code in (400, 422) and _SETTINGS.search(said):
        hint = "change --thinking, --temperature, --seed, --max-output-tokens or --extra-body"
        return ServiceError(f"the server refuses the settings of every call ({said})", hint=hint)
    return None


def _too_many(said: str, headers: Mapping[str, str], asked: Asked) -> Failure:
    if _NO_MONEY.search(said):
        return _no_money(said)
    quota, value = "", None
    for name in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{name}", "").strip() == "0":
            quota, value = name, number(headers.get(f"x-ratelimit-limit-{name}", ""))
            break
    pause = retry_after_s(headers.get("retry-after", ""), now=asked.now)
    return TransientError("rate_limit", said, retry_after_s=pause, quota=quota, quota_value=value)


def _no_money(said: str) -> ServiceError:
    return ServiceError(f"this key has no quota left ({said})", hint="look at your account with the service")


def _words(body: object) -> str:
    """Return what an error body says: servers put it under ``error``, ``message`` or ``detail``."""
    if isinstance(body, dict):
        inner: Any = body.get("error", body)
        if isinstance(inner, dict):
            told = [inner.get(name) for name in ("message", "detail", "code", "type", "param")]
            return " ".join(str(word) for word in told if word not in (None, ""))
        return str(inner)
    return "" if body is None else str(body)
