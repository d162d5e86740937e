"""``vibekit attributes diff``: what changed between two definitions, and whether videos must be asked about again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.errors import InputError, UsageError
from vibekit.formats.attribute import SUFFIX, read_attribute
from vibekit.formats.attribute_text import document
from vibekit.formats.library import Found, find_attribute

if TYPE_CHECKING:
    from vibekit.core.attribute import Attribute

OUTSIDE = {
    "version": "a number for people",
    "threshold": "used by later stages; labels stay as they are",
    "signals": "only the built-in annotator reads them; it alone answers again",
    "owner": "for people",
    "changelog": "for people",
}
"""Keys that do not enter the fingerprint, and what a change of them means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffConfig:
    """What to compare.

    Attributes:
        one: A name or a file: the old side, or with ``against`` the new one.
        other: A name or a file: the new side; empty with ``against``.
        against: The old side: a file, or the folder of a run that keeps the definitions it was made with.
        folder: The user's definitions; None for ``./attributes``.
    """

    one: str
    other: str = ""
    against: Path | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One key that differs.

    Attributes:
        key: The YAML key.
        judged: True when it enters the fingerprint.
        removed: Pieces (sentences, list elements) of the old side only.
        added: Pieces of the new side only.
        note: What it means when it is outside the fingerprint; or that only the order changed.
    """

    key: str
    judged: bool
    removed: tuple[str, ...]
    added: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport:
    """What changed.

    Attributes:
        before: File of the old side.
        after: File of the new side.
        fingerprint_before: Of the old side.
        fingerprint_after: Of the new side.
        fingerprint_changed: True when labels of the old side do not answer the new one.
        reason: Why, in one sentence.
        changes: Key by key, in the order of a file.
        advice: What is left to do; may be empty.
    """

    before: str
    after: str
    fingerprint_before: str
    fingerprint_after: str
    fingerprint_changed: bool
    reason: str
    changes: tuple[FieldChange, ...]
    advice: str


def diff_attributes(config: DiffConfig) -> DiffReport:
    """Compare two definitions.

    Raises:
        UsageError: One side is missing, or there are three.
        InputError: A side does not exist or is wrong.
    """
    before, after = _sides(config)
    changes = _changes(before.attribute, after.attribute)
    changed = before.attribute.fingerprint != after.attribute.fingerprint
    return DiffReport(
        before=str(before.path),
        after=str(after.path),
        fingerprint_before=before.attribute.fingerprint,
        fingerprint_after=after.attribute.fingerprint,
        fingerprint_changed=changed,
        reason=_reason(changes),
        changes=changes,
        advice=_advice(before.attribute, after.attribute) if changed else "",
    )


def _sides(config: DiffConfig) -> tuple[Found, Found]:
    if (config.against is None) == (not config.other):
        raise UsageError(
            "two sides are compared: name both, or one and --against",
            hint="vibekit attributes diff OLD.yaml NEW.yaml, or: vibekit attributes diff NAME --against runs/R",
        )
    if config.against is None:
        return _side(config.one, config.folder), _side(config.other, config.folder)
    after = _side(config.one, config.folder)
    return _kept(config.against, after.attribute.name), after


def _side(name_or_path: str, folder: Path | None) -> Found:
    # An old version lies under any file name, so the name inside is not held against it.
    path = Path(name_or_path)
    if path.is_file():
        return Found(read_attribute(path, check_name=False), path)
    return find_attribute(name_or_path, folder)


def _kept(against: Path, name: str) -> Found:
    places = (
        (against / "attributes" / f"{name}{SUFFIX}", against / f"{name}{SUFFIX}") if against.is_dir() else (against,)
    )
    for path in places:
        if path.is_file():
            return Found(read_attribute(path, check_name=False), path)
    raise InputError(
        f"no definition of '{name}' is kept there", path=against, hint="give a file, or the folder of a run"
    )


def _changes(before: Attribute, after: Attribute) -> tuple[FieldChange, ...]:
    old, new = document(before), document(after)
    old["modalities"], new["modalities"] = sorted(old["modalities"]), sorted(new["modalities"])
    keys = dict.fromkeys([*old, *new])
    return tuple(_change(key, old.get(key), new.get(key)) for key in keys if not _equal(old.get(key), new.get(key)))


def _equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - JSON values
    # compared as text, for in Python true equals 1
    return json.dumps(one) == json.dumps(other)


def _change(key: str, old: Any, new: Any) -> FieldChange:  # noqa: ANN401 - JSON values
    before, after = _pieces(old), _pieces(new)
    removed: list[str] = []
    added: list[str] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            removed += before[i1:i2]
            added += after[j1:j2]
    note = OUTSIDE.get(key, "")
    if not note and sorted(removed) == sorted(added):
        note = "only the order changed; it is part of what the annotator reads"
    return FieldChange(key=key, judged=key not in OUTSIDE, removed=tuple(removed), added=tuple(added), note=note)


def _pieces(value: Any) -> list[str]:  # noqa: ANN401 - JSON values
    if value is None:
        return []
    if isinstance(value, str):
        return re.split(r"(?<=[.!?])\s+", value)
    if isinstance(value, dict):
        return [f"{key}: {_line(inner)}" for key, inner in value.items()]
    return [_line(item) for item in value] if isinstance(value, list) else [_line(value)]


def _line(value: Any) -> str:  # noqa: ANN401 - JSON values
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return " | ".join(f"{key}: {_line(inner)}" for key, inner in value.items())
    return json.dumps(value, ensure_ascii=False)


def _reason(changes: tuple[FieldChange, ...]) -> str:
    if not changes:
        return "the two say the same"
    judged = [change.key for change in changes if change.judged]
    if judged:
        return f"changed, because {_and(judged)} can change a judgement: videos must be asked about again"
    outside = [change.key for change in changes]
    return (
        f"unchanged: {_and(outside)} {'is' if len(outside) == 1 else 'are'} outside the fingerprint; labels stay valid"
    )


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _advice(before: Attribute, after: Attribute) -> str:
    if after.version > before.version:
        return ""
    return f"count version up (it is {after.version} on the new side) and say why in changelog"
