"""A comparison as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.cli.output import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.cli.output import Output
    from vibekit.core.compare import AttributeComparison, CompareReport, Delta, Flip

HEAD = ("", "A %", "B %", "B - A, points", "p")
SHOWN = ("precision", "recall", "f1", "accuracy")
NAMES = {"f1": "F1"}
FLIPS = 10
"""Flips shown as text; the rest is in ``--json``."""
WIDTH = 90
"""Characters of a rationale."""


def show_comparison(report: CompareReport, out: Output) -> None:
    """Write the result."""
    look = f", look {report.uses}" if report.uses and report.split != "tune" else ""
    out.text(f"A: {shown(report.a)}")
    out.text(f"B: {shown(report.b)}")
    out.text(f"against {shown(report.golden)} ({report.split} split{look})")
    for one in report.attributes.values():
        out.text()
        _show(one, out)


def _show(one: AttributeComparison, out: Output) -> None:
    positives = "" if one.positives is None else f", {one.positives} golden positives"
    out.text(f"{one.name}: {shown(one.words)}")
    out.text(f"  over the {one.n} golden videos that both have a label for{positives}")
    out.table(HEAD, [(f"  {NAMES.get(name, name)}", *_delta(one.deltas[name])) for name in SHOWN if name in one.deltas])
    if one.mcnemar is not None:
        found = one.mcnemar
        out.text(
            f"  right on one side only: A {found.only_a}, B {found.only_b}; McNemar p {_p(found.p)} ({found.method})"
        )
    if one.p is not None:
        out.text(f"  p after Holm's correction: {_p(one.p)}")
    for note in one.notes:
        out.text(f"  note: {shown(note)}")
    for flip in one.flips[:FLIPS]:
        for line in _flip(flip):
            out.text(f"  {shown(line)}")
    if one.n_flips > FLIPS:
        out.text(f"  {one.n_flips - FLIPS} more flips: see --json")


def _delta(delta: Delta) -> tuple[str, ...]:
    from vibekit.reports.numbers import points, share

    difference = delta.difference
    change = points(difference.value)
    if difference.low is not None and difference.high is not None:
        change = f"{change} [{points(difference.low)}, {points(difference.high)}]"
    return share(delta.a), share(delta.b), change, _p(delta.p)


def _p(value: float | None) -> str:
    from vibekit.reports.numbers import p_value

    return "" if value is None else p_value(value)


def _flip(flip: Flip) -> Iterator[str]:
    right = {"a": "A is right", "b": "B is right"}.get(flip.right, "both are wrong")
    yield f"{flip.path or flip.video_id}: golden {flip.golden}, A {flip.a}, B {flip.b}: {right}"
    for letter, words in (("A", flip.rationale_a), ("B", flip.rationale_b)):
        if words:
            yield f"  {letter}: {words if len(words) <= WIDTH else words[: WIDTH - 1] + '…'}"
