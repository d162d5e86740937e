"""Which calls are left to make: keys over everything that can change an answer, and what is sent for each."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from vibekit.annotators.base import Question
from vibekit.core.attribute import Modality
from vibekit.core.fingerprint import canonical, fingerprint
from vibekit.core.media import MediaKind
from vibekit.formats.run import RunAttribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vibekit.annotators.base import Annotator
    from vibekit.core.attribute import Attribute
    from vibekit.core.media import MediaPlan
    from vibekit.core.video import Video
    from vibekit.stages.annotate.config import AnnotateConfig

KEY_LENGTH = 32
"""Hex digits of a key (128 bits: no two questions of any run share one)."""

REQUEST_ID_LENGTH = 12
"""Hex digits that an answer must echo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One question that is left to ask.

    Attributes:
        video: What is judged.
        attributes: What is asked.
        keys: Attribute name -> key of its answer.
        plan: What is sent; None when nothing can be taken from the file.
    """

    video: Video
    attributes: tuple[Attribute, ...]
    keys: dict[str, str]
    plan: MediaPlan | None

    def question(self, names: frozenset[str] | None = None, *, sample: int = 0) -> Question:
        """Return the question about all attributes of the call, or about those named."""
        asked = tuple(a for a in self.attributes if names is None or a.name in names)
        words = canonical([self.keys[a.name] for a in asked])
        request_id = hashlib.sha256(words.encode()).hexdigest()[:REQUEST_ID_LENGTH]
        return Question(request_id=request_id, video=self.video, attributes=asked, sample=sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a command has to do.

    Attributes:
        keys: (text path, attribute name) -> key, for every file and attribute of the command.
        calls: What is left to ask, grouped by video in the user's order.
        answered: Questions that need no asking.
    """

    keys: dict[tuple[str, str], str]
    calls: list[list[Call]]
    answered: int


class Planner:
    """Knows what enters the key of an answer.

    Attributes:
        groups: The attributes that share a call.
    """

    def __init__(self, config: AnnotateConfig, annotator: Annotator, attributes: tuple[Attribute, ...]) -> None:
        self._annotator = annotator
        self._config = config
        self._known: dict[tuple[str, ...], dict[str, str]] = {}
        self.groups = groups_of(attributes, config.attributes_per_call)

    def plan(self, videos: Iterable[Video], *, finished: Callable[[str], bool]) -> Plan:
        """Return what is left to ask.

        Args:
            videos: Every file, in the order in which they are to be asked about.
            finished: True for a key that has an answer.
        """
        keys: dict[tuple[str, str], str] = {}
        calls: list[list[Call]] = []
        answered = 0
        for video in videos:
            of_video = [self._call(video, group) for group in self.groups]
            for call in of_video:
                keys.update({(video.text_path, name): key for name, key in call.keys.items()})
            if video.duplicate_of:
                continue
            left = [_without(call, finished) for call in of_video]
            open_calls = [call for call in left if call.attributes]
            answered += sum(len(c.attributes) for c in of_video) - sum(len(c.attributes) for c in open_calls)
            if open_calls:
                calls.append(open_calls)
        return Plan(keys=keys, calls=calls, answered=answered)

    def recipe(self, attribute: Attribute) -> RunAttribute:
        """Return what the answers about an attribute are made with, part by part."""
        info = self._annotator.info
        group = next(g for g in self.groups if attribute in g)
        parts: dict[str, Any] = {
            "definition": attribute.fingerprint,
            "annotator": info.name,
            "model": info.model,
            "prompt": info.prompt,
            "settings": fingerprint(
                [dict(info.settings), dict(self._annotator.attribute_settings(attribute)), self._config.samples]
            ),
            "sampling": self._sampling(),
            "asked together": fingerprint([a.fingerprint for a in group]) if len(group) > 1 else "",
        }
        return RunAttribute(
            fingerprint=attribute.fingerprint,
            version=attribute.version,
            kind=str(attribute.kind),
            recipe=fingerprint(parts),
            parts=parts,
        )

    def _sampling(self) -> str:
        if not self._annotator.info.model:
            return ""
        s = self._config.settings
        return fingerprint([s.media, asdict(s.sampling), s.fps, s.audio, s.decoder])

    def _call(self, video: Video, group: tuple[Attribute, ...]) -> Call:
        plan = None if video.problem or video.video_id is None else self._annotator.plan(video, group)
        shared = self._shared(group)
        own = canonical(
            {
                # a file that cannot be read has no identity but its name
                "video": video.video_id or f"path:{video.text_path}",
                "metadata": video.metadata.fingerprint if self._reads(group, plan) else "",
                "media": plan.answering() if plan else "",
            }
        )
        keys = {
            a.name: hashlib.sha256(f"{a.name}{shared[a.name]}{own}".encode()).hexdigest()[:KEY_LENGTH] for a in group
        }
        return Call(video=video, attributes=group, plan=plan, keys=keys)

    def _reads(self, group: tuple[Attribute, ...], plan: MediaPlan | None) -> bool:
        """Say whether words about the video can shape the answer: measurements alone do not read."""
        text = any(Modality.TEXT in a.modalities for a in group)
        return text and plan is not None and plan.kind is not MediaKind.SIGNALS

    def _shared(self, group: tuple[Attribute, ...]) -> dict[str, str]:
        """Return, for each attribute of a group, the part of the key that is the same for all videos."""
        names = tuple(a.name for a in group)
        if names not in self._known:
            info = self._annotator.info
            parts = {
                "definitions": [a.fingerprint for a in group],
                "annotator": info.name,
                "model": info.model,
                "prompt": info.prompt,
                "settings": dict(info.settings),
                "samples": self._config.samples,
            }
            weights = {a.name: dict(self._annotator.attribute_settings(a)) for a in group}
            self._known[names] = {name: fingerprint([parts, weights[name]]) for name in names}
        return self._known[names]


def groups_of(attributes: Iterable[Attribute], size: int) -> list[tuple[Attribute, ...]]:
    """Cut attributes into groups of at most ``size`` that look at the same things: they can share what is sent."""
    alike: dict[frozenset[Modality], list[Attribute]] = {}
    for attribute in sorted(attributes, key=lambda a: a.name):
        alike.setdefault(frozenset(attribute.modalities), []).append(attribute)
    return [tuple(some[i : i + size]) for some in alike.values() for i in range(0, len(some), size)]


def _without(call: Call, finished: Callable[[str], bool]) -> Call:
    """Return the call about those attributes only that have no answer yet; their keys stay as they are."""
    left = tuple(a for a in call.attributes if not finished(call.keys[a.name]))
    return Call(video=call.video, attributes=left, plan=call.plan, keys=call.keys)


def changes(before: RunAttribute, now: RunAttribute) -> list[str]:
    """Name the parts of a recipe that changed, for people."""
    return [
        f"{name} {before.parts.get(name) or 'none'} -> {value or 'none'}"
        for name, value in now.parts.items()
        if before.parts.get(name) != value
    ]
