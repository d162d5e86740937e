"""People beside the model: a row for each rater, the label-noise ceiling, and whether the model may replace a rater."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports.grid import Cell, Grid, Row, Tone, estimate, row
from vibekit.reports.numbers import count, decimal, p_value, share
from vibekit.reports.overview import OTHERS, THREE, people_name

if TYPE_CHECKING:
    from vibekit.core.score import AttributeScore
    from vibekit.core.score_people import AltTest, Humans, Judge, Replaced


def people(score: AttributeScore) -> Grid | None:
    """Make the table of raters and model on the same videos; None when nothing is known of raters."""
    humans = score.humans
    if humans is None:
        return None
    rows: list[Row] = []
    if humans.model is not None:
        rows.append(_judge("model", humans.model, Tone.MODEL))
    if humans.pooled is not None:
        rows.append(_judge(people_name(humans.reference), humans.pooled, Tone.PEOPLE))
    rows += [_judge(judge.name, judge, Tone.PLAIN) for judge in humans.raters]
    return Grid(
        title="People beside the model",
        head=("", "Precision %", "Recall %", "F1 %", "Videos"),
        rows=tuple(rows),
        below=_said(humans),
    )


def _judge(name: str, judge: Judge, tone: Tone) -> Row:
    return row(name, *[estimate(getattr(judge, m), m) for m in THREE], count(judge.n), tone=tone)


def _said(humans: Humans) -> tuple[str, ...]:
    said = []
    if humans.reference == OTHERS and humans.pooled is not None and humans.pooled.f1.value is not None:
        said.append(
            f"The raters reach F1 {share(humans.pooled.f1.value)} against the majority of the others. This is the "
            "label-noise ceiling: where a model comes near it, more cannot be shown with these ratings."
        )
    elif humans.raters or humans.pooled:
        whom = "the majority of the others" if humans.reference == OTHERS else "the expert's labels"
        said.append(f"Raters and model are held against {whom}.")
    if humans.note:
        said.append(humans.note)
    return tuple(said)


def alt_test(score: AttributeScore) -> Grid | None:
    """Make the table of the alternative-annotator test, with its verdict below; None when it was not asked for."""
    test = score.alt_test
    if test is None:
        return None
    return Grid(
        title="May the model replace a rater?",
        head=("Rater", "Videos", "Model as good %", "Rater as good %", "p", "Model may stand in"),
        rows=tuple(_replaced(rater) for rater in test.raters),
        words=frozenset({0, 5}),
        above=(verdict(test),),
        below=(test.note,) if test.note and test.passed is not None else (),
    )


def verdict(test: AltTest) -> str:
    """Return the outcome of the test in a sentence."""
    if test.passed is None or test.winning_rate is None:
        return f"The test could not be made: {test.note.rstrip('.') or 'no reason was given'}."
    wins = sum(rater.wins for rater in test.raters)
    rate = f"winning rate {decimal(test.winning_rate)}, 0.500 is needed; ε = {decimal(test.epsilon)}"
    of = f"{wins} of {len(test.raters)} raters ({rate})"
    good = "" if test.advantage is None else (
        f" On a random video it is as good as a random rater or better with probability {decimal(test.advantage)}."
    )  # fmt: skip
    if test.passed:
        return f"Yes: the model may stand in for {of}.{good}"
    return f"Not shown: the model may stand in for {of}.{good}"


def _replaced(rater: Replaced) -> Row:
    wins = Cell(text="yes", tone=Tone.GOOD) if rater.wins else Cell(text="no", tone=Tone.MUTED)
    p = "too few videos" if rater.p is None else p_value(rater.p)
    return row(rater.rater, count(rater.n), share(rater.model), share(rater.rater_share), p, wins)
