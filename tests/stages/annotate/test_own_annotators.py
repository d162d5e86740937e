"""A user's own annotator that breaks its promises never makes a label, and a rerun with a good one mends the run."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from support.own_annotator import OK, Own, lines, own_config
from vibekit.annotators.base import Question, Reply
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.annotation import Answer, Evidence, Status
from vibekit.errors import ServiceError, TransientError
from vibekit.stages.annotate import AnnotateConfig, annotate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from vibekit.core.media import Media

BROKEN: dict[str, Answer | None] = {
    "no answer at all": None,
    "ok without a label": replace(OK, label=None),
    "a label that is not allowed": replace(OK, label="banana"),
    "one instead of true": replace(OK, label=1),
    "an abstention with a label": replace(OK, status=Status.ABSTAIN),
    "a probability that is no number": replace(OK, probability=float("nan")),
    "a probability above one": replace(OK, probability=7.0),
}


@pytest.fixture
def config(tmp_path: Path, small_clips: Path, monkeypatch: pytest.MonkeyPatch) -> AnnotateConfig:
    monkeypatch.setattr(Own, "asked", [])
    return own_config(tmp_path, small_clips)


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_promise_is_an_invalid_row_that_is_paid_for_and_asked_again(
    config: AnnotateConfig, answer: Answer | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Own, "answer", answer)
    report = annotate(config)
    assert {(line["status"], line["label"], line["probability"]) for line in lines(config)} == {("invalid", None, None)}
    assert len(report.failures) == 4
    assert report.spent_usd == pytest.approx(0.02)
    monkeypatch.setattr(Own, "answer", OK)
    mended = annotate(config)
    assert mended.failures == ()
    assert mended.attributes["calming"].labels == {"true": 2}
    assert mended.run_cost_usd == pytest.approx(0.04)


def test_a_file_that_changes_before_it_is_asked_about_gets_no_label(
    config: AnnotateConfig, small_clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changing = Path(config.sources[0]) / "silent.mp4"

    @asynccontextmanager
    async def attach(self: Own, media: Media) -> AsyncIterator[Media]:  # noqa: ARG001
        # the videos are taken up in order, so this is before the second one's turn
        if media.path.endswith("calm.mp4"):
            shutil.copyfile(small_clips / "busy.mp4", changing)
        yield media

    monkeypatch.setattr(Own, "attach", attach)
    report = annotate(config)
    assert report.attributes["calming"].statuses == {"ok": 1, "media_error": 1}
    again = annotate(config)
    assert again.attributes["calming"].statuses == {"ok": 2}
    assert len({line["video_id"] for line in lines(config) if line["label"] is True}) == 2


def test_text_that_no_file_can_hold_is_cleaned_and_odd_evidence_dropped(
    config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = (Evidence(start_s=float("nan"), end_s=1.0, what="x"), Evidence(start_s=0.0, end_s=1.0, what="b\ud800"))
    monkeypatch.setattr(Own, "answer", replace(OK, rationale="x\ud800y", evidence=evidence))
    annotate(config)
    assert {line["rationale"] for line in lines(config)} == {"x?y"}
    assert {line["evidence_dropped"] for line in lines(config)} == {1}
    assert pq.read_table(config.out / "annotations.parquet").num_rows == 4


def test_samples_are_paid_for_together_or_not_at_all(config: AnnotateConfig) -> None:
    stopped = annotate(replace(config, samples=5, max_cost_usd=0.07))
    assert (stopped.stopped, stopped.requests) == ("max-cost", 5)
    assert stopped.spent_usd == stopped.run_cost_usd == pytest.approx(0.05)
    assert {line["label"] for line in lines(config)} == {True}
    rest = annotate(replace(config, samples=5))
    assert rest.requests == 5
    assert rest.run_cost_usd == pytest.approx(0.10)


def test_money_spent_on_samples_before_the_service_gave_up_stays_in_the_books(
    config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(self: Own, question: Question, attached: object) -> Reply:  # noqa: ARG001
        if question.sample == 2:
            raise ServiceError("no such model")
        return Reply(answers={a.name: OK for a in question.attributes}, cost_usd=0.01)

    monkeypatch.setattr(Own, "ask", ask)
    with pytest.raises(ServiceError):
        annotate(replace(config, samples=3, concurrency=1))
    run = json.loads((config.out / "run.json").read_text())
    assert run["status"] == "interrupted"
    assert run["cost_usd"] == run["spent_usd"] > 0
    assert {line["status"] for line in lines(config)} == {"error"}


def test_what_an_annotator_throws_is_the_failure_of_its_video(
    config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(self: Own, question: Question, attached: object) -> Reply:  # noqa: ARG001
        if question.video.path.name == "calm.mp4":
            raise ValueError("cannot read this one")
        return Reply(answers={a.name: OK for a in question.attributes})

    monkeypatch.setattr(Own, "ask", ask)
    report = annotate(config)
    assert report.attributes["calming"].statuses == {"error": 1, "ok": 1}
    assert "ValueError: cannot read this one" in report.failures[0].reason


def test_an_annotator_that_never_answers_is_given_up(config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(self: Own, question: Question, attached: object) -> Reply:  # noqa: ARG001
        await asyncio.sleep(3600)
        raise AssertionError

    monkeypatch.setattr(Own, "ask", ask)
    report = annotate(replace(config, settings=AnnotatorSettings(timeout_s=0.05), max_attempts=1))
    assert report.attributes["calming"].statuses == {"error": 2}
    assert "no answer within" in report.failures[0].reason


def test_a_failure_while_cleaning_up_loses_no_answer(config: AnnotateConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def attach(self: Own, media: Media) -> AsyncIterator[Media]:  # noqa: ARG001
        yield media
        raise TransientError("server", "cannot delete the upload")

    monkeypatch.setattr(Own, "attach", attach)
    assert annotate(config).attributes["calming"].labels == {"true": 2}
