"""An annotator that sees what it is shown: the title, and in the file's name what picture and sound would tell."""

from __future__ import annotations

import shutil
import sys
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from vibekit.annotators.base import AnnotatorInfo, Estimate, Question, Reply
from vibekit.annotators.offline import Offline
from vibekit.annotators.shown import shown, withheld_settings
from vibekit.core.annotation import Answer, ProbabilitySource, Status, Usage
from vibekit.core.attribute import Kind, Modality

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute
    from vibekit.core.media import MediaPlan
    from vibekit.core.video import Video

NAME = "modal_annotator:Modal"


class Modal(Offline):
    """Says true when the first thing it is shown of ``order`` says so; abstains when it is shown none of them.

    ``calm`` in the title, ``pic`` in the file's name (picture) and ``snd`` (sound) say true. Files whose name holds one
    of ``flipped`` get the other label, those of ``blocked`` are refused.
    """

    order: ClassVar[tuple[Modality, ...]] = (Modality.FRAMES, Modality.TEXT, Modality.AUDIO)
    flipped: ClassVar[frozenset[str]] = frozenset()
    blocked: ClassVar[frozenset[str]] = frozenset()
    asked: ClassVar[list[tuple[str, str]]] = []

    def __init__(self, settings: AnnotatorSettings) -> None:
        self.settings = settings

    @property
    def info(self) -> AnnotatorInfo:
        """Who answers, and what is withheld."""
        settings = {"seed": self.settings.seed, **withheld_settings(self.settings.withhold)}
        return AnnotatorInfo(name="modal", model=self.settings.model, settings=settings)

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:  # noqa: ARG002 - the protocol's
        """Cost a cent."""
        return Estimate(usage=Usage(prompt=100), cost_usd=0.01)

    async def ask(self, question: Question, attached: object) -> Reply:  # noqa: ARG002 - the protocol's
        """Look at what is shown."""
        self.asked.extend((question.video.path.name, a.name) for a in question.attributes)
        answers = {a.name: self._answer(question.video, a) for a in question.attributes}
        return Reply(answers=answers, usage=Usage(prompt=100), cost_usd=0.01)

    def _answer(self, video: Video, attribute: Attribute) -> Answer:
        name = video.path.name
        if any(part in name for part in self.blocked):
            return Answer(status=Status.BLOCKED, reason="SAFETY")
        says = {
            Modality.FRAMES: "pic" in name,
            Modality.TEXT: "calm" in video.metadata.title if video.metadata.title else None,
            Modality.AUDIO: "snd" in name if video.probe is not None and video.probe.audio else None,
        }
        there = shown((attribute,), withhold=self.settings.withhold)
        modality = next((m for m in self.order if m in there and says[m] is not None), None)
        if modality is None:
            return Answer(status=Status.ABSTAIN, reason="nothing to see")
        yes = bool(says[modality]) != any(part in name for part in self.flipped)
        label = yes if attribute.kind is Kind.BINARY else attribute.allowed[-1 if yes else 0]
        return Answer(
            status=Status.OK,
            label=label,
            probability=0.9 if yes or attribute.kind is not Kind.BINARY else 0.1,
            probability_source=ProbabilitySource.VERBAL,
            rationale=f"by {modality}: {label}",
        )


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it importable as ``modal_annotator:Modal``, forgetting what it was asked before."""
    module = ModuleType("modal_annotator")
    module.Modal = Modal  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "modal_annotator", module)
    monkeypatch.setattr(Modal, "asked", [])


def write_copies(source: Path, folder: Path, names: list[str]) -> None:
    """Copy a clip under many names, each with other bytes: an empty box of its own at the end, that players skip."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        target = folder / name
        shutil.copy(source, target)
        payload = name.encode()
        with target.open("ab") as stream:
            stream.write((len(payload) + 8).to_bytes(4, "big") + b"free" + payload)
