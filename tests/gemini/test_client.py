import asyncio
import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.gemini_server import GeminiServer
from vibekit.core.message import Inline, Text
from vibekit.errors import ItemError, ServiceError, SetupError, TransientError
from vibekit.gemini.client import GeminiClient
from vibekit.gemini.connection import Connection
from vibekit.gemini.request import Request
from vibekit.gemini.response import Response

KEY = "AIza-loopback-secret-42"
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"answers": {"type": "object", "properties": {}}}}
PARTS = (Text("request_id: a1\n"), Inline(b"x", "video/mp4"))
REQUEST = Request(model="gemini-3.8-flash", system="Judge.", parts=PARTS, schema=SCHEMA)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)


@pytest.fixture(scope="module")
def shared_server() -> Iterator[GeminiServer]:
    with GeminiServer() as server:
        yield server


@pytest.fixture
def server(shared_server: GeminiServer) -> GeminiServer:
    shared_server.faults, shared_server.valid_keys = [], set()
    shared_server.retry_after_s, shared_server.max_in_flight, shared_server.latency_s = 0.0, 0, 0.0
    shared_server.log.clear()
    return shared_server


def ask(connection: Connection, *, times: int = 1) -> list[Response]:
    async def run() -> list[Response]:
        client = GeminiClient(connection)
        try:
            return await asyncio.gather(*(client.generate(REQUEST) for _ in range(times)))
        finally:
            await client.aclose()

    return asyncio.run(run())


def test_an_answer_comes_back_with_its_usage(server: GeminiServer) -> None:
    (response,) = ask(Connection(base_url=server.url))
    assert json.loads(response.text or "")["request_id"] == "a1"
    assert (response.finish, response.block) == ("STOP", "")
    assert (response.usage.prompt > 0, response.usage.output) == (True, 50)


def test_the_environment_gives_the_address(server: GeminiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
    # A shell set up for Vertex AI must not turn the Gemini API into it.
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    ask(Connection())
    assert server.calls[0]["path"] == "/v1/models/gemini-3.8-flash:generateContent"


def test_calls_beyond_the_librarys_own_pool_do_not_wait(server: GeminiServer) -> None:
    server.latency_s = 0.5
    assert len(ask(Connection(base_url=server.url, connections=130, timeout_s=60), times=130)) == 130
    assert server.max_in_flight > 100


@pytest.mark.parametrize(
    ("fault", "kind", "word"),
    [
        ("400", ItemError, ""),
        ("401", SetupError, ""),
        ("403", SetupError, ""),
        ("404", ServiceError, ""),
        ("429", TransientError, "rate_limit"),
        ("429_day", ServiceError, ""),
        ("500", TransientError, "server"),
        ("503", TransientError, "overload"),
        ("reset", TransientError, "network"),
        ("reset_mid", TransientError, "network"),
        ("disconnect", TransientError, "network"),
        ("not_json", TransientError, "server"),
        ("hang", TransientError, "timeout"),
    ],
)
def test_failures_are_sorted_and_sent_once(server: GeminiServer, fault: str, kind: type[Exception], word: str) -> None:
    server.faults, server.retry_after_s = [fault], 3.5
    with pytest.raises(kind) as caught:
        ask(Connection(base_url=server.url, timeout_s=0.7 if fault == "hang" else 30.0))
    assert getattr(caught.value, "kind", "") == word
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert fault != "429" or getattr(caught.value, "retry_after_s", None) == 3.5
    # The server notes a request when it has dealt with it, which may be after the client gave up.
    assert len(server.calls) <= 1


def test_a_wrong_key_is_never_shown(server: GeminiServer, caplog: pytest.LogCaptureFixture) -> None:
    server.valid_keys = {"another"}
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SetupError) as caught:
        ask(Connection(base_url=server.url))
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + caplog.text
    assert KEY not in shown
    assert "API key" in caught.value.message


def test_two_keys_make_no_noise(
    server: GeminiServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "another-key-1")
    ask(Connection(base_url=server.url))
    assert "API_KEY" not in caplog.text


def test_nobody_there_is_a_network_failure() -> None:
    with pytest.raises(TransientError) as caught:
        ask(Connection(base_url="http://127.0.0.1:9"))
    assert caught.value.kind == "network"


def test_vertex_with_a_key_asks_the_publisher_path(server: GeminiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", server.url)
    ask(Connection(vertex=True))
    assert server.calls[0]["path"] == "/v1beta1/publishers/google/models/gemini-3.8-flash:generateContent"


def test_vertex_with_a_project_asks_with_a_token(
    server: GeminiServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(_service_account(tmp_path, server.url)))
    ask(Connection(vertex=True, project="p1", location="europe-west4", base_url=server.url))
    assert server.calls[0]["path"] == (
        "/v1beta1/projects/p1/locations/europe-west4/publishers/google/models/gemini-3.8-flash:generateContent"
    )
    assert server.calls[0]["authorization"] == "Bearer loopback-token"


def test_vertex_without_credentials_says_what_to_type(
    server: GeminiServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(SetupError) as caught:
        ask(Connection(vertex=True, project="p1", base_url=server.url))
    assert "gcloud auth" in caught.value.hint


def _service_account(folder: Path, url: str) -> Path:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "account.json"
    account = {
        "type": "service_account",
        "client_email": "a@b",
        "token_uri": f"{url}/token",
        "private_key": pem.decode(),
    }
    path.write_text(json.dumps(account))
    return path
