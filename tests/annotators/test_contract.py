"""What every annotator of the table promises."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.gemini_server import GeminiServer
from support.openai_server import OpenAIServer
from support.questions import CALMING, ENERGY, MOOD, a_question, a_video
from vibekit.annotators.base import Annotator, Reply
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.annotators.table import ANNOTATORS, create
from vibekit.core.annotation import Status
from vibekit.core.attribute import Attribute
from vibekit.core.fingerprint import canonical
from vibekit.core.media import Media
from vibekit.core.signals import Measurements

ATTRIBUTES = (CALMING, ENERGY, MOOD)


@pytest.fixture(params=sorted(ANNOTATORS))
def annotator(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Annotator]:
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("GEMINI_API_KEY", "loopback-key")
    source = tmp_path / "source"
    recorded = {"title": "Quiet lake", "attribute": "calming", "response": "not json"}
    source.write_text(json.dumps(recorded) + "\n" if request.param == "replay" else '"*": {calming: true}\n')
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with GeminiServer() as gemini, OpenAIServer() as openai:
        url = openai.url if request.param == "openai" else gemini.url
        yield create(request.param, AnnotatorSettings(base_url=url, source=source))


def _ask(annotator: Annotator, attributes: tuple[Attribute, ...]) -> Reply:
    async def run() -> Reply:
        question = a_question(*attributes)
        media = Media(
            plan=annotator.plan(question.video, attributes),
            data=b"clip",
            measurements=Measurements(values={}, duration_s=6.0, frames=0),
        )
        try:
            async with annotator.attach(media) as attached:
                return await annotator.ask(question, attached)
        finally:
            await annotator.aclose()

    return asyncio.run(run())


def test_every_attribute_has_one_checked_answer(annotator: Annotator) -> None:
    annotator.check()
    reply = _ask(annotator, ATTRIBUTES)
    assert list(reply.answers) == [a.name for a in ATTRIBUTES]
    for attribute in ATTRIBUTES:
        answer = reply.answers[attribute.name]
        assert (answer.label is not None) == (answer.status is Status.OK)
        assert answer.label is None or any(answer.label is a or answer.label == a for a in attribute.allowed)
        assert (answer.reason == "") == (answer.status is Status.OK)
        assert answer.status not in (Status.ERROR, Status.MEDIA_ERROR)


def test_who_answers_is_constant_and_has_no_paths(annotator: Annotator, tmp_path: Path) -> None:
    said = canonical([annotator.info.name, annotator.info.model, annotator.info.prompt, dict(annotator.info.settings)])
    assert str(tmp_path) not in said
    _ask(annotator, (CALMING,))
    assert annotator.info.settings == annotator.info.settings
    assert json.loads(said)[3] == dict(annotator.info.settings)
    canonical([dict(annotator.attribute_settings(a)) for a in ATTRIBUTES])


def test_plans_and_estimates_are_pure(annotator: Annotator) -> None:
    video = a_video("no/such/file.mp4")
    plan = annotator.plan(video, ATTRIBUTES)
    assert plan == annotator.plan(video, ATTRIBUTES)
    assert plan.why
    estimate = annotator.estimate(a_question(*ATTRIBUTES, video=video), plan)
    assert estimate.cost_usd >= 0
    assert estimate.usage.prompt >= 0
