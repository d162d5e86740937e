"""Label Studio's JSON and JSON-MIN: a golden set as tasks, for people to rate there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vibekit.formats.golden_kept import KEPT, ORDER, by_rater, in_order, shown_value, standing_cells
from vibekit.formats.golden_long import LABEL, OF_ANSWER, OF_ITEM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.formats.golden_kept import Cells

VERSION = 1
NOTE = "_note"
"""After the name of an attribute: the text field for words about it."""
OURS = "vk-"
"""How the ids of results begin that vibekit wrote: they come back with them."""
LOCAL = "/data/local-files/?d="

SAMPLE: list[dict[str, Any]] = [
    {
        "id": 1,
        "data": {"video": "/data/local-files/?d=clips/lake.mp4", "video_id": "6a" * 16},
        "annotations": [
            {
                "id": 11, "completed_by": 2, "was_cancelled": False, "lead_time": 12.4,
                "created_at": "2026-11-21T10:00:00.000000Z",
                "result": [
                    {"id": "x1", "from_name": "calming", "to_name": "video", "type": "choices",
                     "value": {"choices": ["true"]}},
                ],
            }
        ],
    }
]  # fmt: skip


def tasks_json(rows: Sequence[Cells], *, ratings: bool = True) -> str:
    """Return rows of a golden set as tasks for import into Label Studio.

    No model's label is among them. What Label Studio has no place for travels in ``data.vibekit``.

    Args:
        rows: As ``golden_long.long_rows`` gives them.
        ratings: With what raters did so far; without, only the videos.
    """
    videos: dict[str, list[Cells]] = {}
    for row in in_order(rows):
        videos.setdefault(row["video_id"], []).append(row)
    tasks = [_task(number, group, ratings=ratings) for number, group in enumerate(videos.values(), 1)]
    return json.dumps(tasks, indent=1, ensure_ascii=True) + "\n"


def min_json(rows: Sequence[Cells]) -> str:
    """Return rows of a golden set in the flat form: an object for each video and rater."""
    found = [_flat(number, group) for number, group in enumerate(by_rater(in_order(rows)).values(), 1)]
    return json.dumps(found, indent=1, ensure_ascii=True) + "\n"


def _task(number: int, group: list[Cells], *, ratings: bool) -> dict[str, Any]:
    kept = group if ratings else [_item(group[0])]
    task: dict[str, Any] = {"id": number, "data": {**_video(group[0]), KEPT: {"rows": kept}}}
    if ratings:
        said = [standing_cells(some) for (_, rater, _), some in by_rater(group).items() if rater]
        found = [_annotation(number * 1000 + n, answers) for n, answers in enumerate(said)]
        task["annotations"] = [annotation for annotation in found if annotation["result"]]
    return task


def _annotation(number: int, answers: dict[str, Cells]) -> dict[str, Any]:
    first = next(iter(answers.values()), {})
    result: list[dict[str, Any]] = []
    for name, row in answers.items():
        value = shown_value(row)
        if value:
            result.append(_result(OURS + row[ORDER], name, "choices", {"choices": [value]}))
        if value and row.get("note"):
            result.append(_result(f"{OURS}{row[ORDER]}{NOTE}", name + NOTE, "textarea", {"text": [row["note"]]}))
    return {
        "id": number,
        "was_cancelled": False,
        "lead_time": float(first["seconds"]) if "seconds" in first else None,
        "created_at": first.get("ts", ""),
        "result": result,
    }


def _result(name: str, source: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "from_name": source, "to_name": "video", "type": kind, "origin": "manual", "value": value}


def _flat(number: int, group: list[Cells]) -> dict[str, Any]:
    answers = standing_cells(group)
    answers |= {row["attribute"]: row for row in group if row.get("kind") == LABEL}
    first = next(iter(answers.values()), {})
    rater = group[0].get("rater")
    return {
        "id": number,
        **_video(group[0]),
        **{name: value for name, row in answers.items() if (value := shown_value(row))},
        **{name + NOTE: row["note"] for name, row in answers.items() if row.get("note")},
        **({"annotator": rater, "annotation_id": number} if rater else {}),
        **({"lead_time": float(first["seconds"])} if "seconds" in first else {}),
        **({"created_at": first["ts"]} if "ts" in first else {}),
        KEPT: {"rows": group},
    }


def _video(row: Cells) -> dict[str, str]:
    path = row.get("path", "")
    return {"video": LOCAL + quote(path) if path else row["video_id"], "video_id": row["video_id"]}


def _item(row: Cells) -> Cells:
    return {name: text for name, text in row.items() if name not in OF_ANSWER or name in OF_ITEM}
