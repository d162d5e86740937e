"""Opens a plain table as a golden set: long (``video,attribute,label[,rater]``) or wide (a column an attribute)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.golden import GoldenSet
from vibekit.formats.golden_rows import golden_table
from vibekit.formats.golden_value import golden_attribute, inferred_attribute
from vibekit.formats.golden_wide import long_table
from vibekit.formats.library import find_attribute, list_attributes
from vibekit.formats.manifest import read_table
from vibekit.stages.golden.table_answers import table_answers
from vibekit.stages.golden.table_items import table_items
from vibekit.stages.golden.votes import majority_labels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.golden_rows import GoldenTable
    from vibekit.formats.manifest import Table


def open_table(path: Path, *, attributes_dir: Path | None = None) -> GoldenSet:
    """Read a plain table.

    Labels of an attribute that has a definition are read by it; what others are is inferred from their labels. A
    plain table has no fingerprints, and cannot count uses.

    Args:
        path: The table.
        attributes_dir: The user's definitions; by default ``./attributes`` when there is one.

    Raises:
        InputError: The table is broken, a label is not allowed or rows contradict each other; names the row.
    """
    known = {entry.name for entry in list_attributes(attributes_dir)}
    return set_of_table(long_table(read_table(path), known=known), attributes_dir=attributes_dir)


def set_of_table(
    read: Table, *, attributes_dir: Path | None = None, known: Mapping[str, GoldenAttribute] | None = None
) -> GoldenSet:
    """Return the golden set that a table holds.

    Args:
        read: The table.
        attributes_dir: The user's definitions.
        known: Attributes by which labels are read before any definition is looked for.

    Raises:
        InputError: A label is not allowed or rows contradict each other; names the row.
    """
    path = read.path
    given = known or {}
    names = {*given, *(entry.name for entry in list_attributes(attributes_dir))}
    table = golden_table(read, known=names)
    warnings = [f"{path}: {note}" for note in table.warnings]
    attributes = _attributes(table, given, names, attributes_dir)
    items = table_items(path, table, warnings)
    answers = table_answers(path, table, attributes)
    warnings += [f"{path}: {n} {what}" for what, n in answers.counts.items() if n]
    return GoldenSet(
        path=path,
        items=items,
        attributes=attributes,
        events=tuple(answers.events),
        labels={**majority_labels(answers.events), **answers.labels},
        names=table.names,
        is_folder=False,
        warnings=tuple(warnings),
    )


def _attributes(
    table: GoldenTable, given: Mapping[str, GoldenAttribute], known: set[str], attributes_dir: Path | None
) -> dict[str, GoldenAttribute]:
    texts: dict[str, set[str]] = {}
    for row in table.rows:
        for name, text in row.cells:
            if name:
                texts.setdefault(name, set()).add(text)
    return {
        name: given[name]
        if name in given
        else golden_attribute(find_attribute(name, attributes_dir).attribute, fingerprint=False)
        if name in known
        else inferred_attribute(name, found)
        for name, found in texts.items()
    }
