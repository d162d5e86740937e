"""Which calls are left to make: keys over everything that can change an answer, and what is sent for each."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vibekit.annotators.base import Question
from vibekit.core.attribute import Modality
from vibekit.core.fingerprint import canonical, fingerprint
from vibekit.core.media import MediaKind
from vibekit.formats.run import RunAttribute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from vibekit.annotators.base import Annotator
    from vibekit.core.attribute import Attribute
    from vibekit.core.media import MediaPlan
    from vibekit.core.video import Video
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.annotate.outcome import Partial

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
        shown: Hash over everything that can change a reply to any question about the video but the definitions.
        begun: Sample -> what was answered already; nothing for a call that is asked for the first time.
    """

    video: Video
    attributes: tuple[Attribute, ...]
    keys: dict[str, str]
    plan: MediaPlan | None
    shown: str = ""
    begun: Mapping[int, Partial] = field(default_factory=dict)

    def question(self, names: frozenset[str] | None = None, *, sample: int = 0) -> Question:
        """Return the question about all attributes of the call, or about those named."""
        asked = tuple(a for a in self.attributes if names is None or a.name in names)
        words = canonical([self.keys[a.name] for a in asked])
        request_id = hashlib.sha256(words.encode()).hexdigest()[:REQUEST_ID_LENGTH]
        return Question(request_id=request_id, video=self.video, attributes=asked, sample=sample)

    def reply_key(self, question: Question) -> str:
        """Return the key of one reply across runs: other attributes of the call and other samples do not enter it."""
        words = canonical([self.shown, [(a.name, a.fingerprint) for a in question.attributes], question.sample])
        return hashlib.sha256(words.encode()).hexdigest()[:KEY_LENGTH]


@dataclass(slots=True, kw_only=True)
class Plan:
    """What a command has to do, as far as its files were read.

    Attributes:
        keys: (text path, attribute name) -> key, for every file and attribute of the command.
        answered: Questions that need no asking.
        held: Questions that batch jobs have.
        asked: Attribute name -> questions that are left to ask.
    """

    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    answered: int = 0
    held: int = 0
    asked: Counter[str] = field(default_factory=Counter)


class Planner:
    """Knows what enters the key of an answer.

    Attributes:
        groups: The attributes that share a call.
    """

    def __init__(self, config: AnnotateConfig, annotator: Annotator, attributes: tuple[Attribute, ...]) -> None:
        self._annotator = annotator
        self._config = config
        self._known: dict[tuple[str, ...], dict[str, str]] = {}
        self._services: dict[tuple[str, ...], str] = {}
        self.groups = groups_of(attributes, config.attributes_per_call)

    def add(
        self,
        video: Video,
        plan: Plan,
        *,
        finished: Callable[[str], bool],
        held: Callable[[str], bool] = lambda _: False,
    ) -> list[Call]:
        """Take a file up into a plan, and return what is left to ask about it.

        Args:
            video: The next file, in the order in which they are to be asked about.
            plan: Changed in place.
            finished: True for a key that has an answer.
            held: True for a key whose answer a batch job owes.
        """
        of_video = [self._call(video, group) for group in self.groups]
        for call in of_video:
            plan.keys.update({(video.text_path, name): key for name, key in call.keys.items()})
        if video.duplicate_of:
            return []
        open_calls = [_without(call, finished) for call in of_video]
        plan.answered += sum(len(c.attributes) for c in of_video) - sum(len(c.attributes) for c in open_calls)
        left = [_without(call, held) for call in open_calls]
        plan.held += sum(len(c.attributes) for c in open_calls) - sum(len(c.attributes) for c in left)
        open_calls = [call for call in left if call.attributes]
        asked = [a.name for call in open_calls for a in call.attributes]
        plan.asked.update(asked)
        return open_calls

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
        return Call(video=video, attributes=group, plan=plan, keys=keys, shown=self._shown(group, own))

    def _shown(self, group: tuple[Attribute, ...], own: str) -> str:
        names = tuple(a.name for a in group)
        if names not in self._services:
            info = self._annotator.info
            weights = {a.name: dict(self._annotator.attribute_settings(a)) for a in group}
            asked = [info.name, info.model, info.prompt, info.address, dict(info.settings)]
            self._services[names] = canonical([*asked, {n: w for n, w in weights.items() if w}])
        return hashlib.sha256(f"{self._services[names]}{own}".encode()).hexdigest()

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
    return replace(call, attributes=left)


def changes(before: RunAttribute, now: RunAttribute) -> list[str]:
    """Name the parts of a recipe that changed, for people."""
    return [
        f"{name} {before.parts.get(name) or 'none'} -> {value or 'none'}"
        for name, value in now.parts.items()
        if before.parts.get(name) != value
    ]
