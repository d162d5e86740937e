"""The table of the paper: every attribute with its model row, the people's row beneath, and the coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.estimate import Estimate
from vibekit.reports.grid import Cell, Grid, Row, Tone, estimate, row
from vibekit.reports.numbers import count, held, name_of, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.score import AttributeScore, ScoreReport
    from vibekit.core.score_parts import Gate
    from vibekit.core.score_people import Judge

HEAD = ("", "Precision %", "Recall %", "F1 %", "Videos", "Positives", "Coverage %")
THREE = ("precision", "recall", "f1")
OTHERS = "others"
"""``Humans.reference`` when everybody is held against the majority of the others."""


def overview(report: ScoreReport, anchors: Mapping[str, str]) -> Grid:
    """Make the table.

    Args:
        report: The score.
        anchors: Attribute -> part of the page that it leads to; empty where there are no links.
    """
    rows: list[Row] = []
    for name, score in report.attributes.items():
        rows += _attribute(score, anchors.get(name, ""))
    if len(report.attributes) > 1:
        rows += [
            _average(label, values)
            for label, values in (("Mean over binary attributes", report.macro), ("All decisions pooled", report.micro))
            if values
        ]
    return Grid(title="Labels against the golden set", head=HEAD, rows=tuple(rows), below=_below(report))


def gates(report: ScoreReport) -> Grid | None:
    """Make the table of the gates; None without gates."""
    if not report.gates:
        return None
    return Grid(
        title="Gates",
        head=("Gate", "Needed %", "Measured %", "Held against", "Result"),
        rows=tuple(_gate(gate) for gate in report.gates),
        words=frozenset({0, 3, 4}),
    )


def _gate(gate: Gate) -> Row:
    measured = held(gate.measured, gate.at_least, passed=gate.passed)
    against = "lower end of the interval" if gate.bound == "lower" else gate.bound
    passed = Cell(text="passed", tone=Tone.GOOD) if gate.passed else Cell(text="failed", tone=Tone.BAD)
    return row(
        f"{gate.attribute or 'mean over the attributes'}: {name_of(gate.metric)}",
        share(gate.at_least),
        measured,
        against,
        passed,
    )


def _attribute(score: AttributeScore, anchor: str) -> list[Row]:
    macro = "" if score.kind == "binary" else f"{score.kind}, macro average"
    name = Cell(text=score.title or score.name, why=macro, anchor=anchor)
    three = [estimate(getattr(score, metric), metric) for metric in THREE]
    coverage = share(score.coverage)
    rows = [row(name, *three, count(score.n), count(score.positives), coverage, tone=Tone.MODEL)]
    if any(metric in score.naive for metric in THREE):
        rows.append(_judge_row("unweighted", [_naive(score, metric) for metric in THREE], "", Tone.MUTED))
    return rows + _people(score)


def _naive(score: AttributeScore, metric: str) -> Cell:
    return estimate(Estimate(value=score.naive.get(metric)), metric, missing="")


def _people(score: AttributeScore) -> list[Row]:
    humans = score.humans
    if humans is None or humans.pooled is None:
        return []
    rows = [_judge(people_name(humans.reference), humans.pooled, Tone.PEOPLE)]
    if humans.model is not None:
        rows.append(_judge("model, judged as the raters are", humans.model, Tone.MUTED))
    return rows


def people_name(reference: str) -> str:
    """Return what the raters' row is called."""
    return "human raters (label-noise ceiling)" if reference == OTHERS else "human raters"


def _judge(name: str, judge: Judge, tone: Tone) -> Row:
    return _judge_row(name, [estimate(getattr(judge, metric), metric) for metric in THREE], count(judge.n), tone)


def _judge_row(name: str, three: list[Cell], n: str, tone: Tone) -> Row:
    return row(name, *three, n, "", "", tone=tone)


def _average(label: str, values: Mapping[str, Estimate]) -> Row:
    return row(label, *[estimate(values.get(m, Estimate()), m) for m in THREE], "", "", "", tone=Tone.TOTAL)


def _below(report: ScoreReport) -> tuple[str, ...]:
    scores = report.attributes.values()
    said = ["In brackets: 95 % intervals. Coverage: golden videos with a label; the metrics are over these."]
    if any(score.weighted for score in scores):
        said.append(
            "Weighted by inclusion probability: the numbers are for the corpus that the golden set was drawn from."
        )
    if any(s.humans and s.humans.pooled and s.humans.reference == OTHERS for s in scores):
        said.append(
            "Human raters: each is held against the majority of the other raters, so that no one is scored against "
            "himself; the model's last row is held against the same majorities."
        )
    return tuple(said)
