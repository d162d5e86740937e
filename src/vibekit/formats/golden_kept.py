"""Rows of a golden set that travel inside another format, in a place that the other program leaves alone."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from vibekit.core.golden import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

KEPT = "vibekit"
"""Name of the column or key that holds the rows."""
ORDER = "n"
"""Place of a row among all rows, so that they come back in order."""

Cells = dict[str, str]


def in_order(rows: Iterable[Mapping[str, str]]) -> list[Cells]:
    """Number rows by their place."""
    return [{**row, ORDER: str(n)} for n, row in enumerate(rows)]


def put_back(rows: Iterable[Cells]) -> list[Cells]:
    """Sort numbered rows by their place and drop the numbers; rows without one follow in the order given."""
    some = list(rows)
    numbered = sorted((row for row in some if ORDER in row), key=lambda row: int(row[ORDER]))
    rest = [row for row in some if ORDER not in row]
    return [{name: text for name, text in row.items() if name != ORDER} for row in (*numbered, *rest)]


def kept_rows(value: Any) -> list[Cells] | None:  # noqa: ANN401 - any JSON value
    """Read rows from what another program gave back: the value itself, or its JSON text; None when they are not there.

    Raises:
        ValueError: They are there and damaged.
    """
    if isinstance(value, str):
        value = json.loads(value) if value.strip() else None
    if value is None:
        return None
    rows = value.get("rows") if isinstance(value, dict) else None
    if not isinstance(rows, list) or not all(_is_row(row) for row in rows):
        raise ValueError(f"{KEPT!r} does not hold rows")
    return rows


def standing_cells(rows: Sequence[Mapping[str, str]]) -> dict[str, Cells]:
    """Return attribute -> the row of the answer that stands, of rows of one video, rater and repeat, in order.

    The same rule as ``core.ratings.standing``, on rows of text.
    """
    stacks: dict[str, list[Cells]] = defaultdict(list)
    for row in rows:
        kind, stack = row.get("kind", ""), stacks[row.get("attribute", "")]
        if kind in (EventKind.RATING, EventKind.ABSTAIN, EventKind.SKIP):
            stack.append(dict(row))
        elif kind == EventKind.UNDO and stack:
            stack.pop()
    return {name: stack[-1] for name, stack in stacks.items() if stack}


def shown_value(row: Mapping[str, str]) -> str:
    """Return what another program shows for an answer: the label, or ``abstain``; nothing for a skip."""
    return "abstain" if row.get("kind") == EventKind.ABSTAIN else row.get("value", "")


def by_rater(rows: Iterable[Cells]) -> dict[tuple[str, str, str], list[Cells]]:
    """Group rows by (video id, rater, repeat), in order of first mention; rows without rater have empty texts."""
    groups: dict[tuple[str, str, str], list[Cells]] = {}
    for row in rows:
        repeat = row.get("repeat", "0") if "rater" in row else ""
        groups.setdefault((row["video_id"], row.get("rater", ""), repeat), []).append(row)
    return groups


def _is_row(row: object) -> bool:
    texts = isinstance(row, dict) and all(isinstance(k, str) and isinstance(v, str) for k, v in row.items())
    return (
        texts
        and isinstance(row, dict)
        and "video_id" in row
        and row.get(ORDER, "0").isascii()
        and (row.get(ORDER, "0").isdigit())
    )
