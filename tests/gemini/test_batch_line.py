"""A line of a batch asks what a direct call asks, and is read as a direct answer is read."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from support.gemini_answers import BAD_ANSWERS, message_text, reply
from support.gemini_server import GeminiServer
from vibekit.core.annotation import Usage
from vibekit.core.message import Inline, Text
from vibekit.errors import ItemError, TransientError
from vibekit.gemini.batch_line import read_line, read_row, request_line, request_row
from vibekit.gemini.client import GeminiClient
from vibekit.gemini.connection import Connection
from vibekit.gemini.request import Request, Settings, Uploaded
from vibekit.gemini.response import read_response

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "request_id": {"type": "string"},
        "answers": {
            "type": "object",
            "properties": {"calming": {"properties": {"label": {"type": ["boolean", "null"]}}}},
        },
    },
}
PARTS = (
    Text("request_id: q1\nUnicode: é 漢 \U0001f600"),
    Inline(bytes(range(256)), "image/jpeg"),
    Inline(b"\xff\xfe\xfd", "video/mp4", 2.0, 1.5, 9.0),
    Uploaded("https://h/v1/files/f1", "video/mp4", 1.0),
)
REQUESTS = [
    Request(model="gemini-3.8-flash", system="Judge.", parts=PARTS, schema=SCHEMA),
    Request(
        model="gemini-3.8-flash",
        system="Judge.",
        parts=PARTS[:1],
        schema=SCHEMA,
        settings=Settings(thinking="low", media_resolution="low", temperature=0.0, max_output_tokens=900),
        seed=7,
    ),
]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiServer]:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "loopback-key")
    with GeminiServer() as running:
        yield running


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with keys in one spelling and bytes in one alphabet: the service takes either."""
    if isinstance(value, dict):
        return {re.sub(r"_(\w)", lambda m: m.group(1).upper(), k): _data(k, plain(v)) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def _data(key: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    return base64.urlsafe_b64decode(value.replace("+", "-").replace("/", "_")).hex() if key == "data" else value


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_line_asks_what_a_direct_call_asks(server: GeminiServer, request_: Request) -> None:
    async def ask() -> None:
        client = GeminiClient(Connection(base_url=server.url))
        try:
            await client.generate(request_)
        finally:
            await client.aclose()

    asyncio.run(ask())
    sent = plain(server.bodies[0])
    sent["generationConfig"]["responseJsonSchema"] = server.bodies[0]["generationConfig"]["responseJsonSchema"]
    ours = plain(request_row(request_))
    ours["generationConfig"]["responseJsonSchema"] = dict(request_.schema)
    assert ours == sent


def test_a_line_is_one_line() -> None:
    raw = request_line("k", REQUESTS[0])
    assert raw.count(b"\n") == 1
    assert json.loads(raw)["key"] == "k"


@pytest.mark.parametrize("fault", ["ok", *BAD_ANSWERS])
def test_an_answer_is_read_as_a_direct_one(fault: str) -> None:
    body = request_row(REQUESTS[0])
    raw = reply(body, message_text(body), labels={}, fault=fault)
    raw.setdefault("usageMetadata", {})["promptTokensDetails"] = [{"modality": "AUDIO", "tokenCount": 7}]
    raw["usageMetadata"] |= {"thoughtsTokenCount": 5, "cachedContentTokenCount": 3, "toolUsePromptTokenCount": 1}
    known = {k: v for k, v in raw.items() if k != "candidates" or fault != "unknown_finish"}
    if fault != "unknown_finish":
        sdk = types.GenerateContentResponse.model_validate(known)
        assert read_row(raw) == read_response(sdk)
    assert read_row(raw).usage.audio == 7


@given(st.binary(max_size=60) | JSON.map(lambda v: json.dumps(v).encode()))
def test_no_line_is_too_strange_to_read(raw: bytes) -> None:
    line = read_line(raw)
    assert line is None or isinstance(line.key, str)


@given(JSON, JSON)
def test_no_response_is_too_strange_to_read(candidates: object, usage: object) -> None:
    row = {"key": "k", "response": {"candidates": candidates, "usageMetadata": usage, "promptFeedback": usage}}
    line = read_line(json.dumps(row).encode())
    assert line is not None
    assert line.response is not None
    assert isinstance(line.response.usage, Usage)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 3, "message": "bad"}, ItemError),
        ({"code": 400, "message": "bad"}, ItemError),
        ({"code": 8, "message": "quota"}, TransientError),
        ({"code": 13}, TransientError),
        ({"code": "x", "message": 5}, TransientError),
        ("oops", TransientError),
        (None, TransientError),
    ],
)
def test_an_error_is_final_only_when_the_question_is_wrong(error: object, kind: type[Exception]) -> None:
    line = read_line(json.dumps({"key": "k", "error": error}).encode())
    assert line is not None
    assert line.response is None
    assert isinstance(line.failure, kind)


def test_an_error_beside_a_response_wins() -> None:
    line = read_line(json.dumps({"key": "k", "error": {"code": 13}, "response": {"candidates": []}}).encode())
    assert line is not None
    assert line.response is None
