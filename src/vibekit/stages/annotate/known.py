"""Replies of other runs: what was paid for once is not asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.annotation import ANSWERED
from vibekit.errors import InputError
from vibekit.formats.cached_reply import CachedReply
from vibekit.formats.response_cache import ResponseCache
from vibekit.formats.response_store import cache_path
from vibekit.stages.annotate.check import checked
from vibekit.stages.annotate.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.annotators.base import AnnotatorInfo, Question, Reply
    from vibekit.core.annotation import Answer
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.annotate.plan import Call
    from vibekit.stages.annotate.spend import Spend


def open_cache(config: AnnotateConfig, info: AnnotatorInfo) -> ResponseCache | None:
    """Open the cache when it is of use: not for answers that cost nothing, and in a dry run only one that is there."""
    if not config.cache or not info.model:
        return None
    if config.dry_run and not _exists():
        return None
    return ResponseCache.open()


def _exists() -> bool:
    try:
        return cache_path().exists()
    except (InputError, OSError):
        return False


def knows(cache: ResponseCache | None, call: Call, *, samples: int) -> bool:
    """Say whether every reply to a call is there."""
    if cache is None or call.plan is None or call.begun:
        return False
    return all(cache.get(call.reply_key(call.question(sample=n))) is not None for n in range(samples))


class Known:
    """The response cache, as far as calls are concerned.

    Args:
        cache: None for none: nothing is known then, and nothing kept.
        info: Who answers.
        spend: Counts what comes from the cache.
    """

    def __init__(self, cache: ResponseCache | None, info: AnnotatorInfo, spend: Spend) -> None:
        self._cache = cache
        self._info = info
        self._spend = spend

    def all_of(self, call: Call, *, samples: int) -> list[Outcome] | None:
        """Return what a call came to in other runs; None unless every sample is there."""
        if self._cache is None or call.plan is None or call.begun:
            return None
        outcomes = [Outcome() for _ in range(samples)]
        before = self._spend.from_cache
        for sample, outcome in enumerate(outcomes):
            if not self.take(call, call.question(sample=sample), outcome):
                self._spend.from_cache = before
                return None
        return outcomes

    def take(self, call: Call, question: Question, outcome: Outcome) -> bool:
        """Put a reply of another run into the outcome, if there is one that answers all that is asked."""
        if self._cache is None:
            return False
        found = self._cache.get(call.reply_key(question))
        if found is None or not {a.name for a in question.attributes} <= found.answers.keys():
            return False
        answers = checked(found.answers, question)
        if any(answer.status not in ANSWERED for answer in answers.values()):
            return False
        outcome.answers.update(answers)
        outcome.cached += 1
        self._spend.from_cache += 1
        return True

    def keep(self, call: Call, question: Question, answers: Mapping[str, Answer], reply: Reply) -> None:
        """Keep a reply for other runs, if it answers all that was asked."""
        if self._cache is None:
            return
        kept = CachedReply(answers=dict(answers), usage=reply.usage, cost_usd=reply.cost_usd)
        self._cache.put(call.reply_key(question), kept, annotator=self._info.name, model=self._info.model)
