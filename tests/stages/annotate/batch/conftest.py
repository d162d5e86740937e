from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.batch_project import KEY, BatchProject
from support.gemini_server import GeminiServer

CLIPS = 10


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        running.batches.polls = 0
        yield running


@pytest.fixture
def project(tmp_path: Path, small_clips: Path, server: GeminiServer, monkeypatch: pytest.MonkeyPatch) -> BatchProject:
    for name in ("GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    return BatchProject(tmp_path, small_clips / "calm.mp4", server, clips=CLIPS)
