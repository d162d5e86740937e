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
    from vibekit.annotators.base import Estimator
    from vibekit.core.annotation import Annotation
    from vibekit.core.attribute import Attribute
    from vibekit.core.video import Video
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.annotate.folder import RunFolder
    from vibekit.stages.annotate.plan import Call, Plan
    from vibekit.stages.annotate.spend import Spend
    from vibekit.stages.annotate.stream import Stream


@dataclass(slots=True)
class Forecast:
    """What calls are expected to use.

    Attributes:
        calls: Requests without retries.
        usage: Tokens.
        cost_usd: Money; 0 also when the model has no price.
        media: What is sent -> number of calls.
        why: What is sent -> why, for the first such call.
        known: Replies that another run has paid for; they are in none of the other numbers.
    """

    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float = 0.0
    media: Counter[str] = field(default_factory=Counter)
    why: dict[str, str] = field(default_factory=dict)
    known: int = 0

    def add(self, call: Call, annotator: Estimator, *, samples: int) -> None:
        """Take one call up."""
        if call.plan is None:
            self.media["nothing: no video in it"] += 1
            return
        estimate = annotator.estimate(call.question(), call.plan)
        said = call.plan.describe()
        self.calls += samples
        self.media[said] += 1
        self.why.setdefault(said, call.plan.why)
        self.usage += estimate.usage.times(samples)
        self.cost_usd += estimate.cost_usd * samples


def priced(model: str, config: AnnotateConfig) -> bool:
    """Say whether no money means that nothing is paid, and not that nobody knows the price."""
    prices = config.settings.prices
    return not model or (prices is not None and prices.price(model, on=datetime.now(UTC).date()) is not None)


def estimated_usd(expected: Forecast, model: str, config: AnnotateConfig) -> float | None:
    """Return the expected money; None when the model has no price."""
    return expected.cost_usd if expected.cost_usd or priced(model, config) else None


def _rounded(usd: float | None) -> float | None:
    return None if usd is None else round(usd, 6)


def forecast_report(
    config: AnnotateConfig,
    videos: list[Video],
    plan: Plan,
    expected: Forecast,
    *,
    estimate_usd: float | None,
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
        from_cache=expected.known,
        waiting=plan.held,
        calls=expected.calls,
        tokens=asdict(expected.usage),
        estimate_usd=_rounded(estimate_usd),
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
    config: AnnotateConfig, folder: RunFolder, stream: Stream, *, spend: Spend, stopped: str, warnings: tuple[str, ...]
) -> AnnotateReport:
    """Report how every file of this command stands now."""
    plan, expected = stream.plan, stream.expected
    pairs = [(key, path) for (path, _), key in plan.keys.items() if (key, path) in folder.index.entries]
    tally = _Tally({a.name: a.fingerprint for a in stream.job.attributes})
    for annotation in folder.index.current(pairs):
        tally.add(annotation)
    return AnnotateReport(
        out=str(config.out),
        dry_run=False,
        files=len(stream.videos),
        videos=_distinct(stream.videos),
        ignored=dict(stream.job.inputs.ignored),
        attributes=tally.counts(),
        answered_before=plan.answered,
        waiting=len(folder.ledger.in_jobs),
        left_open=len(folder.ledger.left_open()),
        from_cache=spend.from_cache,
        calls=expected.calls,
        requests=spend.requests,
        tokens=asdict(spend.usage),
        estimate_usd=_rounded(stream.estimate_usd()),
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
