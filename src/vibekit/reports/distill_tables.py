"""What a distillation showed, as tables: the same for the terminal and the model card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.reports.numbers import decimal, share

if TYPE_CHECKING:
    from vibekit.core.distill import AttributeReport, DistillReport
    from vibekit.core.estimate import Estimate

NOTHING = "-"
MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A table.

    Attributes:
        title: In a few words.
        headers: Of the columns.
        rows: Cells as text.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def with_ends(one: Estimate, *, percent: bool = True) -> str:
    """Write a number with its interval: ``81.3 [75.0, 86.4]``."""
    if one.value is None:
        return NOTHING
    write = share if percent else decimal
    return write(one.value) if one.low is None else f"{write(one.value)} [{write(one.low)}, {write(one.high)}]"


def tables(report: DistillReport) -> tuple[Lines, ...]:
    """Return all tables that have a row, in the order in which they are read."""
    every = (_heads(report), _golden(report), _agreement(report), _decisions(report), _costs(report),
             _cascade(report), _curve(report), _blocks(report))  # fmt: skip
    return tuple(one for one in every if one.rows)


def _heads(report: DistillReport) -> Lines:
    rows = []
    for name, one in report.attributes.items():
        for number, head in enumerate(one.heads):
            rows.append(
                (
                    name if number == 0 else "",
                    f"{head.head} (student)" if number == 0 else head.head,
                    with_ends(head.average_precision, percent=False),
                    share(head.f1) if head.f1 is not None else NOTHING,
                    decimal(head.log_loss) if head.log_loss is not None else NOTHING,
                    with_ends(head.golden_average_precision, percent=False),
                )
            )
    headers = ("attribute", "head", "average precision", "F1 %", "log loss", "average precision (people)")
    return Lines(title="Heads, against the teacher's labels", headers=headers, rows=tuple(rows))


def _golden(report: DistillReport) -> Lines:
    rows = []
    for name, one in report.attributes.items():
        golden = one.golden
        if golden is None:
            continue
        rows.append(
            (
                name,
                str(golden.n),
                NOTHING if golden.positives is None else str(golden.positives),
                golden.metric,
                with_ends(golden.student),
                with_ends(golden.teacher),
                with_ends(golden.difference),
                with_ends(golden.loss),
                golden.verdict,
            )
        )
    if rows and report.macro_verdict:
        blank = ("",) * 5
        rows.append(("mean", *blank, "", with_ends(report.macro_loss), report.macro_verdict))
    headers = ("attribute", "n", "positives", "metric", "student %", "teacher %", "difference %", "relative loss %",
               "loss < 5 %")  # fmt: skip
    return Lines(title="Student and teacher against people, same videos", headers=headers, rows=tuple(rows))


def _agreement(report: DistillReport) -> Lines:
    rows = []
    for name, one in report.attributes.items():
        found = one.agreement
        if found is None or not found.n:
            continue
        rows.append(
            (
                name,
                str(found.n),
                NOTHING if found.positives is None else str(found.positives),
                with_ends(found.accuracy),
                with_ends(found.f1),
                decimal(found.ece) if found.ece is not None else NOTHING,
            )
        )
    headers = ("attribute", "n", "positives", "same label %", "F1 %", "ECE")
    return Lines(title="Agreement of student and teacher (not quality)", headers=headers, rows=tuple(rows))


def _decisions(report: DistillReport) -> Lines:
    return Lines(
        title="Decisions",
        headers=("attribute", "kind", "head", "silver labels", "threshold", "from", "abstains between", "abstains %"),
        rows=tuple(_decision(one) for one in report.attributes.values()),
    )


def _decision(one: AttributeReport) -> tuple[str, ...]:
    binary = one.kind == "binary"
    zone = NOTHING if one.abstain is None else f"{decimal(one.abstain[0])} and {decimal(one.abstain[1])}"
    return (
        one.name,
        one.kind,
        one.head,
        ", ".join(f"{n} {label}" for label, n in one.labels.items()),
        decimal(one.threshold) if binary else NOTHING,
        one.threshold_from or NOTHING,
        zone,
        NOTHING if one.abstain_share is None else share(one.abstain_share),
    )


def _costs(report: DistillReport) -> Lines:
    costs = report.costs
    if costs.student_latency_s is None:
        return Lines(title="Time and money", headers=(), rows=())
    teacher = NOTHING if costs.teacher_latency_s is None else f"{costs.teacher_latency_s:.3f} s a call"
    paid = NOTHING if costs.teacher_usd_per_1000 is None else f"{costs.teacher_usd_per_1000:.4f}"
    own = NOTHING if costs.student_usd_per_1000 is None else f"{costs.student_usd_per_1000:.2g}"
    return Lines(
        title="Time and money",
        headers=("who", "latency", "US dollars for 1,000 videos"),
        rows=(
            ("teacher", teacher, paid),
            ("student (network alone)", f"{costs.student_latency_s * MICROSECONDS:.2g} µs a video", own),
        ),
    )


def _cascade(report: DistillReport) -> Lines:
    rows = tuple(
        (
            share(row.share),
            NOTHING if row.f1 is None else share(row.f1),
            NOTHING if row.cost_per_1000 is None else f"{row.cost_per_1000:.4f}",
        )
        for row in report.cascade
    )
    truth = "people" if report.golden else "the teacher's labels"
    title = f"Cascade: the teacher is asked about the unsure (mean F1 against {truth})"
    return Lines(title=title, headers=("asked %", "mean F1 %", "US dollars for 1,000"), rows=rows)


def _curve(report: DistillReport) -> Lines:
    rows = tuple(
        (
            f"{point.n:,}",
            decimal(point.average_precision) if point.average_precision is not None else NOTHING,
            NOTHING if point.golden_f1 is None else share(point.golden_f1),
        )
        for point in report.curve
    )
    headers = ("training videos", "mean average precision", "mean F1 against people %")
    return Lines(title="Learning curve", headers=headers, rows=rows)


def _blocks(report: DistillReport) -> Lines:
    rows = tuple(
        (row.block, str(row.dim), *(NOTHING if v is None else decimal(v) for v in (row.alone, row.without, row.all)))
        for row in report.blocks
    )
    headers = ("block", "dimensions", "alone", "without it", "all")
    return Lines(title="Blocks of the embedding, linear heads, mean average precision", headers=headers, rows=rows)
