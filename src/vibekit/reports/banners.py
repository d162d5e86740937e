"""What a reader must know before the first number: failed gates, a forced or stale score, looks at the test split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.reports.grid import Tone
from vibekit.reports.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.core.compare import CompareReport
    from vibekit.core.score import ScoreReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """One message: its first words set off, and the rest."""

    tone: Tone
    lead: str
    rest: str = ""


def banners(report: ScoreReport) -> tuple[Banner, ...]:
    """Return the messages, the most important first."""
    return (*_doubts(report), *_gates(report), *_split(report), *_warnings(report))


def warned(report: CompareReport) -> tuple[Banner, ...]:
    """Return the messages of a comparison."""
    return (*_doubts(report), *_split(report), *_warnings(report))


def _doubts(report: ScoreReport | CompareReport) -> Iterator[Banner]:
    if report.forced:
        yield Banner(
            tone=Tone.BAD,
            lead="Forced with --i-know.",
            rest="The definition may have been tuned on the test split: these numbers may be too hopeful.",
        )
    if report.stale:
        yield Banner(
            tone=Tone.BAD,
            lead="Stale (--allow-stale).",
            rest=f"Labels and golden set were made with different definitions: {report.stale}",
        )


def _gates(report: ScoreReport) -> Iterator[Banner]:
    failed = sum(not gate.passed for gate in report.gates)
    if failed:
        yield Banner(tone=Tone.BAD, lead=f"{failed} of {plural(len(report.gates), 'gate')} failed.")
    elif report.gates:
        yield Banner(tone=Tone.GOOD, lead=f"{plural(len(report.gates), 'gate')} passed.")


def _split(report: ScoreReport | CompareReport) -> Iterator[Banner]:
    if report.split == "tune":
        yield Banner(
            tone=Tone.MUTED,
            lead="Tune split.",
            rest="Definition and threshold may have been fitted to these videos: expect less on the test split.",
        )
    elif report.uses is not None and report.uses > 1:
        yield Banner(
            tone=Tone.MUTED,
            lead=f"Look number {report.uses} at the test split.",
            rest="Each change that follows a look makes the next number more hopeful than the truth.",
        )
    elif report.uses == 1:
        yield Banner(tone=Tone.PLAIN, lead="First look at the test split.")


def _warnings(report: ScoreReport | CompareReport) -> Iterator[Banner]:
    for warning in report.warnings:
        yield Banner(tone=Tone.MUTED, lead="Warning.", rest=warning)
