"""``vibekit annotate --repeat`` and ``--ablate``: what they found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.cli.annotate import problems_of
from vibekit.cli.output import shown
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from typing import NoReturn

    from vibekit.cli.output import Output
    from vibekit.core.estimate import Estimate
    from vibekit.stages.annotate.options import AnnotateOptions, AnnotateRequest
    from vibekit.stages.consistency.ablate import AblatedAttribute, AblateReport
    from vibekit.stages.consistency.compare import Agreement
    from vibekit.stages.consistency.repeat import RepeatedAttribute, RepeatReport
    from vibekit.stages.consistency.several import Total
    from vibekit.stages.progress import Progress

LISTED = 20
"""Flips and examples shown for an attribute; all of them are in the file."""
REASON = 160
"""Characters of a rationale that are shown."""


def run_repeat(
    output: Output,
    request: AnnotateRequest,
    options: AnnotateOptions,
    *,
    given: frozenset[str],
    progress: Progress,
) -> NoReturn:
    """Ask a sample of a run again, and show how far it agrees.

    Args:
        output: Where words go.
        request: The command.
        options: Settings as for any command.
        given: Options that were typed.
        progress: Told how far it is.
    """
    from vibekit.stages.consistency.checks import repeat_config
    from vibekit.stages.consistency.repeat import repeat

    report = repeat(repeat_config(request, options, given=given), progress=progress)
    for warning in report.warnings:
        output.warn(warning)
    output.finish(
        report,
        render=lambda o: _show_repeat(o, report),
        exit_code=_exit_code(report.total, dry_run=report.dry_run),
        problems=problems_of(report.total.failures),
    )


def run_ablate(output: Output, request: AnnotateRequest, options: AnnotateOptions, *, progress: Progress) -> NoReturn:
    """Ask a sample with less to go by, and show where the labels come from."""
    from vibekit.stages.consistency.ablate import ablate
    from vibekit.stages.consistency.checks import ablate_config

    report = ablate(ablate_config(request, options), progress=progress)
    for warning in report.warnings:
        output.warn(warning)
    output.finish(
        report,
        render=lambda o: _show_ablate(o, report),
        exit_code=_exit_code(report.total, dry_run=report.dry_run),
        problems=problems_of(report.total.failures),
    )


def _exit_code(total: Total, *, dry_run: bool) -> ExitCode:
    if total.stopped == "interrupted":
        return ExitCode.INTERRUPTED
    if dry_run:
        return ExitCode.DONE
    return ExitCode.PARTIAL if total.failures or total.stopped else ExitCode.DONE


def _show_repeat(output: Output, report: RepeatReport) -> None:
    added = f" and {report.added} more so that every label is among them" if report.added else ""
    gone = f"; {len(report.gone)} of them are gone or changed" if report.gone else ""
    output.text(f"{report.drawn} of {report.videos} answered videos drawn{added}{gone}")
    for name, found in report.attributes.items():
        output.text("")
        _show_sentences(output, name, found.verdict)
        _show_facts(output, found)
        for flip in found.flips[:LISTED]:
            output.text(f"  {flip.before} -> {flip.after}  {shown(flip.path)}")
            output.text(f"    before: {_short(flip.rationale_before)}")
            output.text(f"    now:    {_short(flip.rationale_after)}")
        if len(found.flips) > LISTED:
            output.text(f"  … and {len(found.flips) - LISTED} more, all in the report")
    _show_total(output, report.total, dry_run=report.dry_run, report=f"{report.out}/repeat.json")


def _show_sentences(output: Output, name: str, text: str) -> None:
    """Write what it comes to, a part a line."""
    first, *others = text.split("; ")
    output.text(f"{name}: {shown(first)}")
    for part in others:
        output.text(f"  {shown(part)}")


def _show_facts(output: Output, found: RepeatedAttribute) -> None:
    some = found.agreement
    output.text(f"  compared {some.labels.n} of {some.pairs}: {_counts(some.outcomes)}")
    output.text(f"  labels: {_counts(some.before)}; now {_counts(some.after)}")
    output.text(f"  kappa {_kappa(some)}{_steps(some)}")
    if some.shift is not None and some.shift.mean_abs is not None:
        mean = _number(some.shift.mean, sign="+")
        output.text(f"  probabilities: {some.shift.mean_abs:.3f} apart in the mean, {mean} in one direction")
    if some.shift is not None and some.shift.sources:
        output.text(f"  probabilities of two kinds, which cannot be compared: {_counts(some.shift.sources)}")
    kept = ", ".join(f"{label} {rate.k} of {rate.n}" for label, rate in found.kept.items())
    if kept:
        output.text(f"  kept, added videos included: {kept}")
    if found.differences:
        output.text(f"  not the same: {shown('; '.join(found.differences))}")
    if found.asked_otherwise:
        output.text(f"  {found.asked_otherwise} questions were not the run's: settings or words about the video differ")


def _show_ablate(output: Output, report: AblateReport) -> None:
    output.text(f"{report.drawn} of {report.files} files drawn, {report.videos} different videos; media {report.media}")
    for name, found in report.attributes.items():
        output.text("")
        _show_sentences(output, name, found.source.text)
        output.text(f"  full: {_counts(found.labels)}")
        _show_conditions(output, found)
        for condition, why in found.skipped.items():
            output.text(f"  {condition} was not asked: {shown(why)}")
        if found.examples:
            output.text("  the label follows the words against the rest:")
        for example in found.examples[:LISTED]:
            output.text(f"  {example.full}, without text {example.without_text}  {shown(example.path)}")
            output.text(f"    full:         {_short(example.rationale)}")
            output.text(f"    without text: {_short(example.rationale_without_text)}")
    _show_total(output, report.total, dry_run=report.dry_run, report=f"{report.out}/ablation.json")


def _show_conditions(output: Output, found: AblatedAttribute) -> None:
    rows = []
    for name, result in found.conditions.items():
        some = result.agreement
        positive = f"{some.after.get('true', 0)} of {some.labels.n}" if some.shift else "-"
        shift = "-" if some.shift is None or some.shift.mean_abs is None else f"{some.shift.mean_abs:.3f}"
        ranked = some.shift or some.steps
        rank = "-" if ranked is None or ranked.rank_correlation is None else f"{ranked.rank_correlation:.2f}"
        title = f"{name} (= {result.same_as})" if result.same_as else name
        kept = f"{result.kept.k} of {result.kept.n}"
        same = f"{some.labels.k} of {some.labels.n}"
        rows.append((f"  {title}", result.videos, kept, same, _kappa(some), shift, rank, positive, _without(some)))
    if rows:
        heads = ("  condition", "videos", "kept", "same label", "kappa", "|Δp|", "rank", "true", "no label")
        output.table(heads, rows)


def _without(some: Agreement) -> str:
    lost = {words.partition(" -> ")[2]: 0 for words in some.outcomes}
    for words, n in some.outcomes.items():
        lost[words.partition(" -> ")[2]] += n
    return _counts({status: n for status, n in lost.items() if status != "ok"})


def _show_total(output: Output, total: Total, *, dry_run: bool, report: str) -> None:
    output.text("")
    if dry_run:
        price = "no price is known for this model" if total.estimate_usd is None else f"about ${total.estimate_usd:.4f}"
        output.text(f"{total.calls} requests, {price}")
        output.hint("nothing was asked and nothing was written; leave --dry-run away to start")
        return
    output.text(f"{total.requests} requests, ${total.spent_usd:.4f}; written: {shown(report)}")
    if total.stopped:
        why = "by --max-cost" if total.stopped == "max-cost" else "early"
        output.hint(f"stopped {why}: this report is about what was answered; the same command goes on")


def _kappa(some: Agreement) -> str:
    if some.kappa.value is None:
        return "undefined (one label only)" if some.labels.n else "-"
    return _number(some.kappa)


def _steps(some: Agreement) -> str:
    if some.steps is None or some.steps.mean_abs is None:
        return ""
    return f", weighted {_number(some.steps.weighted_kappa)}; {some.steps.mean_abs:.2f} steps apart in the mean"


def _number(some: Estimate, *, sign: str = "") -> str:
    if some.value is None:
        return "undefined"
    if some.low is None or some.high is None:
        return f"{some.value:{sign}.3f}"
    return f"{some.value:{sign}.3f} ({some.low:{sign}.3f} to {some.high:{sign}.3f})"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items()) or "-"


def _short(text: str) -> str:
    line = shown(text) or "(no reason given)"
    return line if len(line) <= REASON else line[: REASON - 1] + "…"
