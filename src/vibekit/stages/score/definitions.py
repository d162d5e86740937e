"""Which definition the labels were made with, and whether the golden set was rated with the same one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.attribute import SUFFIX
from vibekit.formats.library import Origin, find_attribute, list_attributes
from vibekit.stages.attribute_diff import DiffConfig, diff_attributes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from vibekit.core.attribute import Attribute
    from vibekit.core.golden import GoldenAttribute
    from vibekit.stages.score.predictions import Predictions
    from vibekit.stages.score.truth import Truth

LONGEST = 80
"""Characters of a piece of a definition that an error shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """The definition of an attribute as the user has it now.

    Attributes:
        attribute: The definition.
        path: Its file.
        shipped: True for a ready-made one, which is not the user's to change.
    """

    attribute: Attribute
    path: Path
    shipped: bool


def owned(names: Iterable[str], folder: Path | None) -> dict[str, Owned]:
    """Read the definitions that are found now; those that are nowhere are left out.

    Raises:
        InputError: One is there but wrong.
    """
    listed = {entry.name: entry.origin for entry in list_attributes(folder)}
    there = [name for name in names if name in listed]
    found = {name: find_attribute(name, folder) for name in there}
    return {
        name: Owned(attribute=f.attribute, path=f.path, shipped=listed[name] is Origin.SHIPPED)
        for name, f in found.items()
    }


def definition_of(
    name: str, predictions: Predictions, truth: Truth, mine: Mapping[str, Owned]
) -> tuple[Attribute | None, Path | None]:
    """Return the definition that the labels were made with, as far as it is known, and its file.

    A run keeps its own. Of a table it is the user's or that of the golden set, whichever has the fingerprint that the
    table names; without a fingerprint the user's.
    """
    if name in predictions.definitions:
        return predictions.definitions[name], predictions.definition_files[name]
    wanted = predictions.columns[name].definition
    rated = truth.attributes[name].definition
    places = [(mine[name].attribute, mine[name].path)] if name in mine else []
    if rated is not None:
        places.append((rated, truth.path / "attributes" / f"{name}{SUFFIX}"))
    return next(((a, path) for a, path in places if wanted in ("", a.fingerprint)), (None, None))


def what_changed(truth: Truth, predictions: Predictions, mine: Mapping[str, Owned]) -> dict[str, str]:
    """Return, for every attribute whose labels were made with another definition than the golden set, what changed.

    An attribute for which one side does not name its definition is not in it.
    """
    changed: dict[str, str] = {}
    for name, column in predictions.columns.items():
        rated = truth.attributes[name]
        if not rated.fingerprint or not column.definition:
            continue
        if column.definition in (rated.fingerprint, *rated.accepts):
            continue
        file = definition_of(name, predictions, truth, mine)[1]
        changed[name] = (
            f"'{name}' was rated as {rated.fingerprint} and labelled as {column.definition}: "
            f"{_difference(truth, rated, file)}"
        )
    return changed


def refuse_stale(truth: Truth, changed: Mapping[str, str]) -> None:
    """Raise when a definition changed.

    Raises:
        InputError: Labels and golden set answer different questions.
    """
    if changed:
        raise InputError(
            "; ".join(changed.values()), path=truth.path, item=next(iter(changed)),
            hint="rate the videos again, label with the rated definition, or go on with --allow-stale",
        )  # fmt: skip


def _difference(truth: Truth, rated: GoldenAttribute, file: Path | None) -> str:
    before = truth.path / "attributes" / f"{rated.name}{SUFFIX}"
    if file is None or not before.is_file():
        return "what changed cannot be said, for one of the definitions is not kept"
    report = diff_attributes(DiffConfig(one=str(before), other=str(file)))
    parts = []
    for change in report.changes:
        if change.judged:
            pieces = [f"- {_cut(p)}" for p in change.removed[:1]] + [f"+ {_cut(p)}" for p in change.added[:1]]
            parts.append(f"{change.key} ({' '.join(pieces) or change.note})")
    return f"changed are {', '.join(parts)}" if parts else "the kept definition was edited since"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
