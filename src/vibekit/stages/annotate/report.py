"""What a command is expected to use before, and what came out after."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vibekit.core.annotation import Status, Usage
from vibekit.formats.annotations import label_text
from vibekit.stages.annotate.config import HARMLESS, AnnotateReport, AttributeCounts, Failure

if TYPE_CHECKING:
    from vibekit.annotators.base import Annotator
    from vibekit.core.annotation import Annotation
    from vibekit.core.attribute import Attribute
    from vibekit.core.video import Video
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.annotate.folder import RunFolder
    from vibekit.stages.annotate.plan import Plan
    from vibekit.stages.annotate.spend import Spend


@dataclass(slots=True)
class Forecast:
    """What the calls of a plan are expected to use.

    Attributes:
        calls: Requests without retries.
        usage: Tokens.
        cost_usd: Money; None when the model has no price.
        media: What is sent -> number of calls.
        why: What is sent -> why, for the first such call.
    """

    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = 0.0
    media: Counter[str] = field(default_factory=Counter)
    why: dict[str, str] = field(default_factory=dict)


def forecast(plan: Plan, annotator: Annotator, *, config: AnnotateConfig) -> Forecast:
    """Add up the estimates of every call."""
    out = Forecast()
    cost = 0.0
    for call in (call for group in plan.calls for call in group):
        if call.plan is None:
            out.media["nothing: no video in it"] += 1
            continue
        estimate = annotator.estimate(call.question(), call.plan)
        said = call.plan.describe()
        out.calls += config.samples
        out.media[said] += 1
        out.why.setdefault(said, call.plan.why)
        out.usage += estimate.usage.times(config.samples)
        cost += estimate.cost_usd * config.samples
    out.cost_usd = cost if cost or _priced(annotator.info.model, config) else None
    return out


def _priced(model: str, config: AnnotateConfig) -> bool:
    """Say whether no money means that nothing is paid, and not that nobody knows the price."""
    prices = config.settings.prices
    return not model or (prices is not None and prices.price(model, on=datetime.now(UTC).date()) is not None)


def forecast_report(
    config: AnnotateConfig,
    videos: list[Video],
    plan: Plan,
    expected: Forecast,
    *,
    attributes: tuple[Attribute, ...],
    warnings: tuple[str, ...],
) -> AnnotateReport:
    """Report what would be done."""
    return AnnotateReport(
        out=str(config.out),
        dry_run=True,
        files=len(videos),
        videos=_distinct(videos),
        attributes={a.name: AttributeCounts(definition=a.fingerprint, statuses={}, labels={}) for a in attributes},
        answered_before=plan.answered,
        calls=expected.calls,
        tokens=asdict(expected.usage),
        estimate_usd=None if expected.cost_usd is None else round(expected.cost_usd, 6),
        media=dict(expected.media.most_common()),
        media_why=expected.why,
        failures=tuple(
            Failure(path=v.text_path, attribute="*", status=Status.MEDIA_ERROR, reason=v.problem)
            for v in videos
            if v.problem
        ),
        warnings=warnings,
    )


def final_report(
    config: AnnotateConfig,
    folder: RunFolder,
    videos: list[Video],
    plan: Plan,
    expected: Forecast,
    *,
    attributes: tuple[Attribute, ...],
    stopped: str,
    spend: Spend,
    warnings: tuple[str, ...],
) -> AnnotateReport:
    """Report how every file of this command stands now."""
    pairs = [(key, path) for (path, _), key in plan.keys.items() if (key, path) in folder.index.entries]
    tally = _Tally({a.name: a.fingerprint for a in attributes})
    for annotation in folder.index.current(pairs):
        tally.add(annotation)
    return AnnotateReport(
        out=str(config.out),
        dry_run=False,
        files=len(videos),
        videos=_distinct(videos),
        attributes=tally.counts(),
        answered_before=plan.answered,
        calls=expected.calls,
        requests=spend.requests,
        tokens=asdict(spend.usage),
        estimate_usd=None if expected.cost_usd is None else round(expected.cost_usd, 6),
        spent_usd=round(spend.spent_usd, 6),
        run_cost_usd=round(folder.index.cost_usd, 6),
        media=dict(expected.media.most_common()),
        media_why=expected.why,
        partial_media=len(tally.partial),
        failures=tuple(tally.failures),
        stopped=stopped,
        warnings=warnings,
    )


class _Tally:
    """Counts outcomes by attribute, status and label."""

    def __init__(self, definitions: dict[str, str]) -> None:
        self.definitions = definitions
        self.statuses: dict[str, Counter[str]] = {name: Counter() for name in definitions}
        self.labels: dict[str, Counter[str]] = {name: Counter() for name in definitions}
        self.failures: list[Failure] = []
        self.partial: set[str] = set()

    def add(self, a: Annotation) -> None:
        answer = a.answer
        self.statuses[a.attribute][str(answer.status)] += 1
        if answer.label is not None:
            self.labels[a.attribute][label_text(answer.label)] += 1
        if answer.status not in HARMLESS:
            self.failures.append(
                Failure(path=a.path, attribute=a.attribute, status=answer.status, reason=answer.reason)
            )
        if a.media_verdict.startswith("partial"):
            self.partial.add(a.path)

    def counts(self) -> dict[str, AttributeCounts]:
        return {
            name: AttributeCounts(
                definition=fingerprint,
                statuses=dict(self.statuses[name]),
                labels=dict(sorted(self.labels[name].items())),
            )
            for name, fingerprint in self.definitions.items()
        }


def _distinct(videos: list[Video]) -> int:
    return sum(not v.duplicate_of for v in videos)
