"""How fast a command was and how far its estimate was off: numbers for ``run.json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vibekit.core.annotation import Usage

if TYPE_CHECKING:
    from vibekit.stages.annotate.execute import Work
    from vibekit.stages.annotate.spend import Spend


def rates_of(work: Work, *, wall_s: float) -> dict[str, Any]:
    """Return what was done in a second, how long replies took, and how many calls were in flight.

    Args:
        work: That was done.
        wall_s: From the first file to the last answer, seconds.
    """
    latencies = sorted(work.asker.latencies_s)
    governor, spend = work.limiter.governor, work.spend
    if not spend.requests:
        return {}
    return {
        "wall_s": round(wall_s, 3),
        "requests_per_s": _per_s(spend.requests, wall_s),
        "answers_per_s": _per_s(len(latencies), wall_s),
        "prompt_tokens_per_s": _per_s(spend.usage.prompt, wall_s),
        "output_tokens_per_s": _per_s(spend.usage.output + spend.usage.thoughts, wall_s),
        "latency_s": {"median": _quantile(latencies, 0.5), "p95": _quantile(latencies, 0.95)},
        "concurrency": {
            "mean": round(work.limiter.busy_s / max(wall_s, 1e-9), 2),
            "peak": governor.peak,
            "end": int(governor.level),
        },
        "refused": governor.refusals,
        "cuts": governor.cuts,
        "rpm": None if governor.requests.limit is None else round(governor.requests.limit, 1),
        "tpm": None if governor.tokens.limit is None else round(governor.tokens.limit, 1),
    }


def comparison(spend: Spend) -> dict[str, Any]:
    """Return what the answered requests had been expected to cost and use, beside what they did."""
    expected, actual = asdict(spend.expected), asdict(spend.usage)
    # of jobs only the money was estimated
    known = spend.expected != Usage() or spend.usage == Usage()
    return {
        "estimated_usd": round(spend.expected_usd, 9),
        "actual_usd": round(spend.spent_usd, 9),
        "ratio": round(spend.spent_usd / spend.expected_usd, 4) if spend.expected_usd else None,
        "estimated_tokens": expected if known else None,
        "actual_tokens": actual,
    }


def _per_s(amount: float, wall_s: float) -> float:
    return round(amount / max(wall_s, 1e-9), 3)


def _quantile(ordered: list[float], share: float) -> float | None:
    """Return the value below which that share lies, the nearest rank; None of nothing."""
    if not ordered:
        return None
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 3)
