"""Draws videos for a golden set, and keeps the chance that each had: ``vibekit golden sample``."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.golden import Item, Split
from vibekit.core.sampling import Allocation, Method
from vibekit.core.video import text_path
from vibekit.errors import InputError, UsageError
from vibekit.formats.golden_file import GoldenFile
from vibekit.formats.golden_items import free_names
from vibekit.formats.golden_value import golden_attribute
from vibekit.formats.library import find_attribute
from vibekit.stages.golden.draw import split_groups
from vibekit.stages.golden.frame import Frame, frame_of_files, frame_of_run
from vibekit.stages.golden.named import named_hashes, named_units
from vibekit.stages.golden.new_set import check_free, put_aside, write_set
from vibekit.stages.golden.pick import Picked, Stratum, pick
from vibekit.stages.inputs import read_inputs
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from vibekit.core.attribute import Attribute
    from vibekit.stages.golden.frame import Unit
    from vibekit.stages.progress import Progress

SILENT = Silent()


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleConfig:
    """What is drawn from, and how.

    Attributes:
        out: Folder of the new golden set.
        attributes: Names or files of the definitions that will be rated.
        sources: Folders, files, manifests; empty with ``run``.
        run: A run whose videos are drawn from.
        n: Videos wanted.
        method: random, stratified, uncertain or enriched.
        by: Stratified: ``label``, ``probability`` or a metadata column.
        on: Attribute whose predictions guide the draw; needed when several are rated.
        allocation: Stratified: proportional, equal or neyman.
        positives: Enriched: share of the sample that is predicted true.
        group_by: Metadata column whose groups stay on one side of the split.
        tune_share: Share of the groups on the tune side, in [0, 1).
        seed: Of the draw.
        metadata: Tables with further columns.
        attributes_dir: The user's definitions.
        force: Put an old set aside.
        workers: Processes that open files.
        timeout_s: Wall time for one file.
    """

    out: Path
    attributes: tuple[str, ...]
    sources: tuple[str, ...] = ()
    run: Path | None = None
    n: int = 300
    method: Method = Method.RANDOM
    by: str | None = None
    on: str | None = None
    allocation: Allocation | None = None
    positives: float | None = None
    group_by: str | None = None
    tune_share: float = 0.4
    seed: int = 0
    metadata: tuple[Path, ...] = ()
    attributes_dir: Path | None = None
    force: bool = False
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReport:
    """What was drawn.

    Attributes:
        out: The golden set.
        population: Videos (of files: files) that were drawn from.
        drawn: Videos of the set.
        tune: Of them, on the tune side.
        test: Of them, on the test side.
        groups: Groups among them; None without ``--group-by``.
        strata: How many of how many each stratum gave.
        lowest_probability: The least likely video of the set.
        left_out: Why something was not drawn -> how many.
        aside: Where an old set was put; empty without one.
        warnings: For people.
    """

    out: str
    population: int
    drawn: int
    tune: int
    test: int
    groups: int | None
    strata: tuple[Stratum, ...]
    lowest_probability: float
    left_out: dict[str, int]
    aside: str = ""
    warnings: tuple[str, ...] = ()


def sample(config: SampleConfig, *, progress: Progress = SILENT) -> SampleReport:
    """Draw a golden set and write its folder.

    Raises:
        UsageError: Options contradict each other.
        InputError: There is nothing to draw from, a definition or column does not exist, or ``out`` is taken.
    """
    _check(config)
    check_free(config.out, force=config.force)
    definitions = _definitions(config)
    on = _on(config, definitions)
    frame, left_out, warnings = _frame(config, definitions)
    if config.group_by is not None:
        frame.check_column(config.group_by, option="--group-by")
    picked = pick(config, frame, on, hashes=named_hashes(definitions), progress=progress)
    if not picked.chosen:
        raise InputError("no video can be drawn", hint="none of the files that were opened can be decoded")
    left_out.update(picked.left_out)
    warnings += _doubts(picked)
    items = _items(config, picked)
    if len(items) < config.n:
        warnings.append(f"{config.n} videos were asked for, and there are only {len(items)}")
    sides = Counter(item.split for item in items)
    warnings += _one_side(config, sides)
    aside = put_aside(config.out)
    write_set(config.out, _file(config, definitions, frame, picked, left_out), items)
    return SampleReport(
        out=text_path(config.out),
        population=len(frame.units),
        drawn=len(items),
        tune=sides[Split.TUNE],
        test=sides[Split.TEST],
        groups=len({item.group for item in items if item.group}) if config.group_by else None,
        strata=picked.strata,
        lowest_probability=min(item.inclusion_probability for item in items),
        left_out=dict(left_out),
        aside=text_path(aside) if aside else "",
        warnings=tuple(warnings),
    )


def _check(config: SampleConfig) -> None:
    """Raise when options contradict each other: none may be passed over in silence."""
    if not 0 <= config.tune_share < 1:
        raise UsageError(f"--tune-share {config.tune_share:g}: from 0 to below 1")
    if config.positives is not None and not 0 < config.positives < 1:
        raise UsageError(f"--positives {config.positives:g}: between 0 and 1")
    stratified = config.method is Method.STRATIFIED
    wrong = [
        ("--by", config.by is not None and not stratified, "--method stratified"),
        ("--allocation", config.allocation is not None and not stratified, "--by COLUMN"),
        ("--positives", config.positives is not None and config.method is not Method.ENRICHED, "--method enriched"),
    ]
    for option, is_wrong, needed in wrong:
        if is_wrong:
            raise UsageError(f"{option} does not go with --method {config.method}", hint=f"it needs {needed}")
    if config.run is not None and config.sources:
        raise UsageError("SOURCES and --run: name one of them", hint="the run knows its videos")


def _doubts(picked: Picked) -> list[str]:
    """Say what the chances of the draw do not cover."""
    doubts = [
        f"nothing could be drawn from stratum {s.name!r} ({s.population} files, none of which can be used):"
        " the set says nothing about it"
        for s in picked.strata
        if not s.drawn
    ]
    unusable = sum(s.examined - s.drawn for s in picked.strata)
    if unusable and any(s.examined < s.population for s in picked.strata):
        doubts.append(
            f"{unusable} of the files that were looked at cannot be used; how many of the others can is estimated from"
            " that, and with it the chance of each video"
        )
    return doubts


def _one_side(config: SampleConfig, sides: Counter[Split]) -> list[str]:
    """Say that a side of the split is empty."""
    kept = f"; groups of --group-by {config.group_by} stay together" if config.group_by else ""
    empty = [side for side in Split if not sides[side] and (side is Split.TEST or config.tune_share > 0)]
    return [f"no video is on the {side} side: draw more{kept}" for side in empty]


def _definitions(config: SampleConfig) -> list[Attribute]:
    if not config.attributes:
        raise UsageError("no attribute to rate", hint="name one: -a calming")
    found = [find_attribute(name, config.attributes_dir).attribute for name in dict.fromkeys(config.attributes)]
    names = Counter(one.name for one in found)
    twice = next((name for name, n in names.items() if n > 1), None)
    if twice is not None:
        raise UsageError(f"two definitions are named {twice}", hint="name each attribute once")
    return found


def _on(config: SampleConfig, definitions: list[Attribute]) -> Attribute | None:
    """Return the attribute whose predictions guide the draw; None when none do."""
    guided = config.method in (Method.UNCERTAIN, Method.ENRICHED) or config.by in ("label", "probability")
    if not guided and config.allocation is not Allocation.NEYMAN:
        return None
    if config.run is None:
        what = f"--by {config.by}" if config.method is Method.STRATIFIED else f"--method {config.method}"
        raise UsageError(f"{what} goes by predictions: it needs --run", hint="annotate first, then name the run")
    if config.on is None and len(definitions) > 1:
        names = ", ".join(one.name for one in definitions)
        raise UsageError(f"by the predictions of which attribute? ({names})", hint=f"add: --on {definitions[0].name}")
    name = config.on or definitions[0].name
    chosen = next((one for one in definitions if one.name == name), None)
    if chosen is None:
        raise UsageError(f"--on {name}: it is not among the attributes to rate", hint=f"add: -a {name}")
    return chosen


def _frame(config: SampleConfig, definitions: list[Attribute]) -> tuple[Frame, Counter[str], list[str]]:
    """Return what is drawn from, without what the definitions name; what is left out so far; and warnings."""
    if config.run is not None:
        frame = frame_of_run(config.run, [one.name for one in definitions], metadata=config.metadata)
    else:
        frame = frame_of_files(read_inputs(config.sources, metadata=config.metadata))
    warnings = list(frame.warnings)
    for one in definitions:
        judged = frame.definitions.get(one.name, one.fingerprint)
        if judged != one.fingerprint:
            warnings.append(f"the run judged {one.name} by another definition ({judged}) than is rated now")
    named = named_units(definitions, frame.units)
    left_out = Counter(frame.left_out)
    if named:
        left_out["named by the definition"] += len(named)
    units = {key: unit for key, unit in frame.units.items() if key not in named}
    if not units:
        raise InputError("there is no video to draw from", hint=", ".join(f"{n} {why}" for why, n in left_out.items()))
    return replace(frame, units=units), left_out, warnings


def _items(config: SampleConfig, picked: Picked) -> list[Item]:
    groups = {key: _group(config, unit) for key, (unit, _, _) in picked.chosen.items()}
    strata: dict[str, str] = {}
    for key, (_, stratum, _) in picked.chosen.items():
        strata.setdefault(groups[key] or key, stratum)
    sides = split_groups(strata, config.tune_share, seed=config.seed)
    return [
        Item(
            video_id=unit.video_id or key,
            path=text_path(unit.path),
            stratum=stratum,
            inclusion_probability=chance,
            group=groups[key],
            split=sides[groups[key] or key],
            columns=_columns(unit),
        )
        for key, (unit, stratum, chance) in picked.chosen.items()
    ]


def _group(config: SampleConfig, unit: Unit) -> str:
    return unit.column(config.group_by) if config.group_by else ""


def _columns(unit: Unit) -> dict[str, str]:
    """Return the metadata that scores can be sliced by."""
    found = {**unit.columns, **({"language": unit.metadata.language} if unit.metadata.language else {})}
    return free_names(found)


def _file(
    config: SampleConfig, definitions: list[Attribute], frame: Frame, picked: Picked, left_out: Counter[str]
) -> GoldenFile:
    source = [text_path(config.run)] if config.run is not None else [text_path(s) for s in config.sources]
    options = {
        "by": config.by, "on": config.on, "group_by": config.group_by,
        "allocation": str(config.allocation) if config.allocation else None, "positives": config.positives,
    }  # fmt: skip
    draw = {
        "source": source,
        "from": "run" if config.run is not None else "files",
        "method": str(config.method),
        **{name: value for name, value in options.items() if value is not None},
        "seed": config.seed,
        "tune_share": config.tune_share,
        "population": len(frame.units),
        "drawn": len(picked.chosen),
        "left_out": dict(left_out),
        "strata": [
            {"stratum": s.name, "population": s.population, "examined": s.examined, "drawn": s.drawn,
             **({} if s.probability is None else {"inclusion_probability": s.probability})}
            for s in picked.strata
        ],
    }  # fmt: skip
    return GoldenFile(attributes={one.name: golden_attribute(one) for one in definitions}, draw=draw)
