"""Opens the folder of a golden set, and holds its files against each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.core.golden import GoldenSet
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.annotations import label_text
from vibekit.formats.attribute import SUFFIX, read_attribute
from vibekit.formats.golden_file import GOLDEN_FILE, read_golden
from vibekit.formats.golden_items import ITEMS_FILE, read_items
from vibekit.formats.golden_labels import LABELS_FILE, read_labels
from vibekit.formats.golden_ratings import RATINGS_FILE, numbered_events
from vibekit.stages.golden.votes import majority_labels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.golden import Event, GoldenAttribute, GoldenLabel, Item

ATTRIBUTES = "attributes"


def open_folder(path: Path) -> GoldenSet:
    """Read a golden set from its folder.

    Raises:
        InputError: A file is missing or broken, or two of them contradict each other; names file and line.
    """
    if not (path / GOLDEN_FILE).is_file():
        hint = "name the folder that vibekit golden sample or import wrote, or a table"
        raise InputError(f"not a golden set: it holds no {GOLDEN_FILE}", path=path, hint=hint)
    warnings: list[str] = []
    file = read_golden(path / GOLDEN_FILE)
    items = read_items(path / ITEMS_FILE)
    attributes = {name: _with_definition(path, known, warnings) for name, known in file.attributes.items()}
    events = _events(path / RATINGS_FILE, attributes, items, warnings)
    return GoldenSet(
        path=path,
        items=items,
        attributes=attributes,
        events=events,
        labels=_labels(path / LABELS_FILE, attributes, items, events, warnings),
        draw=file.draw,
        uses=file.uses,
        warnings=tuple(warnings),
    )


def _with_definition(path: Path, known: GoldenAttribute, warnings: list[str]) -> GoldenAttribute:
    file = path / ATTRIBUTES / f"{known.name}{SUFFIX}"
    if not file.is_file():
        if known.fingerprint:
            warnings.append(f"{file}: missing; what was rated as {known.name} cannot be read any more")
        return known
    definition = read_attribute(file)
    if known.fingerprint and definition.fingerprint != known.fingerprint:
        warnings.append(
            f"{file}: changed since the set was made (now {definition.fingerprint}, golden.yaml: {known.fingerprint}):"
            " ratings before and after it may answer different questions"
        )
    if definition.kind is not known.kind or definition.allowed != known.allowed:
        raise InputError(
            f"allows other labels than {GOLDEN_FILE} says of {known.name}", path=file,
            hint="put the definition back that was rated, or start another golden set",
        )  # fmt: skip
    return replace(known, definition=definition)


def _events(
    path: Path, attributes: Mapping[str, GoldenAttribute], items: Mapping[str, Item], warnings: list[str]
) -> tuple[Event, ...]:
    found: list[Event] = []
    strange: Counter[str] = Counter()
    for event, line in numbered_events(path, warnings=warnings):
        found.append(event)
        if event.attribute not in attributes and event.attribute:
            strange[f"of the attribute {event.attribute!r}, which golden.yaml does not have"] += 1
        elif event.value is not None and not _allows(attributes, event):
            known = attributes[event.attribute].allowed if event.attribute else ()
            allowed = ", ".join(label_text(label) for label in known) or "none: it names no attribute"
            text = f"{label_text(event.value)} is not a label of {event.attribute!r}"
            raise InputError(text, path=path, line=line, hint=f"the allowed ones are {allowed}")
        if event.video_id not in items:
            strange["of videos that items.csv does not have"] += 1
    warnings += [f"{path}: {n} lines {what}" for what, n in strange.items()]
    return tuple(found)


def _allows(attributes: Mapping[str, GoldenAttribute], event: Event) -> bool:
    """Whether a label is allowed, type included: 1 == True in Python, but not here."""
    allowed = attributes[event.attribute].allowed if event.attribute else ()
    return any(type(label) is type(event.value) and label == event.value for label in allowed)


def _labels(
    path: Path,
    attributes: Mapping[str, GoldenAttribute],
    items: Mapping[str, Item],
    events: tuple[Event, ...],
    warnings: list[str],
) -> dict[tuple[str, str], GoldenLabel]:
    known = [event for event in events if event.video_id in items and event.attribute in attributes]
    majority = majority_labels(known)
    if not path.exists():
        return majority
    labels = read_labels(path, attributes)
    for video_id, attribute in labels:
        if video_id not in items:
            near = did_you_mean(video_id, items)
            text = f"a label for {attribute} of {video_id}, which {ITEMS_FILE} does not have"
            raise InputError(text, path=path, hint=near or f"without a line in {ITEMS_FILE} it has no weight")
    lacking = sum(1 for key in majority if key not in labels)
    if lacking:
        warnings.append(
            f"{path}: older than the ratings: {lacking} rated videos have no row there and so no label;"
            f" renew it with: vibekit golden adjudicate {path.parent}"
        )
    warnings += _overtaken(path, labels, majority)
    return labels


def _overtaken(
    path: Path,
    labels: Mapping[tuple[str, str], GoldenLabel],
    now: Mapping[tuple[str, str], GoldenLabel],
) -> list[str]:
    """Say that votes or rulings came in since the labels were decided; an imported label stands above votes."""
    n = 0
    for key, label in labels.items():
        said = now.get(key)
        if said is not None and said.label != label.label and label.source != "import":
            by_votes = label.source == "majority" and label.label is not None
            n += by_votes or said.source == "expert"
    text = f"{path}: {n} labels are not what the ratings come to now; if nobody changed them by hand, renew it with:"
    return [f"{text} vibekit golden adjudicate {path.parent}"] if n else []
