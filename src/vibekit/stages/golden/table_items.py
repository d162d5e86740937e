"""Videos of a golden table: what its rows say of each, which must not contradict one another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vibekit.core.golden import Item, Split
from vibekit.core.number import finite
from vibekit.errors import InputError
from vibekit.formats.golden_items import free_names, read_count, read_probability, read_split

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.formats.golden_rows import GoldenRow, GoldenTable

_OF_VIDEO = ("weight", "inclusion_probability", "group", "stratum", "split", "item_round")


@dataclass(slots=True)
class _Said:
    """What rows said of one video so far: meaning -> (text, line)."""

    line: int
    path: str = ""
    texts: dict[str, tuple[str, int]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)


def table_items(path: Path, table: GoldenTable, warnings: list[str]) -> dict[str, Item]:
    """Return the videos in the order of their first rows.

    Args:
        path: The file, for messages.
        table: Its rows.
        warnings: Receives what was odd.

    Raises:
        InputError: Two rows contradict each other, or a weight, a probability or a split is wrong; names the row.
    """
    said: dict[str, _Said] = {}
    varying: set[str] = set()
    for row in table.rows:
        _hear(path, said.setdefault(row.video_id, _Said(row.line)), row, varying)
    if varying:
        listed = ", ".join(sorted(varying))
        warnings.append(f"{path}: left out columns that differ between rows of one video: {listed}")
    roles = table.columns.roles
    items = {name: _item(path, name, one, roles.keys() & {*_OF_VIDEO}, varying) for name, one in said.items()}
    return _weighted(path, items, said, warnings) if "weight" in roles else items


def _hear(path: Path, said: _Said, row: GoldenRow, varying: set[str]) -> None:
    said.path = said.path or row.texts.get("path", "")
    for role in _OF_VIDEO:
        text = row.texts.get(role, "")
        before, line = said.texts.get(role, ("", 0))
        if before and text and before != text:
            what = f"{role} of {row.video_id} is {text!r} here and {before!r} in row {line}"
            raise InputError(what, path=path, line=row.line, hint="it belongs to the video: write the same in each row")
        if text and not before:
            said.texts[role] = (text, row.line)
    for name, text in row.columns.items():
        if said.columns.setdefault(name, text) != text:
            varying.add(name)


def _item(path: Path, video_id: str, said: _Said, roles: set[str], varying: set[str]) -> Item:
    def text(role: str, default: str) -> tuple[str, int]:
        found = said.texts.get(role)
        if found is None and role in roles and role in ("inclusion_probability", "weight", "split"):
            hint = "fill it in: some rows of this table have one"
            raise InputError(f"no {role} for {video_id}", path=path, line=said.line, hint=hint)
        return found or (default, said.line)

    chance, chance_line = text("inclusion_probability", "1")
    split, split_line = text("split", Split.TEST)
    round_, round_line = text("item_round", "1")
    text("weight", "1")
    return Item(
        video_id=video_id,
        path=said.path,
        stratum=text("stratum", "")[0],
        inclusion_probability=read_probability(chance, path=path, line=chance_line),
        group=text("group", "")[0],
        split=read_split(split, path=path, line=split_line),
        round=read_count(round_, name="round", least=1, path=path, line=round_line),
        columns=free_names({name: value for name, value in said.columns.items() if name not in varying}),
    )


def _weighted(path: Path, items: dict[str, Item], said: dict[str, _Said], warnings: list[str]) -> dict[str, Item]:
    """Turn weights into probabilities; where some are below 1 only their ratios can be meant."""
    weights = {name: _weight(path, *one.texts["weight"]) for name, one in said.items()}
    least = min(weights.values())
    if least < 1:
        warnings.append(f"{path}: weights below 1 are taken as relative: the smallest ({least:g}) as 1")
    unit = min(least, 1.0)
    return {name: replace(item, inclusion_probability=unit / weights[name]) for name, item in items.items()}


def _weight(path: Path, text: str, line: int) -> float:
    value = finite(text)
    if value is None or value <= 0:
        hint = "a weight is one over the chance of being drawn; a video that must not count is left out of the table"
        raise InputError(f"weight {text!r} is not a number above 0", path=path, line=line, hint=hint)
    return value
