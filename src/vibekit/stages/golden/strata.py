"""From what a user wants to strata and sizes: a metadata column, predicted labels, bands of the probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.annotation import Status
from vibekit.core.attribute import Kind
from vibekit.errors import InputError, UsageError
from vibekit.formats.annotations import label_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.attribute import Attribute
    from vibekit.stages.golden.frame import Frame, Unit

BANDS = (0.2, 0.4, 0.6, 0.8)
"""Ends of the bands of the predicted probability."""
MOST = 200
"""Strata: a column with more values than that is a name, not a stratum."""
NOTHING = "(none)"


def strata_by(frame: Frame, by: str, on: Attribute | None) -> dict[str, list[str]]:
    """Return stratum -> keys, by the name of the stratum.

    Args:
        frame: What is drawn from.
        by: ``label``, ``probability``, or a metadata column.
        on: Attribute whose predictions count; None where none are needed.

    Raises:
        InputError: No unit has a value there, or there are too many values.
    """
    if by not in ("label", "probability"):
        frame.check_column(by, option="--by")
    groups: dict[str, list[str]] = {}
    for key, unit in frame.units.items():
        groups.setdefault(_stratum(unit, by, on), []).append(key)
    if len(groups) > MOST:
        hint = "choose a column with fewer values; to keep creators together there is --group-by"
        raise InputError(f"--by {by}: {len(groups)} different values, {MOST} at most", item=by, hint=hint)
    return {name: groups[name] for name in sorted(groups)}


def strata_for_positives(frame: Frame, on: Attribute) -> dict[str, list[str]]:
    """Return the videos by predicted true, predicted false and no answer.

    Raises:
        InputError: The run predicts no positive.
    """
    groups = strata_by(frame, "label", on)
    if "predicted true" not in groups:
        raise InputError(f"the run finds no video {on.name}: nothing to enrich with", hint="use --method random")
    return groups


def uncertainties(frame: Frame, on: Attribute) -> list[float]:
    """Return how unsure the run was about each unit, from 0 to 1: 1 at the threshold, 0 where it was certain.

    A unit without a probability counts as the average one.
    """
    found = [_uncertainty(unit.said[on.name].probability if on.name in unit.said else None, on)
             for unit in frame.units.values()]  # fmt: skip
    known = [value for value in found if value is not None]
    if not known:
        raise InputError(
            f"the run has no probabilities for {on.name}", item=on.name,
            hint="use --method stratified --by label, or an annotator that gives probabilities",
        )  # fmt: skip
    average = sum(known) / len(known)
    return [average if value is None else value for value in found]


def expected_positives(frame: Frame, strata: Mapping[str, list[str]], on: Attribute) -> dict[str, float]:
    """Return stratum -> expected share of positives, from the probabilities or else the labels of the run."""
    return {name: _mean([_expected(frame.units[key], on) for key in keys]) for name, keys in strata.items()}


def check_binary(on: Attribute, *, option: str) -> None:
    """Raise when an attribute has no positives."""
    if on.kind is not Kind.BINARY:
        hint = "use --method stratified --by label"
        raise UsageError(f"{option} needs a binary attribute, and {on.name} is {on.kind}", hint=hint)


def _stratum(unit: Unit, by: str, on: Attribute | None) -> str:
    if by not in ("label", "probability") or on is None:
        return unit.column(by) or NOTHING
    answer = unit.said.get(on.name)
    if answer is None or answer.status is not Status.OK or answer.label is None:
        return "no label" if by == "label" else "no probability"
    if by == "label":
        return f"predicted {label_text(answer.label)}"
    if answer.probability is None:
        return "no probability"
    edges = (0.0, *BANDS, 1.0)
    band = sum(answer.probability >= edge for edge in BANDS)
    return f"probability {edges[band]:.1f}-{edges[band + 1]:.1f}"


def _uncertainty(probability: float | None, on: Attribute) -> float | None:
    if probability is None:
        return None
    if on.kind is not Kind.BINARY:
        return 1 - probability
    distance = abs(probability - on.threshold)
    return 1 - distance / max(on.threshold, 1 - on.threshold)


def _expected(unit: Unit, on: Attribute) -> float:
    answer = unit.said.get(on.name)
    if answer is None or answer.label is None:
        return 0.5
    return float(answer.label is True) if answer.probability is None else answer.probability


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
