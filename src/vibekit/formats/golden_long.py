"""A golden set as rows of text, one a thing that a rater did or that holds: what every exchange format is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.golden import Item
from vibekit.formats.annotations import label_text
from vibekit.formats.csv_text import cell, csv_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vibekit.core.golden import Event, GoldenLabel

VERSION = 1
LABEL = "label"
"""In the column ``kind``: the row is what holds, not what a rater did."""
META = "meta."
"""In front of metadata columns, so that none can be taken for another column."""

OF_ANSWER = (
    "attribute", "kind", "value", "rater", "repeat", "ts", "seconds", "watched", "note", "definition", "role", "round",
    "probability", "n_raters", "agreement", "source",
)  # fmt: skip
OF_ITEM = ("stratum", "inclusion_probability", "creator", "split", "item_round")
COLUMNS = ("video_id", "path", *OF_ANSWER, *OF_ITEM)

SAMPLE = """\
video_id,path,attribute,kind,value,rater,repeat,ts,inclusion_probability,creator,split
6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a,clips/lake.mp4,calming,rating,true,ann,0,2026-11-21T10:00:00Z,0.5,studio,test
"""


def long_rows(
    items: Mapping[str, Item], events: Sequence[Event], labels: Iterable[GoldenLabel]
) -> list[dict[str, str]]:
    """Return one row for every event, every label, and every video that has neither; empty cells are left out.

    Args:
        items: Video id -> item.
        events: What raters did, in order.
        labels: What holds.
    """
    rows = [{**item_cells(items.get(e.video_id), e.video_id), **event_cells(e)} for e in events]
    rows += [{**item_cells(items.get(one.video_id), one.video_id), **label_cells(one)} for one in labels]
    seen = {row["video_id"] for row in rows}
    return rows + [item_cells(item, name) for name, item in items.items() if name not in seen]


def item_cells(item: Item | None, video_id: str) -> dict[str, str]:
    """Return the cells of a video; of one that the set does not have only its id."""
    if item is None:
        return {"video_id": video_id}
    cells = {
        "video_id": item.video_id,
        "path": item.path,
        "stratum": item.stratum,
        "inclusion_probability": cell(float(item.inclusion_probability)),
        "creator": item.group,
        "split": str(item.split),
        "item_round": cell(item.round),
        **{META + name: text for name, text in item.columns.items()},
    }
    return _filled(cells)


def event_cells(event: Event) -> dict[str, str]:
    """Return the cells of something that a rater did."""
    cells = {
        "attribute": event.attribute,
        "kind": str(event.kind),
        "value": "" if event.value is None else label_text(event.value),
        "rater": event.rater,
        "repeat": cell(event.repeat),
        "ts": event.ts,
        "seconds": cell(event.seconds),
        "watched": cell(event.watched),
        "note": event.note,
        "definition": event.definition,
        "role": str(event.role),
        "round": cell(event.round),
    }
    return _filled(cells)


def label_cells(label: GoldenLabel) -> dict[str, str]:
    """Return the cells of what holds."""
    cells = {
        "attribute": label.attribute,
        "kind": LABEL,
        "value": "" if label.label is None else label_text(label.label),
        "note": label.note,
        "probability": cell(label.probability),
        "n_raters": cell(label.n_raters),
        "agreement": cell(label.agreement),
        "source": label.source,
    }
    return _filled(cells)


def long_csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    """Return rows as the bytes of a CSV file."""
    header = header_of(rows, COLUMNS)
    return csv_bytes(header, ([row.get(name, "") for name in header] for row in rows))


def header_of(rows: Iterable[Mapping[str, str]], first: Sequence[str]) -> tuple[str, ...]:
    """Return the fixed columns, then the others as they come up."""
    return tuple(dict.fromkeys((*first, *(name for row in rows for name in row))))


def _filled(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in cells.items() if text}
