"""``--max-cost`` of an embedder that costs money, against the loopback server."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.embedded import tiny_clips
from support.gemini_server import GeminiServer
from support.own_embedder import PAID
from vibekit.embedders.base import EmbedderSettings
from vibekit.errors import InputError
from vibekit.formats.embeddings import open_embeddings
from vibekit.stages.embed import EmbedConfig, embed
from vibekit.stages.progress import Silent

PRICE = "as_of: 2026-11-21\nmodels:\n  gemini-embedding-2: {in: 1000, out: 0}\n"
"""The server counts 258 tokens a message: 0.258 dollars."""


class Notes(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        """Keep it."""
        self.lines.append(line)


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, server: GeminiServer, monkeypatch: pytest.MonkeyPatch) -> EmbedConfig:
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-loopback-secret-42")
    tiny_clips(tmp_path / "clips", 8)
    (tmp_path / "prices.yaml").write_text(PRICE)
    settings = EmbedderSettings(base_url=server.url, dim=128, frames=1, options={"words": "no"})
    return EmbedConfig(
        sources=(str(tmp_path / "clips"),), out=tmp_path / "e", embedders=("gemini",), settings=settings,
        shard_rows=3, workers=1, prices=tmp_path / "prices.yaml",
    )  # fmt: skip


def test_it_stops_before_the_limit_and_goes_on_with_what_was_paid(config: EmbedConfig, server: GeminiServer) -> None:
    notes = Notes()
    report = embed(replace(config, max_cost_usd=1.4), progress=notes)
    assert report.stopped == "max-cost"
    assert notes.lines == ["8 vectors to be paid for, about $2.0640, as far as the first 3 tell"]
    assert report.cost_usd == pytest.approx(5 * 0.258)
    assert len(server.log) == 5
    # the fourth and fifth are in no shard yet, and are not paid for again
    assert open_embeddings(config.out).rows == 3
    report = embed(config)
    assert (report.stopped, report.ok) == ("", 8)
    assert report.cost_usd == pytest.approx(3 * 0.258)
    assert len(server.log) == 8
    assert (config.out / "paid.bin").stat().st_size == 0


def test_nothing_is_asked_where_the_first_one_is_too_dear(config: EmbedConfig, server: GeminiServer) -> None:
    report = embed(replace(config, max_cost_usd=0.0))
    assert (report.stopped, report.rows, report.cost_usd) == ("max-cost", 0, 0.0)
    assert server.log == []


def test_a_limit_without_a_price_is_refused(config: EmbedConfig, server: GeminiServer) -> None:
    unknown = replace(config, settings=replace(config.settings, model="another"), max_cost_usd=1.0)
    with pytest.raises(InputError, match="needs a price for the model 'another'"):
        embed(unknown)
    own = replace(config, embedders=(PAID,), settings=EmbedderSettings(), max_cost_usd=1.0)
    with pytest.raises(InputError, match="needs a price"):
        embed(own)
    assert server.log == []
