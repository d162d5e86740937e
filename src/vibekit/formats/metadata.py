"""From columns with many names to ``Metadata``: the only words about a video that an annotator may read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from vibekit.core.video import Metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.formats.manifest import Value

COLUMNS: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "description": ("description", "caption"),
    "hashtags": ("hashtags", "tags"),
    "creator": ("creator", "uploader", "channel", "author"),
    "language": ("language", "lang"),
    "transcript": ("transcript", "subtitles"),
}
"""Field of ``Metadata`` -> the columns that may fill it, the most telling name first."""

LIMITS: dict[str, int] = {
    "title": 1_000,
    "description": 10_000,
    "hashtags": 100,
    "creator": 200,
    "language": 35,
    "transcript": 20_000,
}
"""Longest text of a field in characters (of hashtags: how many); every character is paid for with each question."""

_ALL_COLUMNS = frozenset(name for names in COLUMNS.values() for name in names)
# Lone surrogates stand for bytes that are not UTF-8 and cannot be sent; control characters are never words.
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Metadata with what had to be done to it.

    Attributes:
        metadata: What may be sent.
        warnings: What was cut, such as ``transcript cut from 31000 to 20000 characters``.
    """

    metadata: Metadata
    warnings: tuple[str, ...] = ()


def words_of(values: Mapping[str, Value]) -> Words:
    """Pick the known columns out of a row.

    Args:
        values: Lower-cased column name -> cell.
    """
    texts = {field: _text(_first(values, COLUMNS[field])) for field in COLUMNS if field != "hashtags"}
    tags = hashtags(_first(values, COLUMNS["hashtags"]))
    cuts = [_cut_note(field, len(text)) for field, text in texts.items() if len(text) > LIMITS[field]]
    if len(tags) > LIMITS["hashtags"]:
        cuts.append(f"hashtags cut from {len(tags)} to {LIMITS['hashtags']}")
    short = {field: text[: LIMITS[field]] for field, text in texts.items()}
    metadata = Metadata(
        title=short["title"], description=short["description"], hashtags=tags[: LIMITS["hashtags"]],
        creator=short["creator"], language=short["language"], transcript=short["transcript"],
    )  # fmt: skip
    return Words(metadata=metadata, warnings=tuple(cuts))


def other_columns(values: Mapping[str, Value]) -> dict[str, str]:
    """Return the columns that stay on this machine: they may hold labels, and serve for ordering only."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if name not in _ALL_COLUMNS
    }


def merged(*sources: Metadata) -> Metadata:
    """Fill each field from the first source that has it."""
    result = Metadata()
    for name in [f.name for f in fields(Metadata)]:
        value = next((value for source in sources if (value := getattr(source, name))), None)
        result = result if value is None else replace(result, **{name: value})
    return result


def hashtags(value: Value) -> tuple[str, ...]:
    """Split hashtags: a list, a JSON list, or text separated by '#', by commas or by spaces; each once, without '#'."""
    parts = _split(value) if isinstance(value, str) else value
    cleaned = (_UNSENDABLE.sub("", part).strip().lstrip("#").strip()[:100] for part in parts)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))


def _split(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return _listed(text)
    if "#" in text:
        return re.split(r"[\s,;#]+", text)
    return re.split(r"[,;\n]", text) if re.search(r"[,;\n]", text) else text.split()


def _listed(text: str) -> list[str]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        # A list as Python prints it, which is what pandas writes into a CSV.
        return [item.strip().strip("'\"") for item in text[1:-1].split(",")]
    return [item for item in items if isinstance(item, str)]


def _first(values: Mapping[str, Value], names: tuple[str, ...]) -> Value:
    return next((values[name] for name in names if values.get(name)), "")


def _text(value: Value) -> str:
    joined = value if isinstance(value, str) else ", ".join(value)
    return _UNSENDABLE.sub("\ufffd", joined).strip()


def _cut_note(field: str, length: int) -> str:
    return f"{field} cut from {length} to {LIMITS[field]} characters"
