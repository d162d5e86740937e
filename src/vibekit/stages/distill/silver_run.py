"""A run as a silver source: answers with status ok, with their probabilities."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.distill_parts import Source
from vibekit.core.fingerprint import fingerprint
from vibekit.core.video import text_path
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.attribute import SUFFIX, read_attribute
from vibekit.formats.golden_value import golden_attribute
from vibekit.formats.run import read_run
from vibekit.stages.distill.run_costs import measured_costs
from vibekit.stages.distill.silver import SourceLabels, SourceSet, soft_labels
from vibekit.stages.score.predictions import NO_LABEL, Outcome
from vibekit.stages.score.run_labels import read_run_labels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.run import RunFile
    from vibekit.stages.score.predictions import Column, Predictions


def read_silver_run(run: Path, attributes: Sequence[str], *, smoothing: float) -> SourceSet:
    """Read a run.

    Args:
        run: Its folder.
        attributes: Names; empty for all. Those that the run lacks are left out.
        smoothing: What a label without a probability is short of certain.

    Raises:
        InputError: The run is damaged, or does not keep the definition that it was made with.
    """
    head = read_run(run / "run.json")
    wanted = [name for name in head.attributes if not attributes or name in attributes]
    if attributes and not wanted:
        raise InputError(
            f"no labels of '{attributes[0]}' in this run", path=run, item=attributes[0],
            hint=did_you_mean(attributes[0], head.attributes) or f"it has: {', '.join(head.attributes)}",
        )  # fmt: skip
    asked = {name: _attribute(run, name, head) for name in wanted}
    found = read_run_labels(run, asked)
    left_out: Counter[str] = Counter()
    labels = {}
    for name, column in found.columns.items():
        rows = np.flatnonzero(_usable(column))
        labels[name] = SourceLabels(
            attribute=asked[name],
            rows=rows,
            chance=soft_labels(asked[name], column.label[rows], column.probability[rows], smoothing=smoothing),
            definition=column.definition,
        )
        for outcome in Outcome:
            if outcome is not Outcome.OK:
                left_out[outcome.name.lower()] += int((column.outcome == outcome).sum())
    source = Source(
        path=text_path(run),
        annotator=found.annotator,
        model=found.model,
        labels=sum(len(one.rows) for one in labels.values()),
        left_out={name: n for name, n in left_out.items() if n},
        recipe=fingerprint({name: head.attributes[name].recipe for name in wanted}),
    )
    ids = found.ids.to_pylist()
    latency, paid = measured_costs(
        run / "annotations.jsonl", {name: head.attributes[name].fingerprint for name in wanted}
    )
    return SourceSet(
        source=source,
        ids=ids,
        paths=found.paths.to_pylist(),
        labels=labels,
        creators=_creators(found),
        latency_s=latency,
        paid=paid,
        warnings=found.warnings,
    )


def _usable(column: Column) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray((column.outcome == Outcome.OK) & (column.label != NO_LABEL))


def _attribute(run: Path, name: str, head: RunFile) -> GoldenAttribute:
    wanted = head.attributes[name].fingerprint
    for place in (run / "attributes" / f"{name}{SUFFIX}", run / "attributes" / f"{name}@{wanted}{SUFFIX}"):
        if place.is_file():
            definition = read_attribute(place, check_name=False)
            if definition.fingerprint == wanted:
                return golden_attribute(definition)
    raise InputError(
        f"the definition {wanted} of '{name}', which its labels were made with, is not in attributes/",
        path=run, item=name, hint="put the file back, or annotate anew",
    )  # fmt: skip


def _creators(found: Predictions) -> dict[str, str]:
    return {name: video.metadata.creator for name, video in found.videos.items() if video.metadata.creator}
