"""The threshold that the tune split suggests, what it gives on the scored split, and corrections of probabilities."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.score_parts import Calibrated, Threshold
from vibekit.core.scoring import SplitChoice
from vibekit.errors import InputError
from vibekit.formats.attribute_threshold import check_threshold, write_threshold
from vibekit.metrics.binary import metric
from vibekit.metrics.calibration import reliability
from vibekit.metrics.calibrators import METHODS, fit
from vibekit.metrics.ranking import with_probability
from vibekit.metrics.threshold import apply, choose
from vibekit.metrics.units import units_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.estimate import Estimate
    from vibekit.metrics.sample import Sample
    from vibekit.metrics.threshold import Goal
    from vibekit.stages.score.definitions import Owned

SHOWN = ("precision", "recall", "f1")
FEW = 20
"""Golden positives of the tune split below which a threshold follows chance."""


def threshold_of(
    tune: Sample | None, scored: Sample, goal: Goal, *, split: SplitChoice, current: float | None
) -> Threshold | None:
    """Choose a threshold on the tune split and measure it on the scored one.

    Args:
        tune: The tune split; None where the set has none.
        scored: The scored videos.
        goal: What for.
        split: Which videos are scored.
        current: The threshold in force now.

    Returns:
        None when there are no probabilities at all.
    """
    if not has_probabilities(scored) and (tune is None or not has_probabilities(tune)):
        return None
    if tune is None:
        note = "the golden set has no tune split: a threshold chosen on the scored videos would flatter itself"
        return Threshold(value=None, goal=str(goal), current=current, note=note)
    chosen = choose(tune, goal)
    if chosen.value is None:
        return Threshold(value=None, goal=str(goal), current=current, note=chosen.note)
    notes = [chosen.note] if chosen.note else []
    positives = int(tune.truth.sum())
    if positives < FEW:
        notes.append(f"chosen on {positives} golden positives only: it follows chance")
    measured: Mapping[str, Estimate] = {}
    if split is SplitChoice.TEST:
        measured = _at(scored, chosen.value)
    else:
        notes.append("measured on the videos that it was chosen on only, which flatters it: score the test split")
    return Threshold(
        value=chosen.value,
        goal=str(goal),
        tune=chosen.estimates or {},
        scored=measured,
        current=current,
        note="; ".join(notes),
    )


def has_probabilities(sample: Sample) -> bool:
    """Say whether any video has a probability."""
    return sample.probability is not None and bool(np.isfinite(sample.probability).any())


def _at(sample: Sample, threshold: float) -> dict[str, Estimate]:
    predicted = apply(sample, threshold)
    units = units_of(predicted.group, predicted.stratum)
    return {name: metric(name, predicted, units) for name in SHOWN}


def calibration_of(
    tune: Sample | None, scored: Sample, *, split: SplitChoice, draws: int, seed: int
) -> tuple[Calibrated, ...]:
    """Fit corrections on the tune split and measure them on the test split; as they are come first.

    Args:
        tune: The tune split; None where the set has none.
        scored: The scored videos.
        split: Which these are; nothing is fitted unless they are the test split.
        draws: Of the bootstrap.
        seed: Of the draws.
    """
    if not has_probabilities(scored):
        return ()
    rows = [_measured("none", scored, {}, draws, seed)]
    if tune is None or split is not SplitChoice.TEST:
        return tuple(rows)
    kept, _ = with_probability(scored)
    for method in METHODS:
        calibrator = fit(method, tune).calibrator
        if calibrator is not None and kept.probability is not None:
            corrected = replace(kept, probability=calibrator.apply(kept.probability))
            note = {"note": calibrator.note} if calibrator.note else {}
            rows.append(_measured(method, corrected, {**calibrator.parameters, **note}, draws, seed))
    return tuple(rows)


def _measured(method: str, sample: Sample, parameters: Mapping[str, object], draws: int, seed: int) -> Calibrated:
    found = reliability(sample, draws=draws, seed=seed)
    return Calibrated(method=method, brier=found.brier, ece=found.ece, parameters=dict(parameters))


def written(name: str, threshold: Threshold | None, mine: Mapping[str, Owned], *, definition: str) -> Threshold | None:
    """Write a chosen threshold into the user's definition; returns it with the file that it was written to.

    Args:
        name: Of the attribute.
        threshold: As chosen; without a value nothing is written.
        mine: The user's definitions.
        definition: Fingerprint that the labels were made with; empty when not known.

    Raises:
        InputError: There is no file of the user's, or it is another definition than that of the labels.
    """
    if threshold is None or threshold.value is None:
        return threshold
    path = writable(name, mine, definition=definition)
    write_threshold(path, threshold.value)
    return replace(threshold, written=str(path))


def writable(name: str, mine: Mapping[str, Owned], *, definition: str) -> Path:
    """Return the user's definition that a threshold may be written into.

    Raises:
        InputError: There is none, it is another definition than that of the labels, or its text cannot be changed.
    """
    if name not in mine or mine[name].shipped:
        what = "is a ready-made one" if name in mine else "is nowhere"
        raise InputError(
            f"no threshold can be written: the definition of '{name}' {what}",
            item=name, hint=f"put it into attributes/{name}.yaml first, or name its folder with --attributes-dir",
        )  # fmt: skip
    found = mine[name]
    if definition and found.attribute.fingerprint != definition:
        raise InputError(
            f"no threshold can be written: the labels of '{name}' were made with the definition {definition}, "
            f"and this is {found.attribute.fingerprint}",
            path=found.path, hint="label with this definition first",
        )  # fmt: skip
    check_threshold(found.path)
    return found.path
