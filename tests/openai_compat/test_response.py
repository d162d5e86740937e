from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.core.annotation import Usage
from vibekit.openai_compat.response import Token, read_response

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PLACES = ("usage", "choices", "message", "finish_reason", "logprobs", "content", "refusal")


def raw(**changed: Any) -> dict[str, Any]:  # noqa: ANN401
    message = {"content": "{}", "refusal": changed.get("refusal")}
    choice = {"message": message, "finish_reason": "stop", "logprobs": changed.get("logprobs")}
    whole = {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    for place, where in (("usage", whole), ("choices", whole), ("message", choice), ("finish_reason", choice)):
        if place in changed:
            where[place] = changed[place]
    if "content" in changed:
        message["content"] = changed["content"]
    return whole


@given(place=st.sampled_from(PLACES), value=JSON)
def test_a_server_may_say_anything_anywhere(place: str, value: Any) -> None:  # noqa: ANN401
    read = read_response(raw(**{place: value}))
    assert read.text is None or read.text.strip()
    assert min(read.usage.prompt, read.usage.output, read.usage.thoughts, read.usage.cached) >= 0


def test_reasoning_is_counted_once() -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 7},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }
    assert read_response(raw(usage=usage)).usage == Usage(prompt=100, cached=60, output=30, thoughts=20, audio=7)


def test_a_part_is_never_more_than_the_whole() -> None:
    usage = {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 70}}
    assert read_response(raw(usage=usage)).usage == Usage(prompt=10, cached=10, audio=10)


@pytest.mark.parametrize("spoilt", [{"logprob": None}, {"logprob": 0.5}, {"token": 3}, {"logprob": float("nan")}])
def test_a_token_that_cannot_be_read_leaves_none(spoilt: dict[str, Any]) -> None:
    good = {"token": "a", "logprob": -0.1, "top_logprobs": [{"token": "b", "logprob": -9999.0}]}
    assert read_response(raw(logprobs={"content": [good]})).tokens == (Token(b"a", -0.1, ((b"b", -9999.0),)),)
    assert read_response(raw(logprobs={"content": [good, {**good, **spoilt}]})).tokens == ()
    assert read_response(raw(logprobs={"content": [{**good, "top_logprobs": [{**good, **spoilt}]}]})).tokens == ()


def test_bytes_go_before_the_text_of_a_token() -> None:
    torn = {"token": "\ufffd", "bytes": [195], "logprob": -0.1}
    assert read_response(raw(logprobs={"content": [torn]})).tokens[0].data == b"\xc3"
