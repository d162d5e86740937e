"""A score as text: the table of the paper, what stands beside it, and what must be known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.cli.output import Problem, shown
from vibekit.formats.folder_kind import RUN, holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.cli.output import Output
    from vibekit.core.estimate import Estimate
    from vibekit.core.score import AttributeScore, ScoreReport
    from vibekit.core.score_parts import Gate
    from vibekit.core.score_people import Judge

HEAD = ("", "precision %", "recall %", "F1 %", "videos", "pos", "cover %")
THREE = ("precision", "recall", "f1")


def show_score(report: ScoreReport, out: Output) -> None:
    """Write the result."""
    look = f", look {report.uses}" if report.uses and report.split != "tune" else ""
    out.text(f"{shown(report.labels)} against {shown(report.golden)} ({report.split} split{look})")
    out.text()
    rows = [row for score in report.attributes.values() for row in _rows(score)]
    if len(report.attributes) > 1 and report.macro:
        rows.append(("macro (mean)", *[cell(report.macro[name]) for name in THREE], "", "", ""))
        rows.append(("micro (all labels)", *[cell(report.micro[name]) for name in THREE], "", "", ""))
    out.table(HEAD, rows)
    for score in report.attributes.values():
        lines = list(_beside(score))
        if lines:
            out.text()
            out.text(f"{score.name}:")
            for line in lines:
                out.text(f"  {shown(line)}")
    if report.gates:
        out.text()
        for gate in report.gates:
            out.text(gate_words(gate))
    if report.out:
        out.text()
        out.text(f"report: {shown(report.files[0] if report.files else report.out)}")
    if report.passed is not False and holds(Path(report.labels)) == RUN.name:
        out.hint("next, when they are good enough, labels for every video: vibekit embed VIDEOS --out embeddings/e1")


def cell(estimate: Estimate) -> str:
    """Write an estimate in percent, its interval beside."""
    from vibekit.reports.numbers import share

    if estimate.value is None:
        return "undefined"
    if estimate.low is None or estimate.high is None:
        return share(estimate.value)
    return f"{share(estimate.value)} {share(estimate.low)}-{share(estimate.high)}"


def gate_words(gate: Gate) -> str:
    """Say whether a gate holds, and by how much it does not."""
    from vibekit.reports.numbers import held, share

    name = gate.attribute or "the mean over the attributes"
    against = "lower end" if gate.bound == "lower" else "value"
    measured = held(gate.measured, gate.at_least, passed=gate.passed)
    unit = "" if gate.measured is None else " %"
    words = f"{gate.metric} of {name}: {against} {measured}{unit}, at least {share(gate.at_least)} % is wanted"
    if gate.passed:
        return f"gate passed: {words}"
    missing = "" if gate.measured is None else f" ({share(gate.at_least - gate.measured)} points short)"
    return f"gate FAILED: {words}{missing}"


def gate_problems(report: ScoreReport) -> list[Problem]:
    """Return one problem for every gate that does not hold."""
    return [
        Problem(code="gate", message=gate_words(gate), item=gate.attribute) for gate in report.gates if not gate.passed
    ]


def _rows(score: AttributeScore) -> Iterator[tuple[object, ...]]:
    from vibekit.reports.numbers import share

    positives = "" if score.positives is None else score.positives
    three = [cell(getattr(score, name)) for name in THREE]
    yield score.name, *three, score.n, positives, share(score.coverage)
    if any(name in score.naive for name in THREE):
        naive = [share(score.naive[name]) if name in score.naive else "" for name in THREE]
        yield "  unweighted", *naive, "", "", ""
    humans = score.humans
    if humans is not None and humans.pooled is not None and humans.model is not None:
        against = "expert" if humans.reference == "expert" else "others"
        yield f"  raters vs {against}", *_judge(humans.pooled), "", ""
        yield "  model vs the same", *_judge(humans.model), "", ""


def _judge(judge: Judge) -> tuple[object, ...]:
    return (*[cell(getattr(judge, name)) for name in THREE], judge.n)


def _beside(score: AttributeScore) -> Iterator[str]:
    yield from _undefined(score)
    outcomes = score.outcomes
    lost = {
        "abstained": outcomes.abstain,
        "blocked": outcomes.blocked,
        "failed": outcomes.failed,
        "missing": outcomes.missing,
    }
    if any(lost.values()):
        listed = ", ".join(f"{count} {word}" for word, count in lost.items() if count)
        yield f"no label for {sum(lost.values())} of {outcomes.golden} golden videos: {listed}"
        if score.f1_of_all.value is not None:
            yield f"with these counted as not found: recall {cell(score.recall_of_all)}, F1 {cell(score.f1_of_all)}"
    yield from _threshold(score)
    if score.alt_test is not None and score.alt_test.passed is not None:
        verdict = "the model may replace a rater" if score.alt_test.passed else "not shown to be as good as a rater"
        rate = f"{score.alt_test.winning_rate or 0:.0%} of the raters"
        yield f"{verdict} (alt-test: wins against {rate}, epsilon {score.alt_test.epsilon:g})"
    if score.corpus is not None and score.corpus.ppi.value is not None:
        yield f"prevalence in the {score.corpus.n:,} videos of the run: {cell(score.corpus.ppi)} % (PPI++)"
    yield from _slices(score)
    yield from (f"note: {note}" for note in score.notes)


def _undefined(score: AttributeScore) -> Iterator[str]:
    for name in THREE:
        estimate = getattr(score, name)
        if estimate.value is None:
            yield f"{name} is undefined: {estimate.note}"
        elif estimate.low is None:
            yield f"{name} has no interval: {estimate.note}"


def _slices(score: AttributeScore) -> Iterator[str]:
    from vibekit.reports.numbers import p_value, points

    shown = [one for one in score.slices if one.f1.value is not None]
    for one in shown:
        apart = "" if one.q is None else f", {points(one.difference.value)} points from the rest (q {p_value(one.q)})"
        yield f"{one.column} {one.value}: F1 {cell(one.f1)}, {one.n} videos, {one.positives} positives{apart}"
    if len(score.slices) > len(shown):
        yield f"{len(score.slices) - len(shown)} slices have too few golden positives and are not shown"


def _threshold(score: AttributeScore) -> Iterator[str]:
    found = score.threshold
    if found is None:
        return
    if found.value is None:
        yield f"no threshold for {found.goal}: {found.note}"
        return
    now = "" if found.current is None else f" (now {found.current:g})"
    scored = f": F1 {cell(found.scored['f1'])} on the scored split" if found.scored else ""
    yield f"threshold for {found.goal}, chosen on the tune split: {found.value:g}{now}{scored}"
    if found.written:
        yield f"written to {found.written}"
    if found.note:
        yield f"note: {found.note}"
