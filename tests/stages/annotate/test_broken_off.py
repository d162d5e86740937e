"""Whatever ends a command early, what was paid for stays: as answers, and in the books."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.own_annotator import OK, Own, lines, own_config
from vibekit.annotators.base import Estimate, Question, Reply
from vibekit.concurrency.governor import Governor
from vibekit.concurrency.limiter import Limiter
from vibekit.core.annotation import Answer, Status, Usage
from vibekit.core.media import Media, MediaKind, MediaPlan
from vibekit.errors import InputError, InterruptedRun, ServiceError, TransientError
from vibekit.stages.annotate import AnnotateConfig, annotate
from vibekit.stages.annotate.media import UPLOAD_BYTES, expected_bytes
from vibekit.stages.annotate.silence import SILENT_AFTER, Silence
from vibekit.stages.annotate.stop import Stop, until

if TYPE_CHECKING:
    from vibekit.stages.annotate.plan import Call

INVALID = Answer(status=Status.INVALID, reason="no label")
HALF = Reply(answers={"calming": OK, "energetic": INVALID}, cost_usd=0.01, retry=True)
"""One of two attributes is answered; the other one is asked again."""
SPENT = TransientError("rate_limit", "too many", retry_after_s=9999.0)
"""Nobody waits for so long."""


@pytest.fixture
def config(tmp_path: Path, small_clips: Path, monkeypatch: pytest.MonkeyPatch) -> AnnotateConfig:
    monkeypatch.setattr(Own, "asked", [])
    return own_config(tmp_path, small_clips)


def run_json(config: AnnotateConfig) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((config.out / "run.json").read_text())
    return content


def statuses(config: AnnotateConfig) -> dict[str, str]:
    return {line["attribute"]: line["status"] for line in lines(config)}


def test_an_answer_beside_one_that_is_asked_again_outlives_an_error_of_the_run(
    config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(self: Own, question: Question, attached: object) -> Reply:  # noqa: ARG001
        if len(question.attributes) == 2:
            return HALF
        raise ServiceError("the quota of today is used up")

    monkeypatch.setattr(Own, "ask", ask)
    with pytest.raises(ServiceError):
        annotate(replace(config, limit=1))
    assert {(line["attribute"], line["status"]) for line in lines(config)} == {
        ("calming", "ok"),
        ("energetic", "error"),
    }
    assert run_json(config)["cost_usd"] == run_json(config)["spent_usd"] == pytest.approx(0.01)


def test_the_second_ctrl_c_keeps_what_was_answered_and_what_it_cost(
    config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(self: Own, question: Question, attached: object) -> Reply:  # noqa: ARG001
        if len(question.attributes) == 2:
            return HALF
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0.05)
        await asyncio.sleep(3600)
        raise AssertionError

    monkeypatch.setattr(Own, "ask", ask)
    with pytest.raises(InterruptedRun):
        annotate(replace(config, limit=1))
    assert {(line["attribute"], line["status"]) for line in lines(config)} == {
        ("calming", "ok"),
        ("energetic", "error"),
    }
    assert run_json(config)["cost_usd"] == run_json(config)["spent_usd"] == pytest.approx(0.01)


def test_samples_that_are_known_from_another_run_need_no_money(config: AnnotateConfig) -> None:
    assert annotate(replace(config, samples=3)).requests == 6
    none = annotate(replace(config, samples=5, max_cost_usd=0.0))
    assert (none.stopped, none.requests, len(lines(config))) == ("max-cost", 0, 4)
    rest = annotate(replace(config, samples=5, max_cost_usd=0.045))
    assert (rest.stopped, rest.requests, rest.from_cache) == ("", 4, 6)


@pytest.mark.parametrize("cost_usd", [float("nan"), float("inf"), -1.0])
def test_money_that_is_none_is_not_counted(
    config: AnnotateConfig, cost_usd: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(self: Own, question: Question, attached: object) -> Reply:  # noqa: ARG001
        return Reply(answers={a.name: OK for a in question.attributes}, cost_usd=cost_usd)

    monkeypatch.setattr(Own, "ask", ask)
    report = annotate(replace(config, max_cost_usd=1.0))
    assert report.attributes["calming"].statuses == {"error": 2}
    assert "its answer cost" in report.failures[0].reason
    assert run_json(config)["spent_usd"] == 0


def test_what_an_annotator_throws_while_it_attaches_is_the_failure_of_its_video(
    config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def attach(self: Own, media: Media) -> AsyncIterator[Media]:  # noqa: ARG001
        if media.path.endswith("calm.mp4"):
            raise ValueError("cannot read this one")
        yield media

    monkeypatch.setattr(Own, "attach", attach)
    assert annotate(config).attributes["calming"].statuses == {"error": 1, "ok": 1}


def test_a_service_that_only_refuses_ends_the_run_and_not_every_row(
    config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(self: Own, question: Question, attached: object) -> Reply:  # noqa: ARG001
        raise SPENT

    monkeypatch.setattr(Own, "ask", ask)
    with pytest.raises(ServiceError, match="no reply to 5 questions one after the other: too many"):
        annotate(replace(config, samples=SILENT_AFTER))
    rates = run_json(config)["rates"]
    assert rates["refused"] >= SILENT_AFTER
    assert rates["latency_s"] == {"median": None, "p95": None}


def test_a_service_that_did_answer_may_be_silent_for_a_while() -> None:
    patient, impatient = Silence(silent_s=3600.0), Silence(silent_s=0.0)
    patient.replied()
    impatient.replied()
    for _ in range(SILENT_AFTER - 1):
        impatient.given_up(SPENT)
    impatient.replied()
    for _ in range(SILENT_AFTER - 1):
        patient.given_up(SPENT)
        impatient.given_up(SPENT)
    patient.given_up(SPENT)
    with pytest.raises(ServiceError):
        impatient.given_up(SPENT)


def test_who_is_cancelled_while_he_waits_for_a_file_leaves_nothing_running() -> None:
    async def calls() -> AsyncGenerator[list[Call]]:
        await asyncio.sleep(3600)
        yield []

    async def take() -> None:
        async with aclosing(calls()) as source, aclosing(until(Stop(Limiter(Governor(1))), source)) as groups:
            async for _ in groups:
                raise AssertionError

    async def main() -> None:
        taking = asyncio.create_task(take())
        await asyncio.sleep(0.01)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_limit_on_money_needs_a_price_also_when_the_first_files_are_answered(
    config: AnnotateConfig, small_clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def estimate(self: Own, question: Question, plan: MediaPlan) -> Estimate:  # noqa: ARG001
        return Estimate(usage=Usage(), cost_usd=0.0)

    monkeypatch.setattr(Own, "estimate", estimate)
    source = (small_clips / "calm.mp4").read_bytes()
    for n in range(260):
        (Path(config.sources[0]) / f"a{n:03}.mp4").write_bytes(source + b"\x00\x00\x00\x0cfree" + n.to_bytes(4))
    assert annotate(replace(config, limit=256)).requests == 256
    with pytest.raises(InputError, match="needs a price"):
        annotate(replace(config, max_cost_usd=0.01))
    assert len(Own.asked) == 256


def test_a_file_that_is_uploaded_is_not_held_in_memory(config: AnnotateConfig) -> None:
    from vibekit.core.video import Video

    video = Video(path=Path("long.mp4"), video_id="0" * 32, bytes=900_000_000)
    plan = MediaPlan(kind=MediaKind.VIDEO)
    limit = config.settings.inline_limit_bytes
    assert expected_bytes(video, plan, inline_bytes=limit) == UPLOAD_BYTES
    assert expected_bytes(replace(video, bytes=limit), plan, inline_bytes=limit) == limit
