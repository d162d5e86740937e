"""Reads what Label Studio exports, JSON and JSON-MIN, into rows of a long table."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vibekit.errors import InputError
from vibekit.formats.golden_kept import KEPT, ORDER, kept_rows, shown_value
from vibekit.formats.golden_long import META
from vibekit.formats.golden_wide import long_table_of
from vibekit.formats.label_studio import NOTE, OURS
from vibekit.formats.label_studio_flat import flat_names, flat_rows
from vibekit.formats.label_studio_video import ID_KEYS, VIDEO_KEYS, rater_of, video_of
from vibekit.formats.manifest import Table, cell_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vibekit.formats.golden_kept import Cells


@dataclass(slots=True)
class Export:
    """An export of Label Studio as it is read.

    Attributes:
        path: The file.
        attributes: Names of attributes that a skipped task was skipped for.
        rows: (number of the task, cells), in order.
        ignored: Types of results that are no labels -> how many.
    """

    path: Path
    attributes: tuple[str, ...]
    rows: list[tuple[int, Cells]] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)

    def error(self, number: int, message: str, hint: str) -> InputError:
        """Return an error about a task."""
        return InputError(f"task {number}: {message}", path=self.path, hint=hint)


def is_label_studio(path: Path) -> bool:
    """Tell by the suffix whether a file may be an export of Label Studio."""
    return path.suffix.lower() == ".json"


def read_label_studio(path: Path, *, attributes: Sequence[str] = ()) -> Table:
    """Read an export, JSON or JSON-MIN, as a long table; its line numbers are numbers of tasks.

    Args:
        path: The file.
        attributes: Names that are known already.

    Raises:
        InputError: It is not one, or a task is broken; names the task.
    """
    tasks = _tasks(path)
    export = Export(path, _names(tasks, attributes))
    flat = flat_names(tasks, attributes)
    for number, task in enumerate(tasks, 1):
        if "data" in task:
            _add_task(export, number, task)
            continue
        try:
            export.rows += [(number, cells) for cells in flat_rows(task, flat)]
        except ValueError as error:
            raise export.error(number, str(error), "export again as JSON, which says who rated what") from error
    notes = tuple(f"{n} results of type {kind!r} are no labels; left out" for kind, n in export.ignored.items())
    table = long_table_of(Table(path=path, columns=(), rows=()), export.rows)
    return Table(path=path, columns=table.columns, rows=table.rows, warnings=notes)


def _tasks(path: Path) -> list[dict[str, Any]]:
    try:
        value = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check the name") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", path=path, hint="export again as JSON or JSON-MIN") from error
    if not isinstance(value, list) or not all(isinstance(task, dict) for task in value):
        raise InputError("not an export of Label Studio: a list of tasks", path=path, hint="choose JSON or JSON-MIN")
    if not value:
        raise InputError("holds no tasks", path=path, hint="export the tasks again, as JSON")
    return value


def _names(tasks: list[dict[str, Any]], known: Sequence[str]) -> tuple[str, ...]:
    """Return the attributes that anybody rated, after those that are known."""
    results = (
        result
        for task in tasks
        for annotation in _list(task, "annotations")
        for result in _list(annotation, "result")
        if result.get("type") in ("choices", "rating", "number")
    )
    return tuple(dict.fromkeys((*known, *(str(result.get("from_name")) for result in results))))


def _add_task(export: Export, number: int, task: dict[str, Any]) -> None:
    data = task["data"]
    if not isinstance(data, dict):
        raise export.error(number, "'data' is no object", "export again as JSON")
    try:
        kept = kept_rows(data.get(KEPT)) or []
    except ValueError as error:
        raise export.error(number, str(error), f"remove data.{KEPT}: what it held is lost") from error
    video = kept[0] if kept else video_of(data)
    if not video.get("video_id") and not video.get("path"):
        raise export.error(number, "names no video", f"data needs one of {', '.join((*ID_KEYS, *VIDEO_KEYS))}")
    export.rows += [(number, row) for row in kept]
    times: Counter[str] = Counter()
    found = [cells for one in _list(task, "annotations") for cells in _annotation(export, number, one, kept, times)]
    item = {name: text for name, text in video.items() if name in ("video_id", "path") or name.startswith(META)}
    export.rows += [(number, {**item, **cells}) for cells in found]
    if not kept and not found:
        export.rows.append((number, item))


def _annotation(
    export: Export, number: int, annotation: dict[str, Any], kept: list[Cells], times: Counter[str]
) -> list[Cells]:
    rater = rater_of(annotation.get("completed_by"))
    base: Cells = {"rater": rater, "ts": str(annotation.get("created_at") or "")}
    if isinstance(seconds := annotation.get("lead_time"), (int, float)):
        base["seconds"] = repr(float(seconds))
    if annotation.get("ground_truth") is True:
        base["role"] = "expert"
    ours = {row[ORDER]: row for row in kept if ORDER in row}
    results = [one for one in _list(annotation, "result") if not _is_ours(one, ours)]
    if annotation.get("was_cancelled"):
        found = [{**base, "attribute": name, "kind": "skip"} for name in export.attributes]
    else:
        notes = {str(one.get("from_name")): text for one in results if (text := _text(one))}
        found = [cells for one in results if (cells := _answer(export, number, one, base, notes)) is not None]
        found += [{**base, "kind": "note", "note": text} for name, text in notes.items() if not name.endswith(NOTE)]
    if not found:
        return []
    repeat, times[rater] = times[rater], times[rater] + 1
    return [{**cells, "repeat": str(repeat)} for cells in found]


def _answer(export: Export, number: int, result: dict[str, Any], base: Cells, notes: dict[str, str]) -> Cells | None:
    kind, name = result.get("type"), str(result.get("from_name"))
    value = result.get("value")
    if kind == "textarea":
        return None
    if kind not in ("choices", "rating", "number") or not isinstance(value, dict):
        export.ignored[str(kind)] += 1
        return None
    raw = value.get(kind)
    if isinstance(raw, list):
        if len(raw) != 1:
            raise export.error(number, f"{name} has {len(raw)} choices", 'one choice each: choice="single"')
        raw = raw[0]
    text = cell_of(raw)
    note = {"note": notes[name + NOTE]} if name + NOTE in notes else {}
    return {**base, **note, "attribute": name, "kind": "rating", "value": str(text)}


def _is_ours(result: dict[str, Any], ours: dict[str, Cells]) -> bool:
    """Say whether a result is one that vibekit wrote and nobody changed: the rows hold it already."""
    name = str(result.get("id", ""))
    row = ours.get(name.removeprefix(OURS).removesuffix(NOTE)) if name.startswith(OURS) else None
    if row is None:
        return False
    if name.endswith(NOTE):
        return _text(result) == row.get("note")
    value = result.get("value")
    return isinstance(value, dict) and value.get("choices") == [shown_value(row)]


def _text(result: dict[str, Any]) -> str:
    value = result.get("value")
    if result.get("type") != "textarea" or not isinstance(value, dict):
        return ""
    text = value.get("text")
    return text if isinstance(text, str) else "\n".join(str(one) for one in text or ())


def _list(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = value.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
