"""What a response of an OpenAI-compatible server means. Only a finished answer is ever read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.annotators.answer import Parsed, parse_answer, refuse_all
from vibekit.annotators.cut import cut_reason
from vibekit.annotators.label_tokens import with_probabilities
from vibekit.core.annotation import Status

if TYPE_CHECKING:
    from vibekit.annotators.base import Question
    from vibekit.openai_compat.response import Response

_FINISHED = ("stop", "eos_token")
"""The second is what older versions of Text Generation Inference say."""
_SHOWN = 200
_THOUGHT = "<think>"
_MEND_THOUGHT = "start the server with its --reasoning-parser, or turn thinking off with --extra-body"


def read_answers(response: Response, question: Question, *, max_output_tokens: int | None) -> Parsed:
    """Turn a response into one outcome per attribute.

    Args:
        response: What came back.
        question: What was asked.
        max_output_tokens: The limit that was sent; with a limit of the user's, a cut answer is not asked for again.
    """
    finish = response.finish
    if response.refusal:
        reason = f"the model refused: {response.refusal[:_SHOWN]}"
        return refuse_all(question, reason=reason, status=Status.BLOCKED, retry=False)
    if finish == "content_filter":
        reason = f"the answer was blocked: {finish}"
        return refuse_all(question, reason=reason, status=Status.BLOCKED, retry=False)
    if finish == "length":
        return refuse_all(question, reason=cut_reason(max_output_tokens), retry=max_output_tokens is None)
    if response.text is None:
        what = "only reasoning and no words" if response.thought else "no words"
        reason = f"the answer holds {what}" + (f" ({finish})" if finish not in ("", *_FINISHED) else "")
        return refuse_all(question, reason=reason, status=Status.EMPTY)
    if finish not in _FINISHED:
        # Also any reason that is not known here: words of an unfinished answer are never read.
        return refuse_all(question, reason=f"the answer did not finish: {finish[:_SHOWN] or 'no finish reason'}")
    if response.text.lstrip().startswith(_THOUGHT):
        return refuse_all(question, reason=f"the answer begins with reasoning ({_THOUGHT}): {_MEND_THOUGHT}")
    parsed = parse_answer(response.text, question=question, duration_s=question.video.duration_s)
    return Parsed(
        with_probabilities(parsed.answers, question.attributes, text=response.text, tokens=response.tokens),
        parsed.retry,
    )
