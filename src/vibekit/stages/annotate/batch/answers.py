"""From a file of a job's answers to one result for every line that was asked; matched by key, never by order."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.annotators.base import Question
from vibekit.core.annotation import Answer, Status, Usage
from vibekit.core.video import Probe, Video
from vibekit.errors import ItemError
from vibekit.stages.annotate.broken import UNUSABLE
from vibekit.stages.annotate.check import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.annotators.base import BatchReply, BatchService, Reply
    from vibekit.core.attribute import Attribute
    from vibekit.formats.batch_events import AskedCall, AskedLine, Intent
    from vibekit.stages.annotate.batch.definitions import Definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """What one line came to.

    Attributes:
        answers: Attribute name -> checked answer, usable or not.
        open: Attributes that are worth asking again.
        reason: Why they are.
        usage: Tokens.
        cost_usd: Money.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    reason: str = ""
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0


@dataclass(slots=True)
class JobAnswers:
    """What a job came to.

    Attributes:
        results: Line key -> result; holds every line that was asked.
        answered: Lines with usable answers to all that they ask.
        failed: Lines with an error, or with an answer that is none.
        missing: Lines of which nothing came back.
        strange: Lines that came back and that nobody asked for, or that cannot be read.
        usage: Tokens.
        cost_usd: Money.
    """

    results: dict[str, LineResult] = field(default_factory=dict)
    answered: int = 0
    failed: int = 0
    missing: int = 0
    strange: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0


def read_job_answers(
    path: Path | None, intent: Intent, *, service: BatchService, definitions: Definitions, missing: str
) -> JobAnswers:
    """Read the answers of a job.

    Args:
        path: The file; None when there is none.
        intent: What was asked.
        service: Reads one line.
        definitions: Of the run.
        missing: What to say about lines of which nothing came back.

    Raises:
        InputError: A definition is missing.
    """
    questions = _questions(intent, definitions)
    found: dict[str, list[BatchReply]] = {}
    out = JobAnswers()
    if path is not None:
        with path.open("rb") as stream:
            for raw in stream:
                reply = service.read(raw, questions, model=intent.model)
                if reply is None or reply.key not in questions:
                    out.strange += 1
                else:
                    found.setdefault(reply.key, []).append(reply)
    for key, question in questions.items():
        result = _result(found.get(key, []), question, missing=missing)
        out.results[key] = result
        out.missing += key not in found
        out.answered += key in found and _usable(result)
        out.failed += key in found and not _usable(result)
        out.usage += result.usage
        out.cost_usd += result.cost_usd
    return out


def attributes_of(call: AskedCall, definitions: Definitions) -> tuple[Attribute, ...]:
    """Return the definitions that a call asks about, in order."""
    return tuple(definitions.get(name, call.definitions[name]) for name in call.keys)


def video_of(call: AskedCall) -> Video:
    """Return as much of a video as an answer is read by: its identity and its length."""
    probe = Probe(container="", duration_s=call.duration_s, video=None, audio=None)
    return Video(path=Path(call.path), video_id=call.video_id, probe=probe)


def _questions(intent: Intent, definitions: Definitions) -> dict[str, Question]:
    return {line.line: _question(call, line, definitions) for call in intent.calls for line in call.asked}


def _question(call: AskedCall, line: AskedLine, definitions: Definitions) -> Question:
    asked = tuple(definitions.get(name, call.definitions[name]) for name in line.names)
    return Question(request_id=line.request_id, video=video_of(call), attributes=asked, sample=line.sample)


def _result(found: list[BatchReply], question: Question, *, missing: str) -> LineResult:
    names = frozenset(a.name for a in question.attributes)
    if not found:
        return LineResult(open=names, reason=missing)
    if len(found) > 1:
        return _conflict(found, names)
    failure = found[0].failure
    if isinstance(failure, ItemError):
        return LineResult(answers=dict.fromkeys(names, Answer(status=Status.ERROR, reason=failure.message)))
    if failure is not None:
        return LineResult(open=names, reason=failure.message)
    reply = found[0].reply
    assert reply is not None
    return _answered(reply, question)


def _answered(reply: Reply, question: Question) -> LineResult:
    answers = checked(reply.answers, question)
    again = frozenset(n for n, a in answers.items() if a.status in UNUSABLE) if reply.retry else frozenset()
    reason = next((answers[n].reason for n in sorted(again)), "")
    return LineResult(answers=answers, open=again, reason=reason, usage=reply.usage, cost_usd=reply.cost_usd)


def _conflict(found: list[BatchReply], names: frozenset[str]) -> LineResult:
    """Take none of several answers under one key: nobody can tell which of them is the question's own."""
    reason = f"{len(found)} answers came back under one key"
    replies = [one.reply for one in found if one.reply is not None]
    return LineResult(
        answers=dict.fromkeys(names, Answer(status=Status.INVALID, reason=reason)),
        open=names,
        reason=reason,
        usage=sum((r.usage for r in replies), Usage()),
        cost_usd=sum(r.cost_usd for r in replies),
    )


def _usable(result: LineResult) -> bool:
    return not result.open and all(a.status is not Status.ERROR for a in result.answers.values())
