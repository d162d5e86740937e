"""Writes a golden set as CSV or for Label Studio: ``vibekit golden export``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.exchange import Exchange
from vibekit.core.video import text_path
from vibekit.errors import InputError, UsageError
from vibekit.formats.atomic import replacing
from vibekit.formats.golden_long import long_csv, long_rows
from vibekit.formats.golden_wide import wide_csv
from vibekit.formats.label_studio import min_json, tasks_json
from vibekit.formats.label_studio_config import labelling_config
from vibekit.stages.golden.open import open_golden
from vibekit.stages.golden.votes import majority_labels

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.golden import GoldenLabel, GoldenSet
    from vibekit.formats.golden_kept import Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfig:
    """What is written, and how.

    Attributes:
        golden: A golden set, or a plain table.
        out: The file.
        format: Of the file.
        ratings: False: only the videos, as tasks for people who must not see what others said.
        force: Replace a file that is there.
        attributes_dir: The user's definitions, for a plain table.
    """

    golden: Path
    out: Path
    format: Exchange
    ratings: bool = True
    force: bool = False
    attributes_dir: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What was written.

    Attributes:
        out: The file.
        videos: In it.
        events: In it.
        labels: In it: those that do not follow from the ratings.
        config: The labelling interface for Label Studio, beside it; empty for CSV.
        warnings: For people.
    """

    out: str
    videos: int
    events: int
    labels: int
    config: str = ""
    warnings: tuple[str, ...] = ()


def export(config: ExportConfig) -> ExportReport:
    """Write a golden set for another program.

    Raises:
        InputError: The set is broken, or the file is there.
        UsageError: The format cannot leave out ratings.
    """
    studio = config.format in (Exchange.LABEL_STUDIO, Exchange.LABEL_STUDIO_MIN)
    if not config.ratings and config.format is not Exchange.LABEL_STUDIO:
        raise UsageError("--no-ratings is for tasks", hint="add: --format label-studio")
    beside = config.out.with_suffix(".xml")
    if studio and beside == config.out:
        raise UsageError(f"--out {config.out}: the labelling interface goes there", hint="name a .json file")
    taken = next((path for path in ((config.out, beside) if studio else (config.out,)) if path.exists()), None)
    if taken is not None and not config.force:
        raise InputError("is there already", path=taken, hint="choose another --out, or replace it with --force")
    golden = open_golden(config.golden, attributes_dir=config.attributes_dir)
    labels = decided(golden) if config.ratings else []
    events = golden.events if config.ratings else ()
    data = _data(config, golden, long_rows(golden.items, events, labels))
    with replacing(config.out) as stream:
        stream.write(data)
    if studio:
        with replacing(beside) as stream:
            stream.write(labelling_config(golden.attributes.values()).encode())
    return ExportReport(
        out=text_path(config.out),
        videos=len(golden.items),
        events=len(events),
        labels=len(labels),
        config=text_path(beside) if studio else "",
        warnings=golden.warnings,
    )


def decided(golden: GoldenSet) -> list[GoldenLabel]:
    """Return the labels that do not follow from the ratings by majority: those that somebody decided upon."""
    majority = majority_labels(golden.events)
    return [label for key, label in golden.labels.items() if majority.get(key) != label]


def _data(config: ExportConfig, golden: GoldenSet, rows: list[Cells]) -> bytes:
    match config.format:
        case Exchange.CSV_LONG:
            return long_csv(rows)
        case Exchange.CSV_WIDE:
            return wide_csv(rows, tuple(golden.attributes))
        case Exchange.LABEL_STUDIO:
            return tasks_json(rows, ratings=config.ratings).encode()
        case Exchange.LABEL_STUDIO_MIN:
            return min_json(rows).encode()
