"""The score in slices of the golden set; what has too few positives is named, not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports.grid import Cell, Grid, Row, Tone, estimate, row
from vibekit.reports.numbers import count, p_value
from vibekit.reports.text import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.core.score import AttributeScore
    from vibekit.core.score_parts import Slice

ALPHA = 0.05
DIFFERENCE = (
    "Difference: F1 of the slice minus F1 of the rest, in percentage points. q: its p-value with the false discovery "
    "rate controlled over all slices (Benjamini and Hochberg)."
)
NAMED = 20
"""Slices without numbers that are named for one reason; of the others it is said how many they are."""


def suppressed(part: Slice) -> bool:
    """Say whether a slice has no numbers."""
    return part.f1.value is None and part.precision.value is None and part.recall.value is None


def slices(score: AttributeScore) -> Grid | None:
    """Make the table of the slices that have numbers, the others named below; None without slices."""
    if not score.slices:
        return None
    shown = [part for part in score.slices if not suppressed(part)]
    q = any(part.q is not None and part.q < ALPHA for part in shown)
    below = [DIFFERENCE] if shown else []
    if shown and not q:
        below.append("No slice differs from the rest at q < 0.05.")
    below += _hidden([part for part in score.slices if suppressed(part)])
    return Grid(
        title="Slices",
        head=("Slice", "F1 %", "Precision %", "Recall %", "Difference", "q", "Videos", "Positives"),
        rows=tuple(_slice(part) for part in shown),
        below=tuple(below),
    )


def _hidden(parts: Sequence[Slice]) -> list[str]:
    """Name what is not shown, one sentence a reason."""
    reasons: dict[str, list[str]] = {}
    for part in parts:
        reasons.setdefault(part.note or "no reason was given", []).append(name(part))
    said = []
    for reason, names in reasons.items():
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        said.append(f"Not shown: {'; '.join(names[:NAMED])}{more}: {reason.rstrip('.')}.")
    return said


def name(part: Slice) -> str:
    """Return what a slice is called."""
    return f"{part.column} = {short(part.value, 60) or '(empty)'}"


def _slice(part: Slice) -> Row:
    found = part.q is not None and part.q < ALPHA
    q = Cell(text="" if part.q is None else p_value(part.q), tone=Tone.MODEL if found else Tone.PLAIN)
    return row(
        name(part),
        estimate(part.f1, "f1"),
        estimate(part.precision, "precision"),
        estimate(part.recall, "recall"),
        estimate(part.difference, "difference", missing=""),
        q,
        count(part.n),
        count(part.positives),
    )
