"""Replies to keep, and programs that keep them in processes of their own."""

from __future__ import annotations

from vibekit.core.annotation import Answer, Evidence, ProbabilitySource, Status, Usage
from vibekit.formats.cached_reply import CachedReply

KEEP_FOR_EVER = """
import hashlib, sys
from pathlib import Path
from support.cached import reply
from vibekit.formats.response_cache import ResponseCache
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
cache = ResponseCache.open(path)
for n in range(count):
    key = hashlib.sha256(f"{name}{n}".encode()).hexdigest()[:32]
    kept = cache.put(key, reply(why=f"{name} {n}"), annotator="gemini", model=name)
    print(key if kept else cache.warnings, flush=True)
cache.close()
print(cache.warnings, flush=True)
"""
"""Arguments: the file, a name, how many. Prints each key as soon as it is kept, and the warnings at the end."""


def reply(*, label: bool | int | str | None = True, why: str = "Still water.", cost_usd: float = 0.004) -> CachedReply:
    """A reply about ``calming``: with a label, or abstaining when there is none."""
    answer = Answer(
        status=Status.OK if label is not None else Status.ABSTAIN,
        label=label,
        probability=0.9 if label is not None else None,
        probability_source=ProbabilitySource.VERBAL if label is not None else None,
        rationale=why,
        evidence=(Evidence(start_s=0.0, end_s=4.5, what="a lake"),),
        reason="" if label is not None else "too dark to tell",
    )
    return CachedReply(answers={"calming": answer}, usage=Usage(prompt=5200, output=90), cost_usd=cost_usd)
