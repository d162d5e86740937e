"""Several annotate commands after each other, under one limit on money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.stages.annotate.command import annotate
from vibekit.stages.inputs import InputFile, Inputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vibekit.stages.annotate.config import AnnotateConfig, AnnotateReport, Failure
    from vibekit.stages.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One annotate command: what is asked, about which files, and how people are told."""

    config: AnnotateConfig
    inputs: Inputs
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the commands came to together.

    Attributes:
        calls: Questions asked; in a dry run, questions that would be asked.
        requests: Requests sent, retries included.
        estimate_usd: Expected money; None when a model has no price.
        spent_usd: Money.
        stopped: Why they ended early; empty when all came to their end.
        failures: Outcomes without a label that are not abstentions.
        warnings: For people, each once.
    """

    calls: int = 0
    requests: int = 0
    estimate_usd: float | None = 0.0
    spent_usd: float = 0.0
    stopped: str = ""
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()


def run_parts(parts: Iterable[Part], *, max_cost_usd: float | None, progress: Progress) -> Total:
    """Run one after the other; each may spend what the ones before have left.

    Args:
        parts: In order; none is begun after one that was stopped.
        max_cost_usd: For all together; None for no limit.
        progress: Told how far each is.
    """
    left = max_cost_usd
    reports: list[AnnotateReport] = []
    for part in parts:
        if part.title:
            progress.note(part.title)
        reports.append(annotate(replace(part.config, max_cost_usd=left), progress=progress, inputs=part.inputs))
        if reports[-1].stopped:
            break
        left = None if left is None else max(0.0, left - reports[-1].spent_usd)
    return total_of(reports)


def total_of(reports: Iterable[AnnotateReport]) -> Total:
    """Add reports up."""
    done = list(reports)
    estimates = [r.estimate_usd for r in done]
    return Total(
        calls=sum(r.calls for r in done),
        requests=sum(r.requests for r in done),
        estimate_usd=None if None in estimates else sum(e for e in estimates if e is not None),
        spent_usd=sum(r.spent_usd for r in done),
        stopped=next((r.stopped for r in done if r.stopped), ""),
        failures=tuple(dict.fromkeys(f for r in done for f in r.failures)),
        warnings=tuple(dict.fromkeys(w for r in done for w in r.warnings)),
    )


def alike(wanted: Mapping[str, frozenset[str]], files: Mapping[str, InputFile]) -> list[tuple[tuple[str, ...], Inputs]]:
    """Put files together that are asked about the same attributes, so that nothing is asked in vain.

    Args:
        wanted: video_id -> names of attributes.
        files: video_id -> its file.
    """
    groups: dict[frozenset[str], list[InputFile]] = {}
    for video_id, names in wanted.items():
        if names:
            groups.setdefault(names, []).append(files[video_id])
    return [
        (tuple(sorted(names)), Inputs(files=tuple(replace(f, row=i) for i, f in enumerate(some))))
        for names, some in groups.items()
    ]
