"""Which column of somebody's table says what: the video, the rater, the label, the weight."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.golden_long import META
from vibekit.formats.manifest import PATH_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from vibekit.formats.manifest import Table

ID = "video_id"
NAMES: dict[str, tuple[str, ...]] = {
    ID: ("video_id", "sha256"),
    "path": PATH_COLUMNS,
    "attribute": ("attribute",),
    "label": ("label", "value", "answer"),
    "rater": ("rater", "rater_id", "worker", "worker_id", "annotator", "annotator_id"),
    "repeat": ("repeat",),
    "split": ("split",),
    "weight": ("weight", "weights"),
    "inclusion_probability": ("inclusion_probability",),
    "group": ("group", "creator"),
    "stratum": ("stratum",),
    "ts": ("ts", "timestamp"),
    "seconds": ("seconds",),
}
"""What a column means -> names that it may have, the most telling first."""

WEAK_IDS = ("id", "item", "item_id", "task", "question")
"""Names of an id where neither a hash nor a path is given; beside those they are metadata."""

LONG_ONLY: dict[str, tuple[str, ...]] = {
    name: (name,)
    for name in (
        "note", "kind", "watched", "definition", "role", "round", "item_round",
        "probability", "n_raters", "agreement", "source",
    )
}  # fmt: skip
"""The same for what only makes sense beside one label; in a wide table such columns are metadata."""

COUNTS = ("rater", "weight", "inclusion_probability", "split", "group", "stratum", "repeat")
"""Columns that change numbers: a misspelt one must not pass for metadata."""
_CLOSE = 0.8
_ORDINARY = frozenset({"height", "width", "rate", "rating", "ratings"})
"""Near to one of them, and yet words of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Columns by what they mean.

    Attributes:
        roles: Meaning -> column.
        attributes: Columns that hold the labels of an attribute each; empty for a long table.
        others: Columns that are metadata, in file order.
    """

    roles: Mapping[str, str]
    attributes: tuple[str, ...]
    others: tuple[str, ...]


def columns_of(table: Table, *, known: Collection[str]) -> Columns:
    """Tell what each column of a table means.

    A table with a column ``label`` or ``value`` is long: a row a label. Any other is wide: every column with the name
    of a known attribute, and every column that holds nothing but 0, 1, true and false, is an attribute.

    Args:
        table: The table.
        known: Names of attributes that have a definition.

    Raises:
        InputError: No column names the video or holds labels; or a column that changes numbers seems misspelt.
    """
    long = any(name in table.columns for name in NAMES["label"])
    if long and "attribute" not in table.columns:
        _check_one_form(table, known)
    wanted = {**NAMES, **LONG_ONLY} if long else {k: v for k, v in NAMES.items() if k not in ("attribute", "label")}
    taken = set() if long else set(known)
    roles = {role: found for role, names in wanted.items() if (found := _first(names, table.columns, taken))}
    if ID not in roles and "path" not in roles:
        roles |= {ID: weak} if (weak := _first(WEAK_IDS, table.columns, taken)) else {}
    if ID not in roles and "path" not in roles:
        raise _lacks(table, "names the video", (*NAMES[ID], *NAMES["path"]))
    if "weight" in roles and "inclusion_probability" in roles:
        text = f"columns {roles['weight']!r} and {roles['inclusion_probability']!r} say the same"
        raise InputError(text, path=table.path, line=1, hint="keep one: a weight is one over the probability")
    ids = {name for name in NAMES[ID] if name in table.columns}
    rest = tuple(name for name in table.columns if name not in {*roles.values(), *ids})
    attributes = () if long else _wide(table, rest, known)
    if not long and not attributes:
        raise _lacks(table, "holds labels", ("label", "value", "or the name of an attribute"))
    others = tuple(name for name in rest if name not in attributes)
    check_spelling(table.path, others, roles, line=1)
    return Columns(roles=roles, attributes=attributes, others=others)


def _first(names: Iterable[str], columns: Collection[str], taken: Collection[str]) -> str | None:
    return next((name for name in names if name in columns and name not in taken), None)


def _check_one_form(table: Table, known: Collection[str]) -> None:
    """Raise when a table has both a column of labels and columns named like attributes."""
    wide = next((name for name in table.columns if name in known and name not in NAMES["label"]), None)
    if wide is not None:
        label = next(name for name in NAMES["label"] if name in table.columns)
        text = f"columns {label!r} and {wide!r}: does {label!r} hold the labels, or does {wide!r}?"
        raise InputError(text, path=table.path, line=1, hint=f"rename {label!r}, or add a column 'attribute'")


def _wide(table: Table, names: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    seen: dict[str, set[str]] = {name: set() for name in names}
    for row in table.rows:
        for name, value in row.values.items():
            if name in seen and len(seen[name]) < 8:
                seen[name].add(str(value).strip().lower())
    plain = {"0", "1", "true", "false", "0.0", "1.0"}
    return tuple(name for name in names if name in known or (seen[name] and seen[name] <= plain))


def check_spelling(path: Path, others: Iterable[str], roles: Collection[str], *, line: int | None = None) -> None:
    """Raise when a column that changes numbers seems misspelt: it would pass for metadata.

    Args:
        path: The table.
        others: Its columns that mean nothing known, in lower case.
        roles: Meanings that are there.
        line: Of the header.

    Raises:
        InputError: One does.
    """
    strange = [name for name in others if name not in _ORDINARY and not name.startswith(META)]
    for role in COUNTS:
        near = [] if role in roles else get_close_matches(role, strange, n=1, cutoff=_CLOSE)
        if near:
            hint = f"did you mean {role!r}? If it is metadata, rename it; {role} may be named {', '.join(NAMES[role])}"
            raise InputError(f"unknown column {near[0]!r}", path=path, line=line, hint=hint)


def _lacks(table: Table, what: str, names: tuple[str, ...]) -> InputError:
    listed = ", ".join(table.columns) or "none"
    near = next((f"did you mean {n!r}? " for n in names if get_close_matches(n, table.columns, n=1, cutoff=0.75)), "")
    return InputError(
        f"no column {what}; its columns are: {listed}",
        path=table.path,
        line=1,
        hint=f"{near}name one {', '.join(names)}",
    )
