"""Brings ratings or labels of other programs into a golden set: ``vibekit golden import``."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vibekit.core.exchange import Exchange
from vibekit.core.golden import EventKind
from vibekit.core.ratings import standing
from vibekit.core.video import text_path
from vibekit.errors import InputError, UsageError
from vibekit.formats.golden_file import GOLDEN_FILE, GoldenFile, change_golden
from vibekit.formats.golden_items import ITEMS_FILE, write_items
from vibekit.formats.golden_labels import LABELS_FILE, write_labels
from vibekit.formats.golden_ratings import RATINGS_FILE, RatingsLog
from vibekit.formats.golden_value import golden_attribute
from vibekit.formats.golden_wide import long_table
from vibekit.formats.label_studio_read import is_label_studio, read_label_studio
from vibekit.formats.library import find_attribute, list_attributes
from vibekit.formats.manifest import read_table
from vibekit.stages.golden.export import decided
from vibekit.stages.golden.new_set import check_free, write_definitions, write_set
from vibekit.stages.golden.open import open_golden
from vibekit.stages.golden.open_table import set_of_table
from vibekit.stages.golden.tie import Tied, tie
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.golden import Event, GoldenAttribute, GoldenLabel, GoldenSet, Item
    from vibekit.formats.manifest import Table
    from vibekit.stages.progress import Progress

SILENT = Silent()
METHOD = "import"
"""Method of a set that was not drawn: its videos can be added to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportConfig:
    """What is brought in.

    Attributes:
        file: A table, or an export of Label Studio.
        out: The golden set; made when missing.
        attributes: Definitions that were rated: their fingerprints and copies go into the set.
        run: A run whose videos are meant; None for none.
        videos: Folders, files and manifests with the videos that are meant.
        format: Of the file; None to tell by its looks.
        attributes_dir: The user's definitions.
        workers: Processes that hash files.
        timeout_s: Wall time for one file.
    """

    file: Path
    out: Path
    attributes: tuple[str, ...] = ()
    run: Path | None = None
    videos: tuple[str, ...] = ()
    format: Exchange | None = None
    attributes_dir: Path | None = None
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    timeout_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What was brought in.

    Attributes:
        out: The golden set.
        videos: New in the set.
        events: Appended to ``ratings.jsonl``.
        known: Events that were there already.
        replaced: New answers that take the place of another answer of the same rater; the old ones stay in the log.
        labels: New in ``labels.csv``.
        unmatched: What the file calls the videos that were not found; nothing of them was brought in.
        warnings: For people.
    """

    out: str
    videos: int
    events: int
    known: int
    replaced: int
    labels: int
    unmatched: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def import_(config: ImportConfig, *, progress: Progress = SILENT) -> ImportReport:
    """Bring ratings or labels into a golden set; what is in the set stays, and the same file again adds nothing.

    Raises:
        UsageError: Options contradict each other.
        InputError: The file or the set is broken, a name fits several videos, or a label contradicts one in the set.
    """
    if config.run is not None and config.videos:
        raise UsageError("--run and --videos: name one of them", hint="the run knows its videos")
    old = open_golden(config.out) if (config.out / GOLDEN_FILE).exists() else None
    if old is None:
        check_free(config.out, force=False)
    given = {**(old.attributes if old else {}), **_definitions(config, old)}
    new = set_of_table(_read(config, given), attributes_dir=config.attributes_dir, known=given)
    if not new.events and not new.labels:
        raise InputError("holds neither ratings nor labels", path=config.file, hint="see docs/golden.md")
    tied = tie(new, old, run=config.run, videos=config.videos, uploaded=_is_studio(config), workers=config.workers,
               timeout_s=config.timeout_s, progress=progress)  # fmt: skip
    if not tied.ids:
        some = ", ".join(tied.unmatched[:3])
        raise InputError(
            f"none of its {len(new.items)} videos was found (it names {some})", path=config.file,
            hint="name videos by video_id, path or file name",
        )  # fmt: skip
    return _bring(config, old, new, tied, given)


def _read(config: ImportConfig, known: Mapping[str, GoldenAttribute]) -> Table:
    """Read the file as a long or wide table."""
    if _is_studio(config):
        return read_label_studio(config.file, attributes=tuple(known))
    table = read_table(config.file)
    if config.format is Exchange.CSV_LONG and not {"label", "value", "answer"} & set(table.columns):
        raise InputError("not a long table: no column 'label' or 'value'", path=config.file, line=1)
    if config.format is Exchange.CSV_WIDE and {"attribute"} & set(table.columns):
        raise InputError("not a wide table: it has a column 'attribute'", path=config.file, line=1)
    names = {*known, *(entry.name for entry in list_attributes(config.attributes_dir))}
    return long_table(table, known=names)


def _is_studio(config: ImportConfig) -> bool:
    studio = config.format in (Exchange.LABEL_STUDIO, Exchange.LABEL_STUDIO_MIN)
    return studio or (config.format is None and is_label_studio(config.file))


def _definitions(config: ImportConfig, old: GoldenSet | None) -> dict[str, GoldenAttribute]:
    found: dict[str, GoldenAttribute] = {}
    for name in config.attributes:
        one = find_attribute(name, config.attributes_dir).attribute
        before = old.attributes.get(one.name) if old else None
        if before is not None and one.fingerprint in (before.fingerprint, *before.accepts):
            continue
        if before is not None and before.fingerprint:
            raise InputError(
                f"the set has ratings of {one.name} by another definition ({before.fingerprint})", path=config.out,
                hint="leave out -a to use the set's own, or choose another --out",
            )  # fmt: skip
        found[one.name] = golden_attribute(one)
    return found


def _bring(
    config: ImportConfig,
    old: GoldenSet | None,
    new: GoldenSet,
    tied: Tied,
    given: Mapping[str, GoldenAttribute],
) -> ImportReport:
    events = [replace(e, video_id=tied.ids[e.video_id]) for e in new.events if e.video_id in tied.ids]
    labels = [replace(one, video_id=tied.ids[one.video_id]) for one in decided(new) if one.video_id in tied.ids]
    merged = _merged_labels(config, old, labels)
    attributes = {name: given.get(name) or _rated_by(one, config, events) for name, one in new.attributes.items()}
    if old is None:
        draw = {"method": METHOD, "source": [text_path(config.file)]}
        write_set(config.out, GoldenFile(attributes=attributes, draw=draw), tied.items)
    else:
        _extend(config, old, attributes, tied.items)
    fresh = _append(config, old, events)
    if merged is not None:
        write_labels(config.out / LABELS_FILE, merged.values())
    return ImportReport(
        out=text_path(config.out),
        videos=len(tied.items),
        events=len(fresh),
        known=len(events) - len(fresh),
        replaced=_replaced(old.events if old else (), fresh),
        labels=sum(1 for key, one in (merged or {}).items() if not old or old.labels.get(key) != one),
        unmatched=tied.unmatched,
        warnings=(*new.warnings, *tied.warnings, *_outdated(old, events, fresh)),
    )


def _rated_by(attribute: GoldenAttribute, config: ImportConfig, events: list[Event]) -> GoldenAttribute:
    """Return the attribute with the fingerprint that all of its ratings name, and the definition if it is at hand."""
    named = {event.definition for event in events if event.attribute == attribute.name}
    if len(named) != 1 or not (fingerprint := named.pop()):
        return attribute
    if attribute.name in {entry.name for entry in list_attributes(config.attributes_dir)}:
        one = find_attribute(attribute.name, config.attributes_dir).attribute
        if one.fingerprint == fingerprint:
            return golden_attribute(one)
    return replace(attribute, fingerprint=fingerprint)


def _append(config: ImportConfig, old: GoldenSet | None, events: list[Event]) -> list[Event]:
    """Append the events that the set does not have; each of its own stands for one of the file."""
    there = Counter(old.events if old else ())
    fresh: list[Event] = []
    for event in events:
        if there[event] > 0:
            there[event] -= 1
        else:
            fresh.append(event)
    if fresh:
        with RatingsLog(config.out / RATINGS_FILE) as log:
            log.append(*fresh)
    return fresh


def _replaced(old: tuple[Event, ...], fresh: list[Event]) -> int:
    before, after = standing(old), standing((*old, *fresh))
    kinds = (EventKind.RATING, EventKind.ABSTAIN)
    return sum(1 for key, e in before.items() if e.kind in kinds and after.get(key, e).value != e.value)


def _outdated(old: GoldenSet | None, events: list[Event], fresh: list[Event]) -> list[str]:
    """Say that answers of the file, known to the log, were followed there by others: they do not count any more."""
    if old is None:
        return []
    stands, wanted = standing((*old.events, *fresh)), standing(events)
    n = sum(1 for key, e in wanted.items() if key not in stands or stands[key].value != e.value)
    text = f"{n} answers of the file were there already, and the same raters said otherwise since: that stands."
    return [f"{text} To go back to the file's, give its rows a column 'ts' with the time now"] if n else []


def _merged_labels(
    config: ImportConfig, old: GoldenSet | None, labels: list[GoldenLabel]
) -> dict[tuple[str, str], GoldenLabel] | None:
    """Return all labels of the set with the new ones; None when nothing is new."""
    merged = dict(old.labels) if old else {}
    for label in labels:
        key = (label.video_id, label.attribute)
        before = merged.get(key)
        if before is not None and before.label is not None and before.label != label.label:
            raise InputError(
                f"{label.attribute} of {label.video_id} is {label.label} there and {before.label} in the set",
                path=config.file, hint="a golden label is changed by vibekit golden adjudicate, or in labels.csv",
            )  # fmt: skip
        if before is None or before.label is None:
            merged[key] = label
    return merged if merged != (old.labels if old else {}) else None


def _extend(
    config: ImportConfig, old: GoldenSet, attributes: Mapping[str, GoldenAttribute], items: tuple[Item, ...]
) -> None:
    if items:
        write_items(config.out / ITEMS_FILE, (*old.items.values(), *items))
    changed = {name: one for name, one in attributes.items() if old.attributes.get(name) != one}
    if changed:
        write_definitions(config.out, changed.values())
        change_golden(config.out / GOLDEN_FILE, lambda file: replace(file, attributes={**file.attributes, **changed}))
