"""The Batch API over HTTP: jobs are made, found, looked at, cancelled; their answers are fetched whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.gemini_server import GeminiServer
from vibekit.core.batch import BatchState
from vibekit.core.message import Text
from vibekit.errors import ItemError, SetupError, TransientError
from vibekit.gemini.batch_line import request_line
from vibekit.gemini.batches import GeminiBatches, read_job
from vibekit.gemini.client import GeminiClient
from vibekit.gemini.connection import Connection
from vibekit.gemini.request import Request

T = TypeVar("T")
LABEL = {"properties": {"label": {"type": ["boolean", "null"]}}}
SCHEMA: dict[str, Any] = {"properties": {"answers": {"properties": {"calming": LABEL}}}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GeminiServer]:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "loopback-key")
    with GeminiServer() as running:
        yield running


def with_batches(server: GeminiServer, use: Callable[[GeminiBatches], Awaitable[T]]) -> T:
    async def run() -> T:
        client = GeminiClient(Connection(base_url=server.url, timeout_s=5))
        try:
            return await use(client.batches)
        finally:
            await client.aclose()

    return asyncio.run(run())


def questions(folder: Path, n: int = 3) -> Path:
    path = folder / "q.jsonl"
    one = Request(model="m", system="s", parts=(Text("request_id: q\n"),), schema=SCHEMA)
    path.write_bytes(b"".join(request_line(f"k{i}", one) for i in range(n)))
    return path


def test_a_job_from_its_questions_to_its_answers(server: GeminiServer, tmp_path: Path) -> None:
    async def use(batches: GeminiBatches) -> tuple[list[BatchState], str]:
        file = await batches.upload_questions(questions(tmp_path))
        name = await batches.create(model="gemini-3.8-flash", file=file, display_name="mine")
        states = [(await batches.get(name)).state for _ in range(3)]
        job = await batches.get(name)
        await batches.download(job.results, tmp_path / "a" / "answers.jsonl")
        await batches.delete(file)
        await batches.delete("files/gone")
        return states, name

    states, name = with_batches(server, use)
    assert states == [BatchState.RUNNING, BatchState.SUCCEEDED, BatchState.SUCCEEDED]
    rows = [json.loads(line) for line in (tmp_path / "a" / "answers.jsonl").read_text().splitlines()]
    assert {row["key"] for row in rows} == {"k0", "k1", "k2"}
    assert "files/f0" not in server.files
    assert server.batches.jobs[name]["display"] == "mine"


def test_jobs_are_found_by_their_name_on_every_page(server: GeminiServer, tmp_path: Path) -> None:
    server.batches.page_size = 2

    async def use(batches: GeminiBatches) -> list[int]:
        file = await batches.upload_questions(questions(tmp_path))
        for name in ("a", "b", "a", "c", "d"):
            await batches.create(model="m", file=file, display_name=name)
        return [len(await batches.find(name)) for name in ("a", "b", "x")]

    assert with_batches(server, use) == [2, 1, 0]


def test_why_a_job_failed_is_told(server: GeminiServer, tmp_path: Path) -> None:
    server.batches.finals, server.batches.polls = ["FAILED"], 0

    async def use(batches: GeminiBatches) -> tuple[BatchState, str, int | None]:
        name = await batches.create(
            model="m", file=await batches.upload_questions(questions(tmp_path)), display_name=""
        )
        job = await batches.get(name)
        return job.state, job.error, job.requests

    assert with_batches(server, use) == (BatchState.FAILED, "Batch job failed: internal error.", 3)


def test_a_cancelled_job_keeps_what_it_answered(server: GeminiServer, tmp_path: Path) -> None:
    server.batches.finals, server.batches.partial = ["STUCK"], 0.34

    async def use(batches: GeminiBatches) -> tuple[BatchState, str]:
        name = await batches.create(
            model="m", file=await batches.upload_questions(questions(tmp_path)), display_name=""
        )
        await batches.cancel(name)
        await batches.cancel("batches/gone")
        job = await batches.get(name)
        return job.state, job.results

    assert with_batches(server, use) == (BatchState.CANCELLED, "files/batch-b0000")


def test_what_is_not_there_is_final(server: GeminiServer, tmp_path: Path) -> None:
    async def use(batches: GeminiBatches) -> None:
        with pytest.raises(ItemError):
            await batches.get("batches/gone")
        with pytest.raises(ItemError):
            await batches.download("files/gone", tmp_path / "x")

    with_batches(server, use)
    assert not (tmp_path / "x").exists()


def test_a_wrong_key_is_told_and_not_shown(server: GeminiServer) -> None:
    server.valid_keys = {"another"}

    async def use(batches: GeminiBatches) -> None:
        with pytest.raises(SetupError) as caught:
            await batches.create(model="m", file="files/f0", display_name="d")
        assert "loopback-key" not in str(caught.value)

    with_batches(server, use)


def test_a_disk_that_cannot_be_written_is_no_trouble_of_the_network(server: GeminiServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    server.add_file("files/answers", b"x" * 10, mime="")

    async def use(batches: GeminiBatches) -> None:
        with pytest.raises(OSError, match="file"):
            await batches.download("files/answers", tmp_path / "file" / "answers.jsonl")

    with_batches(server, use)


def test_every_type_may_be_refused(server: GeminiServer, tmp_path: Path) -> None:
    server.refuse_mimes = {"application/jsonl", "jsonl", "application/json"}
    assert with_batches(server, lambda b: b.upload_questions(questions(tmp_path))).startswith("files/")
    server.refuse_mimes |= {"text/plain"}
    with pytest.raises((ItemError, TransientError)):
        with_batches(server, lambda b: b.upload_questions(questions(tmp_path)))


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ({}, BatchState.RUNNING),
        ({"metadata": {"state": "JOB_STATE_CANCELLING"}}, BatchState.RUNNING),
        ({"metadata": {"state": "BATCH_STATE_PARTIALLY_SUCCEEDED"}}, BatchState.SUCCEEDED),
        ({"metadata": {"state": "BATCH_STATE_NEW"}, "done": True, "error": {"code": 13}}, BatchState.FAILED),
        (
            {"metadata": {"state": "BATCH_STATE_RUNNING"}, "done": True, "response": {"responsesFile": "f"}},
            BatchState.SUCCEEDED,
        ),
        ({"done": True}, BatchState.FAILED),
    ],
)
def test_states_are_read_with_care(raw: dict[str, Any], state: BatchState) -> None:
    assert read_job(raw).state is state


WORDS = st.sampled_from(
    ["metadata", "state", "error", "done", "response", "responsesFile", "batchStats", "requestCount"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=9,
)


@given(st.dictionaries(WORDS, JSON))
def test_no_job_is_too_strange_to_read(raw: dict[str, Any]) -> None:
    read_job(raw)
