"""What a failed call means: ask again, give this video up, or stop the run.

Every message passes ``one_line``, which takes the key out: a service or a library may quote it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx2
from google.auth import exceptions as auth_errors
from google.genai import errors as sdk_errors

from vibekit.concurrency.retry_after import number, retry_after_s
from vibekit.errors import ItemError, ServiceError, SetupError, TransientError
from vibekit.formats.secrets import one_line
from vibekit.gemini.connection import GET_A_KEY, GET_VERTEX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Failure = TransientError | ItemError | SetupError | ServiceError
About = Literal["model", "file"]

CAUGHT = (
    sdk_errors.APIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    auth_errors.GoogleAuthError,
    OSError,
    # The SDK reads some malformed bodies without checking them.
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
)
"""What a call of the SDK may raise; TimeoutError is an OSError."""

_BAD_KEY = re.compile(r"api[ _]key (not valid|not found|expired|invalid)|API_KEY_INVALID", re.IGNORECASE)
_CONFIG = re.compile(
    r"thinking|schema|unknown name|media.?resolution|temperature|max_?output_?tokens|mime type: 'text/plain'"
    r"|location is not supported|billing|free tier is not available|logprobs",
    re.IGNORECASE,
)
_RETRY_CODES = {408: "timeout", 409: "server", 425: "server", 499: "server"}


def translate(exc: Exception, *, model: str, about: About, key: str | None, now: datetime | None = None) -> Failure:
    """Return what a failed call means; the caller raises it outside of the except block, without the cause.

    Args:
        exc: One of ``CAUGHT``.
        model: Model id, for messages.
        about: Whether the call was about a model or an uploaded file.
        key: The key in use, to be kept out of the message.
        now: The time, for the reset of a quota.
    """
    if isinstance(exc, sdk_errors.APIError):
        return _refused(exc, model=model, about=about, key=key, now=now or datetime.now(UTC))
    message = one_line(f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__, key=key)
    if isinstance(exc, (httpx2.UnsupportedProtocol, httpx2.InvalidURL, httpx2.TooManyRedirects)):
        return SetupError(f"the address of the service is wrong ({message})", hint="check the base URL")
    if isinstance(exc, httpx2.LocalProtocolError):
        return SetupError("the request cannot be sent: a header holds characters that are not allowed", hint=GET_A_KEY)
    if isinstance(exc, (auth_errors.TransportError, httpx2.HTTPError, httpx2.StreamError)):
        timeout = isinstance(exc, httpx2.TimeoutException)
        return TransientError("timeout" if timeout else "network", message)
    if isinstance(exc, auth_errors.GoogleAuthError):
        return SetupError(f"Google Cloud credentials do not work: {message}", hint=GET_VERTEX)
    if isinstance(exc, OSError):
        return TransientError("timeout" if isinstance(exc, TimeoutError) else "network", message)
    return TransientError("server", one_line(f"the service's reply cannot be read: {message}", key=key))


def _refused(exc: sdk_errors.APIError, *, model: str, about: About, key: str | None, now: datetime) -> Failure:
    code, said = int(exc.code or 0), one_line(f"{exc.code} {exc.status or ''}: {exc.message or ''}", key=key)
    details = list(_details(exc))
    reasons = {str(d.get("reason", "")) for d in details}
    if code == 400:
        return _bad_request(said, reasons)
    if code in (401, 403):
        return _forbidden(said, about=about)
    if code == 404 and about == "model":
        hint = "see https://ai.google.dev/gemini-api/docs/models, then give --model NAME"
        return ServiceError(f"the service has no model '{model}' ({said})", hint=hint, item=model)
    if code == 429:
        return _too_many(exc, said, details, now=now)
    if code == 503:
        return TransientError("overload", said, retry_after_s=_retry_after(exc, details, now=now))
    if code in _RETRY_CODES or code >= 500 or code < 400:
        return TransientError(_RETRY_CODES.get(code, "server"), said, retry_after_s=_retry_after(exc, details, now=now))
    return ItemError(said)


def _bad_request(said: str, reasons: set[str]) -> Failure:
    if "API_KEY_INVALID" in reasons or _BAD_KEY.search(said):
        return SetupError(f"the service does not know the API key ({said})", hint=GET_A_KEY)
    if "not in an ACTIVE state" in said:
        return TransientError("server", said)
    if _CONFIG.search(said):
        hint = "change --thinking, --media-resolution or --model"
        return ServiceError(f"the service refuses the settings of every call ({said})", hint=hint)
    return ItemError(said)


def _forbidden(said: str, *, about: About) -> Failure:
    # An uploaded file that is gone, or of another project, is a 403 as well.
    if about == "file" or re.search(r"\bfile\b", said, re.IGNORECASE):
        return ItemError(said)
    return SetupError(f"the service refuses the key ({said})", hint=GET_A_KEY)


def _too_many(exc: sdk_errors.APIError, said: str, details: list[dict[str, Any]], *, now: datetime) -> Failure:
    violations = [v for d in details for v in _dicts(d.get("violations"))]
    quotas = [str(v.get("quotaId", "")) for v in violations]
    if any("PerDay" in quota for quota in quotas) or "per day" in said.lower():
        hint = f"the quota resets at {_pacific_midnight(now)}; the same command goes on from here"
        return ServiceError(f"the quota of today is used up ({said})", hint=hint)
    if re.search(r"limit: 0\b", said):
        hint = "turn billing on, or give another --model"
        return ServiceError(f"this key has no quota for the model ({said})", hint=hint)
    quota, value = _per_minute(violations)
    pause = _retry_after(exc, details, now=now)
    return TransientError("rate_limit", said, retry_after_s=pause, quota=quota, quota_value=value)


def _per_minute(violations: list[dict[str, Any]]) -> tuple[str, float | None]:
    """Return what there is too much of in a minute, and how much the service allows when it says so."""
    for violation in violations:
        name = str(violation.get("quotaId", ""))
        if "PerMinute" in name:
            return "tokens" if "token" in name.lower() else "requests", number(str(violation.get("quotaValue", "")))
    return "", None


def _details(exc: sdk_errors.APIError) -> Iterator[dict[str, Any]]:
    body = exc.details[0] if isinstance(exc.details, list) and exc.details else exc.details
    error = body.get("error") if isinstance(body, dict) else None
    yield from _dicts(error.get("details") if isinstance(error, dict) else None)


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _retry_after(exc: sdk_errors.APIError, details: list[dict[str, Any]], *, now: datetime) -> float | None:
    """Return the longer of RetryInfo and the Retry-After header, seconds."""
    infos = [str(d.get("retryDelay", "")) for d in details if str(d.get("@type", "")).endswith("RetryInfo")]
    said = [number(info.removesuffix("s")) for info in infos]
    headers: Mapping[str, str] = getattr(exc.response, "headers", None) or {}
    said.append(retry_after_s(headers.get("retry-after", ""), now=now))
    return max((seconds for seconds in said if seconds is not None), default=None)


def _pacific_midnight(now: datetime) -> str:
    try:
        local = now.astimezone(ZoneInfo("America/Los_Angeles"))
    except ZoneInfoNotFoundError:
        return "midnight Pacific time"
    # Midnight of the calendar, not 24 hours on: a day of the clock change has 23 or 25.
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"{midnight.astimezone(UTC):%Y-%m-%d %H:%M} UTC (midnight Pacific time)"
