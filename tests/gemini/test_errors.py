from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from google.auth import exceptions as auth_errors
from google.genai import errors as sdk_errors
from hypothesis import given
from hypothesis import strategies as st

from vibekit.errors import ItemError, ServiceError, SetupError, TransientError
from vibekit.gemini.errors import About, Failure, translate

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = "AIza-secret-0123456789"


def refused(
    code: int,
    message: str = "said",
    *,
    details: Any = None,  # noqa: ANN401
    headers: dict[str, str] | None = None,
    about: About = "model",
) -> Failure:
    body = {"error": {"code": code, "message": message, "status": "X", "details": details or []}}
    response = httpx2.Response(code, headers=headers or {})
    kind = sdk_errors.ClientError if code < 500 else sdk_errors.ServerError
    return translate(kind(code, body, response), model="m1", about=about, key=KEY, now=NOW)


@pytest.mark.parametrize(
    ("code", "message", "about", "kind"),
    [
        (400, "Request contains an invalid argument.", "model", ItemError),
        (400, "Unable to process input image.", "model", ItemError),
        (400, "API key not valid. Please pass a valid API key.", "model", SetupError),
        (400, "API key expired. Please renew the API key.", "model", SetupError),
        (400, "Thinking level MINIMAL is not supported for this model.", "model", ServiceError),
        (400, "The specified schema produces a constraint that has too many states", "model", ServiceError),
        (400, "User location is not supported for the API use.", "model", ServiceError),
        (400, "The File abc is not in an ACTIVE state and usage is not allowed.", "model", TransientError),
        (401, "no", "model", SetupError),
        (403, "The caller does not have permission", "model", SetupError),
        (403, "You do not have permission to access the File abc or it may not exist.", "model", ItemError),
        (403, "no", "file", ItemError),
        (404, "models/m1 is not found", "model", ServiceError),
        (404, "no", "file", ItemError),
        (408, "slow", "model", TransientError),
        (413, "too large", "model", ItemError),
        (429, "slow down", "model", TransientError),
        (429, "Quota exceeded, limit: 0, model: m1", "model", ServiceError),
        (499, "cancelled", "model", TransientError),
        (500, "oops", "model", TransientError),
        (502, "<html>", "model", TransientError),
        (503, "overloaded", "model", TransientError),
        (504, "deadline", "model", TransientError),
        (529, "overloaded", "model", TransientError),
    ],
)
def test_refusals(code: int, message: str, about: About, kind: type[Exception]) -> None:
    assert type(refused(code, message, about=about)) is kind


def test_a_missing_model_is_named_with_what_to_do() -> None:
    failure = refused(404, "models/m1 is not found")
    assert isinstance(failure, ServiceError)
    assert "'m1'" in failure.message
    assert "--model" in failure.hint


def retry_info(delay: object) -> list[dict[str, Any]]:
    return [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]


@pytest.mark.parametrize(
    ("details", "headers", "seconds"),
    [
        (retry_info("45.837906927s"), {}, 45.837906927),
        ([], {"Retry-After": "7"}, 7.0),
        ([], {"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ([], {"Retry-After": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0.0),
        (retry_info("2s"), {"Retry-After": "5"}, 5.0),
        (retry_info("soon"), {"Retry-After": "soon"}, None),
        (retry_info("-3s"), {}, None),
        (retry_info("nans"), {}, None),
        (retry_info(None), {}, None),
        ("text", {}, None),
        ([None, 3, {"@type": None}], {}, None),
    ],
)
@pytest.mark.parametrize("code", [429, 503])
def test_the_wait_that_the_service_asks_for(
    details: object, headers: dict[str, str], seconds: float | None, code: int
) -> None:
    failure = refused(code, details=details, headers=headers)
    assert isinstance(failure, TransientError)
    assert failure.retry_after_s == pytest.approx(seconds)


def test_a_daily_quota_says_when_it_resets() -> None:
    quota = [{"@type": "x.QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}]
    failure = refused(429, details=[*quota, *retry_info("3s")])
    assert isinstance(failure, ServiceError)
    assert "2026-11-22 08:00 UTC" in failure.hint


@pytest.mark.parametrize(
    ("exc", "kind", "word"),
    [
        (httpx2.ReadTimeout("slow"), TransientError, "timeout"),
        (httpx2.PoolTimeout("slow"), TransientError, "timeout"),
        (httpx2.ConnectError("refused"), TransientError, "network"),
        (httpx2.ReadError("reset"), TransientError, "network"),
        (httpx2.RemoteProtocolError("cut"), TransientError, "network"),
        (httpx2.DecodingError("gzip"), TransientError, "network"),
        (ConnectionResetError("reset"), TransientError, "network"),
        (TimeoutError(), TransientError, "timeout"),
        (ValueError("Expecting value"), TransientError, "server"),
        (KeyError("file"), TransientError, "server"),
        (AttributeError("x"), TransientError, "server"),
        (auth_errors.TransportError("x"), TransientError, "network"),  # type: ignore[no-untyped-call]
        (httpx2.UnsupportedProtocol("no scheme"), SetupError, ""),
        (httpx2.InvalidURL("no"), SetupError, ""),
        (httpx2.LocalProtocolError(f"Illegal header value b'{KEY}'"), SetupError, ""),
        (auth_errors.DefaultCredentialsError("none"), SetupError, ""),  # type: ignore[no-untyped-call]
        (auth_errors.RefreshError("expired"), SetupError, ""),  # type: ignore[no-untyped-call]
    ],
)
def test_failures_below_http(exc: Exception, kind: type[Exception], word: str) -> None:
    failure = translate(exc, model="m", about="model", key=KEY)
    assert type(failure) is kind
    assert getattr(failure, "kind", "") == word
    assert KEY not in f"{failure!r} {vars(failure)}"


@given(
    code=st.integers(400, 599),
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.just(KEY),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["error", "details", "message", "status", "code", "violations"]), inner)
        ),
        max_leaves=10,
    ),
)
def test_any_body_is_understood_and_no_message_holds_the_key(code: int, body: object) -> None:
    details = body if isinstance(body, dict) else {"error": body} if body else {}
    exc = sdk_errors.APIError(code, {"error": {"message": f"key {KEY}", "status": "X"}}, None)
    exc.details = details
    exc.message = f"key {KEY}"
    failure = translate(exc, model="m", about="model", key=KEY, now=NOW)
    assert KEY not in f"{failure!r} {vars(failure)}"
