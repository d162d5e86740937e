"""Answers from a recording: the annotations of an earlier run, or raw texts of a model."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vibekit.annotators.answer import parse_answer
from vibekit.annotators.base import AnnotatorInfo, Question, Reply
from vibekit.annotators.offline import Offline
from vibekit.core.annotation import Answer, Status
from vibekit.core.fingerprint import LENGTH
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.annotations import annotation_at
from vibekit.formats.jsonl import iter_lines

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute
    from vibekit.formats.jsonl import Line

REQUEST_ID = "{request_id}"
"""Stands in a recorded text for the id of whatever request it answers."""

_NAMES = ("video_id", "path", "title")
_KEYS = (*_NAMES, "attribute", "response")
_ANSWERED = (Status.OK, Status.ABSTAIN, Status.BLOCKED, Status.EMPTY, Status.INVALID)
_NO_RECORDING = Answer(status=Status.EMPTY, reason="no recording")


class ReplayAnnotator(Offline):
    """Implements ``vibekit.annotators.base.Annotator``.

    The file has one JSON object a line: an annotation as in ``annotations.jsonl`` (used for the same video, attribute
    and definition), or ``{"title" | "path" | "video_id": ..., "attribute": ..., "response": "text of the model"}``,
    which is read as strictly as a model's own reply. The last line that fits wins, and a response goes before an
    annotation.

    Args:
        settings: ``source`` is the file.

    Raises:
        InputError: No file was given, or a line is neither.
    """

    def __init__(self, settings: AnnotatorSettings) -> None:
        if settings.source is None:
            raise InputError("the replay annotator needs a recording", hint="give --source runs/NAME/annotations.jsonl")
        if not settings.source.is_file():
            raise InputError("no such file", path=settings.source, hint="give --source runs/NAME/annotations.jsonl")
        self._answers: dict[tuple[str, str, str], Answer] = {}
        self._responses: dict[tuple[str, str, str], str] = {}
        for line in iter_lines(settings.source):
            self._record(settings.source, line)
        self._fingerprint = hashlib.sha256(settings.source.read_bytes()).hexdigest()[:LENGTH]

    @property
    def info(self) -> AnnotatorInfo:
        """Who answers."""
        return AnnotatorInfo(name="replay", settings={"recording": self._fingerprint})

    async def ask(self, question: Question, attached: object) -> Reply:  # noqa: ARG002 - the protocol's
        """Look the answers up."""
        return Reply(answers={a.name: self._answer(question, a) for a in question.attributes})

    def _answer(self, question: Question, attribute: Attribute) -> Answer:
        video = question.video
        names = {"video_id": video.video_id or "", "path": video.text_path, "title": video.metadata.title}
        for kind, name in names.items():
            text = self._responses.get((kind, name, attribute.name))
            if text is not None and name:
                return self._read(text, question, attribute)
        said = self._answers.get((video.video_id or "", attribute.name, attribute.fingerprint), _NO_RECORDING)
        if said.label is not None and not attribute.allows(said.label):
            return Answer(status=Status.INVALID, reason="the recorded label is not one of the attribute's")
        return said

    def _read(self, text: str, question: Question, attribute: Attribute) -> Answer:
        one = Question(
            request_id=question.request_id, video=question.video, attributes=(attribute,), sample=question.sample
        )
        whole = text.replace(REQUEST_ID, question.request_id)
        return parse_answer(whole, question=one, duration_s=question.video.duration_s).answers[attribute.name]

    def _record(self, path: Path, line: Line) -> None:
        if "response" not in line.row:
            said = annotation_at(path, line)
            if said.video_id is not None and said.answer.status in _ANSWERED:
                self._answers[(said.video_id, said.attribute, said.definition)] = said.answer
            return
        row = line.row
        unknown = next((key for key in row if key not in _KEYS), None)
        if unknown is not None:
            hint = did_you_mean(unknown, _KEYS)
            raise InputError(f"unknown key '{unknown}'", path=path, line=line.number, hint=hint)
        named = [kind for kind in _NAMES if kind in row]
        if len(named) != 1 or not all(isinstance(row.get(k), str) for k in (*named, "attribute", "response")):
            raise InputError(
                "a recorded response needs one of video_id, path and title, an attribute and a response, all text",
                path=path,
                line=line.number,
            )
        self._responses[(named[0], row[named[0]], row["attribute"])] = row["response"]
