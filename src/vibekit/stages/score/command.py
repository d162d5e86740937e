"""``vibekit score``: labels against a golden set, from two paths to a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit import __version__
from vibekit.core.score import ScoreReport
from vibekit.errors import InputError
from vibekit.formats.run import now
from vibekit.metrics.several import averages
from vibekit.stages.progress import Silent
from vibekit.stages.score.attribute import Task, score_attribute
from vibekit.stages.score.definitions import refuse_stale, what_changed
from vibekit.stages.score.frames import frames_of, in_turn
from vibekit.stages.score.gates import check_names, gates_of
from vibekit.stages.score.lock import check_lock, record_looks
from vibekit.stages.score.place import check_folder, folder_of
from vibekit.stages.score.sides import open_sides
from vibekit.stages.score.slices import columns_of, with_false_discovery_rate
from vibekit.stages.score.thresholds import writable, written
from vibekit.stages.score.truth import choose_split

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.estimate import Estimate
    from vibekit.core.score import AttributeScore
    from vibekit.stages.progress import Progress
    from vibekit.stages.score.attribute import Scored
    from vibekit.stages.score.config import ScoreConfig
    from vibekit.stages.score.sides import Sides


def score(config: ScoreConfig, *, progress: Progress | None = None) -> ScoreReport:
    """Score labels against a golden set, and write the report.

    Whatever of the request is wrong ends it before the test split is looked at. The look is written down before any
    number is returned.

    Args:
        config: What is asked for.
        progress: Is told how far it is.

    Raises:
        InputError: A side is wrong, the two do not fit together, or the test split is locked for this definition.
    """
    progress = progress or Silent()
    sides = open_sides(
        config.golden,
        (config.labels,),
        attributes=config.attributes,
        attributes_dir=config.attributes_dir,
        id_column=config.id_column,
    )
    truth, labels = sides.truth, sides.labels[0]
    folder = _checked(config, sides)
    changed = what_changed(truth, labels.predictions, sides.mine)
    if not config.allow_stale:
        refuse_stale(truth, changed)
    split, split_note = choose_split(truth, config.split)
    look = check_lock(truth, split, labels.fingerprints, i_know=config.i_know)
    columns = columns_of(config.by, truth, labels.predictions, labels.rows)
    task = Task(config=config, truth=truth, labels=labels, split=split, mine=sides.mine, columns=columns)
    scored = _score_all(task, sides.names, progress)
    scores = with_false_discovery_rate({name: one.score for name, one in scored.items()})
    macro, micro = _averages(scored, config)
    gates = gates_of(config.gates, scores, macro, config.bound)
    uses = record_looks(truth, [(look, str(config.labels), labels.fingerprints)], command=config.command)
    if config.write_threshold:
        scores = _with_thresholds(scores, sides, labels.fingerprints)
    predictions = labels.predictions
    report = ScoreReport(
        labels=str(config.labels),
        golden=str(config.golden),
        split=str(split),
        attributes=scores,
        annotator=predictions.annotator,
        model=predictions.model,
        cost_usd=predictions.cost_usd,
        macro=macro,
        micro=micro,
        gates=gates,
        passed=all(gate.passed for gate in gates) if gates else None,
        uses=uses,
        forced=look.forced,
        stale="; ".join(changed.values()),
        created_at=now(),
        vibekit=__version__,
        warnings=(*sides.warnings, *look.notes, *((split_note,) if split_note else ()), *_left_out(scores)),
    )
    return report if folder is None else _written(report, folder, task, progress)


def _checked(config: ScoreConfig, sides: Sides) -> Path | None:
    """Find out what would go wrong after the look, before it."""
    check_names(config.gates, sides.names)
    if config.write_threshold:
        if not sides.truth.tune.any():
            raise InputError(
                "no threshold can be written: the golden set has no tune split, and one that was chosen on the test "
                "split would flatter itself",
                path=config.golden, hint="draw with: vibekit golden sample --tune-share 0.4",
            )  # fmt: skip
        for name, fingerprint in sides.labels[0].fingerprints.items():
            if str(sides.truth.attributes[name].kind) == "binary":
                writable(name, sides.mine, definition=fingerprint)
    if not config.report:
        return None
    folder = folder_of(config)
    check_folder(folder)
    return folder


def _score_all(task: Task, names: tuple[str, ...], progress: Progress) -> dict[str, Scored]:
    progress.begin("attributes", len(names))
    scored = {}
    for name in names:
        scored[name] = score_attribute(task, name)
        progress.advance()
    progress.end()
    return scored


def _averages(scored: Mapping[str, Scored], config: ScoreConfig) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    samples = [one.sample for one in scored.values() if one.sample is not None]
    return averages(samples, draws=config.draws, seed=config.seed) if samples else ({}, {})


def _left_out(scores: Mapping[str, AttributeScore]) -> list[str]:
    """Name the attributes that a macro average is without."""
    binary = {name: one for name, one in scores.items() if one.positives is not None}
    found = []
    for metric in ("precision", "recall", "f1"):
        without = [name for name, one in binary.items() if getattr(one, metric).value is None]
        if without and len(without) < len(binary):
            found.append(f"the macro {metric} is without {', '.join(without)}, for which it is not defined")
    return found


def _with_thresholds(
    scores: Mapping[str, AttributeScore], sides: Sides, fingerprints: Mapping[str, str]
) -> dict[str, AttributeScore]:
    return {
        name: replace(one, threshold=written(name, one.threshold, sides.mine, definition=fingerprints[name]))
        for name, one in scores.items()
    }


def _written(report: ScoreReport, folder: Path, task: Task, progress: Progress) -> ScoreReport:
    from vibekit.reports.write import FILES, write_report

    gallery = in_turn(report.attributes.values())
    frames = frames_of(gallery, task.labels.predictions, progress) if task.config.frames else {}
    report = replace(report, out=str(folder), files=tuple(str(folder / name) for name in FILES))
    write_report(report, folder, frames=frames)
    return report
