"""An annotator of a user's own; tests replace what it does."""

from __future__ import annotations

import json
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from vibekit.annotators.base import AnnotatorInfo, Estimate, Question, Reply
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.annotation import Answer, Status, Usage
from vibekit.core.media import MediaKind, MediaPlan
from vibekit.stages.annotate import AnnotateConfig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from vibekit.core.attribute import Attribute
    from vibekit.core.media import Media
    from vibekit.core.video import Video

OK = Answer(status=Status.OK, label=True, probability=0.9)


class Own:
    """Answers ``answer`` about every attribute; None leaves them out."""

    answer: ClassVar[Answer | None] = OK
    asked: ClassVar[list[str]] = []

    def __init__(self, settings: AnnotatorSettings) -> None:
        self.settings = settings

    @property
    def info(self) -> AnnotatorInfo:
        return AnnotatorInfo(name="own", model="own-1")

    def attribute_settings(self, attribute: Attribute) -> Mapping[str, Any]:  # noqa: ARG002
        return {}

    def check(self) -> None: ...

    def rendered(self, attributes: tuple[Attribute, ...]) -> Mapping[str, str]:  # noqa: ARG002
        return {}

    def plan(self, video: Video, attributes: tuple[Attribute, ...]) -> MediaPlan:  # noqa: ARG002
        return MediaPlan(kind=MediaKind.NONE)

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:  # noqa: ARG002
        return Estimate(usage=Usage(), cost_usd=0.01)

    @asynccontextmanager
    async def attach(self, media: Media) -> AsyncIterator[Media]:
        yield media

    async def ask(self, question: Question, attached: object) -> Reply:  # noqa: ARG002
        self.asked.append(question.video.path.name)
        answers = {} if self.answer is None else {a.name: self.answer for a in question.attributes}
        return Reply(answers=answers, cost_usd=0.01)

    async def aclose(self) -> None: ...


def own_config(folder: Path, clips: Path) -> AnnotateConfig:
    """A command about two videos and two attributes that share a call."""
    (folder / "clips").mkdir()
    for name in ("calm.mp4", "silent.mp4"):
        shutil.copy(clips / name, folder / "clips" / name)
    return AnnotateConfig(
        sources=(str(folder / "clips"),),
        attributes=("calming", "energetic"),
        out=folder / "run",
        annotator="support.own_annotator:Own",
        settings=AnnotatorSettings(),
        attributes_per_call=2,
        workers=1,
    )


def lines(config: AnnotateConfig) -> list[dict[str, Any]]:
    """What was written about it so far."""
    return [json.loads(line) for line in (config.out / "annotations.jsonl").read_text().splitlines()]
