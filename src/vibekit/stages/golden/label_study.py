"""From a golden set and what the user asked for to what is rated on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.golden import Role
from vibekit.errors import InputError, UsageError, did_you_mean
from vibekit.labelling.request import RATER
from vibekit.labelling.study import Study, Task
from vibekit.stages.golden.label_files import find_files

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.attribute import Attribute
    from vibekit.core.golden import GoldenAttribute, GoldenSet, Item
    from vibekit.stages.golden.label_config import LabelConfig
    from vibekit.stages.golden.label_files import Found

MOST_REPEATED = 0.5
_SHOWN = 3


def check_config(config: LabelConfig) -> None:
    """Refuse what cannot be right whatever the set is.

    Raises:
        UsageError: It cannot.
    """
    for name in config.raters:
        if not RATER.fullmatch(name):
            raise UsageError(f"rater {name!r}", hint="a name has 1-32 of these: a-z 0-9 _ -")
    if len(set(config.raters)) < len(config.raters):
        raise UsageError(f"--raters {','.join(config.raters)}: a name comes twice")
    if not 0 <= config.repeats <= MOST_REPEATED:
        raise UsageError(f"--repeats {config.repeats:g}: a share from 0 to {MOST_REPEATED:g}, such as 0.08")
    if not 0 <= config.min_watched <= 1:
        raise UsageError(f"--min-watched {config.min_watched:g}: a share from 0 to 1, such as 0.5")


def make_study(config: LabelConfig, golden: GoldenSet) -> tuple[Study, Found]:
    """Choose items and definitions and find the files.

    Raises:
        InputError: Nothing is left to rate, a definition is missing or changed, or no file is found.
    """
    attributes = _attributes(config, golden)
    queue = _queue(config, golden, attributes)
    wanted = {task.video_id for task in queue}
    items = [item for item in _items(config, golden) if not queue or item.video_id in wanted]
    found = find_files(items, folder=golden.path, videos=config.videos)
    if not found.clips:
        raise _nothing_there(found, golden.path)
    study = Study(
        clips=found.clips,
        attributes=attributes,
        fingerprints={name: definition.fingerprint for name, definition in attributes.items()},
        order=config.order,
        repeats=config.repeats if config.role is Role.RATER else 0.0,
        seed=config.seed,
        queue=tuple(task for task in queue if task.video_id in found.clips),
        role=config.role,
        min_watched=config.min_watched,
        raters=config.raters,
    )
    return study, found


def _attributes(config: LabelConfig, golden: GoldenSet) -> dict[str, Attribute]:
    for name in config.attributes:
        if name not in golden.attributes:
            near = did_you_mean(name, golden.attributes)
            known = f"it has {', '.join(golden.attributes)}"
            raise InputError(f"no attribute '{name}' in this set", path=golden.path, hint=f"{near} {known}".strip())
    return {name: _definition(golden, golden.attributes[name]) for name in config.attributes or golden.attributes}


def _definition(golden: GoldenSet, known: GoldenAttribute) -> Attribute:
    """Return the definition that raters are to read; it must be the one that was rated so far."""
    file = golden.path / "attributes" / f"{known.name}.yaml"
    if known.definition is None:
        hint = f"copy its definition there, or name others with --attribute: vibekit attributes show {known.name}"
        raise InputError(f"no definition of '{known.name}' to show to raters", path=file, hint=hint)
    allowed = (known.fingerprint, *known.accepts)
    if known.fingerprint and known.definition.fingerprint not in allowed:
        raise InputError(
            "changed since the set was made: answers before and after it would be to different questions",
            path=file,
            hint="put the old definition back, or draw another golden set for the new one",
        )
    return known.definition


def _items(config: LabelConfig, golden: GoldenSet) -> list[Item]:
    items = [
        item
        for item in golden.items.values()
        if config.split in (None, item.split) and config.round in (None, item.round)
    ]
    if not items:
        asked = [f"--split {config.split}" if config.split else "", f"--round {config.round}" if config.round else ""]
        raise InputError(f"no video in it for {' '.join(filter(None, asked)) or 'raters'}", path=golden.path)
    return items


def _queue(config: LabelConfig, golden: GoldenSet, attributes: dict[str, Attribute]) -> tuple[Task, ...]:
    for video_id, name in config.queue:
        if video_id not in golden.items or name not in golden.attributes:
            raise InputError(f"{name} of {video_id} is not in the set", path=golden.path)
    inside = {item.video_id for item in _items(config, golden)}
    chosen = dict.fromkeys((v, name) for v, name in config.queue if name in attributes and v in inside)
    if config.queue and not chosen:
        raise InputError("nothing of the queue is left for these options", path=golden.path)
    return tuple(Task(video_id=video_id, attribute=name) for video_id, name in chosen)


def _nothing_there(found: Found, path: Path) -> InputError:
    shown = ", ".join(found.missing[:_SHOWN])
    return InputError(
        f"none of its {len(found.missing)} videos is there ({shown} ...)",
        path=path,
        hint=f"say where they lie now: vibekit golden label {path} --videos DIR",
    )
