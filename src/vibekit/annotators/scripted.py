"""Answers by a rule from a file: for tests, demos and trying a set-up out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.annotators.answer import contradicts
from vibekit.annotators.base import AnnotatorInfo, Question, Reply
from vibekit.annotators.offline import Offline
from vibekit.core.annotation import Answer, ProbabilitySource, Status
from vibekit.core.fingerprint import fingerprint
from vibekit.errors import InputError
from vibekit.formats import strict_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute, Label
    from vibekit.core.video import Video
    from vibekit.formats.strict_yaml import Node

ANY = "*"
_MAX_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class _Said:
    """One scripted answer and where it is written."""

    node: Node
    label: Label | None
    probability: float | None
    rationale: str


class ScriptedAnnotator(Offline):
    """Implements ``vibekit.annotators.base.Annotator``.

    The file (YAML or JSON) maps a piece of a title or of a path to answers, ``*`` stands for every other video::

        Quiet lake: {calming: true, energy_level: 2}
        party.mp4: {calming: {label: false, probability: 0.1, rationale: loud}}
        "*": {calming: null}

    Where several pieces fit, the longest one answers. An attribute that the piece does not name is not answered.

    Args:
        settings: ``source`` is the file.

    Raises:
        InputError: No file was given, or it is not a script.
    """

    def __init__(self, settings: AnnotatorSettings) -> None:
        if settings.source is None:
            raise InputError("the scripted annotator needs a file", hint="give --source FILE")
        root = strict_yaml.read(settings.source, max_bytes=_MAX_BYTES)
        entries = [(key.text(), _answers(value)) for key, value in root.pairs()]
        # The longest piece first: it says most about the video.
        self._script = sorted(entries, key=lambda entry: (entry[0] == ANY, -len(entry[0])))
        self._fingerprint = fingerprint(root.value())

    @property
    def info(self) -> AnnotatorInfo:
        """Who answers."""
        return AnnotatorInfo(name="scripted", settings={"script": self._fingerprint})

    async def ask(self, question: Question, attached: object) -> Reply:  # noqa: ARG002 - the protocol's
        """Look the answers up.

        Raises:
            InputError: The script has a label that the attribute does not allow.
        """
        said = self._said(question.video)
        return Reply(answers={a.name: _answer(said.get(a.name), a) for a in question.attributes})

    def _said(self, video: Video) -> Mapping[str, _Said]:
        texts = (video.metadata.title, video.text_path)
        return next((said for piece, said in self._script if piece == ANY or any(piece in t for t in texts)), {})


def _answers(node: Node) -> dict[str, _Said]:
    return {name: _read(value) for name, value in node.mapping().items()}


def _read(node: Node) -> _Said:
    if node.kind != "mapping":
        return _Said(node, _label(node), None, "")
    fields = node.mapping(("label", "probability", "rationale"), required=("label",))
    probability = fields.get("probability")
    return _Said(
        node,
        _label(fields["label"]),
        None if probability is None else probability.number(minimum=0, maximum=1),
        fields["rationale"].text(empty=True) if "rationale" in fields else "",
    )


def _label(node: Node) -> Label | None:
    value = node.scalar()
    if isinstance(value, float):
        raise node.error("a label is true, false, a whole number, text or null")
    return value


def _answer(said: _Said | None, attribute: Attribute) -> Answer:
    if said is None:
        return Answer(status=Status.EMPTY, reason="the script has no answer")
    if said.label is None:
        return Answer(status=Status.ABSTAIN, rationale=said.rationale, reason="scripted")
    if not attribute.allows(said.label):
        allowed = ", ".join(str(a).lower() if isinstance(a, bool) else str(a) for a in attribute.allowed)
        raise said.node.error(f"the label of '{attribute.name}' must be one of {allowed}, or null")
    probability = said.probability
    if probability is not None and contradicts(attribute, said.label, probability):
        raise said.node.error(f"the label contradicts the probability {probability:g}: it is P({attribute.name})")
    return Answer(
        status=Status.OK,
        label=said.label,
        probability=probability if probability is not None else _sure(said.label),
        probability_source=ProbabilitySource.VERBAL,
        rationale=said.rationale,
    )


def _sure(label: Label) -> float:
    return 0.0 if label is False else 1.0
