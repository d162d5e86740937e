from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.errors import ItemError, ServiceError, SetupError, TransientError
from vibekit.openai_compat.errors import Asked, UnsupportedError, refused
from vibekit.openai_compat.request import Feature

KEY = "a-key-that-is-never-shown"
ALL: frozenset[Feature] = frozenset({"logprobs", "pictures", "schema", "sound"})
ASKED = Asked(address="http://h/v1", key=KEY, now=datetime(2026, 1, 1, tzinfo=UTC), model="m", features=ALL)


@pytest.mark.parametrize(
    ("message", "feature"),
    [
        ("At most 1 image(s) may be provided in one request.", "pictures"),
        ("GLM-5.2 is not a multimodal model", "pictures"),
        ("image input is not supported by this server", "pictures"),
        ('Failed to parse messages: Unsupported content part type: "image_url"', "pictures"),
        ("messages.content.type is invalid, allowed values: ['text']", "pictures"),
        ("This model does not support images", "pictures"),
        ("image_url is not supported by this model", "pictures"),
        ("At most 0 audio(s) may be provided in one prompt.", "sound"),
        ("You requested logprobs 5 but the server allows at most 0", "logprobs"),
        ("'response_format' of type 'json_schema' is not supported", "schema"),
        ("Grammar error: Unimplemented keys: [minItems]", "schema"),
    ],
)
def test_what_a_server_lacks_is_told_by_its_words(message: str, feature: Feature) -> None:
    found = refused(400, {"error": {"message": message}}, {}, ASKED)
    assert isinstance(found, UnsupportedError)
    assert found.feature == feature
    assert found.hint
    without = Asked(address="h", key=None, now=ASKED.now, features=ALL - {feature})
    assert not isinstance(refused(400, {"error": {"message": message}}, {}, without), UnsupportedError)


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096",
        "the request exceeds the available context size, try increasing it",
        "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
        "context_length_exceeded",
    ],
)
def test_what_is_too_long_is_too_long_for_this_video(message: str) -> None:
    found = refused(400, {"message": message}, {}, ASKED)
    assert isinstance(found, ItemError)
    assert "--frame-size" in found.message


def test_the_words_are_found_wherever_servers_put_them() -> None:
    for body in ({"error": {"message": "boom"}}, {"message": "boom"}, {"detail": "boom"}, {"error": "boom"}, "boom"):
        assert "boom" in str(refused(418, body, {}, ASKED))


def test_limits_are_read_from_headers() -> None:
    headers = {"retry-after": "3", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-limit-tokens": "90000"}
    found = refused(429, {}, headers, ASKED)
    assert isinstance(found, TransientError)
    assert (found.kind, found.retry_after_s, found.quota, found.quota_value) == ("rate_limit", 3.0, "tokens", 90000.0)
    until = refused(503, {}, {"retry-after": "Thu, 01 Jan 2026 00:00:09 GMT"}, ASKED)
    assert isinstance(until, TransientError)
    assert until.retry_after_s == 9.0


@given(
    code=st.integers(300, 599),
    body=st.text() | st.dictionaries(st.text(), st.text() | st.none()) | st.none(),
    headers=st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-remaining-requests"]), st.text()),
)
def test_every_refusal_has_a_meaning(code: int, body: object, headers: dict[str, str]) -> None:
    found = refused(code, body, headers, ASKED)
    assert isinstance(found, (TransientError, ItemError, SetupError, ServiceError))


def test_a_key_that_a_server_quotes_is_not_passed_on() -> None:
    for code in (400, 401, 404, 429, 500):
        found = refused(code, {"error": {"message": f"bad key {KEY}"}}, {}, ASKED)
        assert KEY not in f"{found} {found!r}"
    assert KEY not in repr(ASKED)
