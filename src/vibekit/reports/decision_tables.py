"""Threshold, calibration and prevalence in the corpus, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vibekit.core.estimate import Estimate
from vibekit.reports.grid import Cell, Grid, Tone, estimate, row
from vibekit.reports.numbers import count, decimal, is_share, name_of, share

if TYPE_CHECKING:
    from vibekit.core.score import AttributeScore
    from vibekit.core.score_parts import Corpus, Threshold

FITTED = "Fitted on the tune split, measured on the scored one. Lower is better."


def threshold(score: AttributeScore) -> Grid | None:
    """Make the table of what the chosen threshold gives on both splits; None when none was looked for."""
    chosen = score.threshold
    if chosen is None:
        return None
    keys = list(dict.fromkeys([*chosen.tune, *chosen.scored]))
    rows = [
        row(
            f"{name_of(key)}, %" if is_share(key) else name_of(key),
            *[estimate(values.get(key, Estimate()), key, missing="") for values in (chosen.tune, chosen.scored)],
        )
        for key in keys
    ]
    return Grid(
        title=f"Threshold for {chosen.goal}",
        head=("At this threshold", "Tune split", "Scored split"),
        rows=tuple(rows),
        below=_chosen(chosen),
    )


def _chosen(chosen: Threshold) -> tuple[str, ...]:
    said = []
    if chosen.value is None:
        said.append(f"No threshold could be chosen{': ' + chosen.note.rstrip('.') if chosen.note else ''}.")
    else:
        said.append(f"Chosen on the tune split: {decimal(chosen.value)}.")
    if chosen.current is not None:
        said.append(f"Now it is {decimal(chosen.current)}.")
    if chosen.written:
        said.append(f"Written to {chosen.written}.")
    if chosen.value is not None and not chosen.scored:
        said.append("It was scored on the split that it was chosen on: expect less on new videos.")
    if chosen.note and chosen.value is not None:
        said.append(chosen.note)
    return tuple(said)


def calibration(score: AttributeScore) -> Grid | None:
    """Make the table of calibration methods; None without probabilities."""
    if not score.calibration:
        return None
    rows = [
        row(
            Cell(text="as predicted" if way.method == "none" else way.method, why=_parameters(way.parameters)),
            estimate(way.brier, "brier"),
            estimate(way.ece, "ece"),
        )
        for way in score.calibration
    ]
    return Grid(
        title="Calibration",
        head=("Method", "Brier score", "ECE"),
        rows=tuple(rows),
        below=(FITTED,) if len(rows) > 1 else (),
    )


def _parameters(values: object) -> str:
    """Write fitted numbers; long lists, such as the steps of an isotonic fit, are named by their length."""
    if not isinstance(values, dict) or not values:
        return ""
    return ", ".join(f"{key} {_parameter(value)}" for key, value in values.items())


def _parameter(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, (list, tuple)):
        return f"({len(value)} values)"
    return decimal(value) if isinstance(value, float) else str(value)


def corpus(score: AttributeScore) -> Grid | None:
    """Make the table of the prevalence in the corpus; None when it was not estimated."""
    found = score.corpus
    if found is None:
        return None
    believed = Cell(text=share(found.predicted)) if found.predicted is not None else Cell(text="")
    known = (found.predicted, found.human_only.value, found.ppi.value) != (None, None, None)
    rows = (
        row("predictions, believed as they are", believed),
        row("golden labels alone", estimate(found.human_only, "prevalence")),
        row("both together (PPI++)", estimate(found.ppi, "prevalence"), tone=Tone.TOTAL),
    )
    return Grid(
        title="Prevalence in the corpus",
        head=("Estimated from", "Share %"),
        rows=rows if known else (),
        below=_rests_on(found),
    )


def _rests_on(found: Corpus) -> tuple[str, ...]:
    said = [f"{count(found.n)} videos with a prediction."] if found.n else []
    if found.power is not None:
        said.append(f"λ = {decimal(found.power)}: 0 does not use the predictions, 1 believes in them.")
    if found.note:
        said.append(found.note)
    return tuple(said)
