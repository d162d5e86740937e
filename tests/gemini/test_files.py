import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.gemini_server import GeminiServer
from vibekit.errors import ItemError, SetupError, TransientError
from vibekit.gemini.client import GeminiClient
from vibekit.gemini.connection import Connection


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiServer]:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "loopback-key")
    with GeminiServer() as server:
        yield server


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "na\nme \udcff.mp4"
    path.write_bytes(bytes(range(256)) * 40_000)
    return path


async def _upload(server: GeminiServer, clip: Path, *, timeout_s: float = 30.0) -> str:
    client = GeminiClient(Connection(base_url=server.url))
    try:
        async with client.uploaded(clip, mime="video/mp4", timeout_s=timeout_s) as file:
            assert len(server.files) == 1
            assert next(iter(server.files.values()))["data"] == clip.read_bytes()
            return file.uri
    finally:
        await client.aclose()


def test_a_file_is_awaited_used_and_deleted(server: GeminiServer, clip: Path) -> None:
    server.polls = 2
    uri = asyncio.run(_upload(server, clip))
    assert uri.startswith(server.url)
    assert [entry["action"] for entry in server.log] == ["upload", "get", "get", "delete"]
    assert server.files == {}


def test_the_name_of_the_file_stays_here(server: GeminiServer, clip: Path) -> None:
    asyncio.run(_upload(server, clip))
    assert "name" not in str(server.log[0]["body"])
    assert not any("file-name" in header.lower() for header in server.log[0]["headers"])


def test_a_file_that_cannot_be_processed_is_final_and_deleted(server: GeminiServer, clip: Path) -> None:
    server.fail_files = True
    with pytest.raises(ItemError, match="no picture"):
        asyncio.run(_upload(server, clip))
    assert server.files == {}


def test_processing_has_a_deadline(server: GeminiServer, clip: Path) -> None:
    server.polls = 10_000
    with pytest.raises(TransientError, match="had not processed"):
        asyncio.run(_upload(server, clip, timeout_s=2.0))
    assert server.files == {}


def test_a_cancelled_use_deletes_too(server: GeminiServer, clip: Path) -> None:
    async def run() -> None:
        client = GeminiClient(Connection(base_url=server.url))
        ready = asyncio.Event()

        async def use() -> None:
            async with client.uploaded(clip, mime="video/mp4"):
                ready.set()
                await asyncio.sleep(3600)

        task = asyncio.create_task(use())
        await ready.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.aclose()

    asyncio.run(run())
    assert server.files == {}


def test_a_wrong_key_stops_before_the_bytes_go(server: GeminiServer, clip: Path) -> None:
    server.valid_keys = {"another"}
    with pytest.raises(SetupError):
        asyncio.run(_upload(server, clip))


def test_a_file_that_is_gone_is_final(server: GeminiServer, tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="cannot be read"):
        asyncio.run(_upload(server, tmp_path / "gone.mp4"))
