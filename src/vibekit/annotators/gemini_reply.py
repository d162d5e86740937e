"""What a response of Gemini means: an answer, a refusal, or nothing usable. Only a finished answer is ever read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.annotators.answer import Parsed, parse_answer, refuse_all
from vibekit.annotators.cut import cut_reason
from vibekit.core.annotation import Status

if TYPE_CHECKING:
    from vibekit.annotators.base import Question
    from vibekit.gemini.response import Response

_BLOCKED = {
    "SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "MODEL_ARMOR", "JAILBREAK", "ESCALATION",
    "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
}  # fmt: skip
_RECITED = {"RECITATION", "IMAGE_RECITATION"}
_MALFORMED = {"MALFORMED_RESPONSE", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"}
_FINISHED = "STOP"


def read_answers(response: Response, question: Question, *, max_output_tokens: int | None) -> Parsed:
    """Turn a response into one outcome per attribute.

    Args:
        response: What came back.
        question: What was asked.
        max_output_tokens: The limit that was sent; with a limit of the user's, a cut answer is not asked for again.
    """
    finish = response.finish
    if response.block:
        return _blocked(question, f"the prompt was blocked: {response.block}")
    if finish in _BLOCKED:
        return _blocked(question, f"the answer was blocked: {finish}")
    if finish in _RECITED:
        return _blocked(question, f"the answer was blocked: {finish}", retry=True)
    if finish == "MAX_TOKENS":
        return refuse_all(question, reason=cut_reason(max_output_tokens), retry=max_output_tokens is None)
    if finish in _MALFORMED:
        return refuse_all(question, reason=f"the model wrote no proper answer: {finish}")
    if response.text is None:
        what = "only a thought and no words" if response.thought else "no words"
        reason = f"the answer holds {what}" + (f" ({finish})" if finish not in ("", _FINISHED) else "")
        return refuse_all(question, reason=reason, status=Status.EMPTY)
    if finish != _FINISHED:
        # Also any reason that is newer than this list: words of an unfinished answer are never read.
        return refuse_all(question, reason=f"the answer did not finish: {finish or 'no finish reason'}")
    return parse_answer(response.text, question=question, duration_s=question.video.duration_s)


def _blocked(question: Question, reason: str, *, retry: bool = False) -> Parsed:
    return refuse_all(question, reason=reason, status=Status.BLOCKED, retry=retry)
