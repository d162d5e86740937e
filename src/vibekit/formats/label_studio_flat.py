"""The flat form of Label Studio's exports: an object for each annotation, labels and metadata side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vibekit.formats.golden_kept import KEPT, kept_rows, shown_value, standing_cells
from vibekit.formats.golden_long import LABEL
from vibekit.formats.golden_value import ABSTAINED, read_truth
from vibekit.formats.label_studio import NOTE
from vibekit.formats.label_studio_video import ID_KEYS, VIDEO_KEYS, rater_of, video_of
from vibekit.formats.manifest import cell_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.formats.golden_kept import Cells

_OWN = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", KEPT)


def flat_names(records: Sequence[dict[str, Any]], known: Sequence[str]) -> tuple[str, ...]:
    """Tell which keys hold labels.

    Known attributes do, keys with a note beside them, and those with nothing but true and false (or 1 and 0).

    Args:
        records: Objects of the export; those in the full form do not count.
        known: Names that are known already.
    """
    values: dict[str, list[str]] = {}
    for record in records:
        if "data" not in record:
            for key, raw in record.items():
                if key not in (*_OWN, *ID_KEYS, *VIDEO_KEYS):
                    values.setdefault(key, []).append(_label(raw))
    named = {key.removesuffix(NOTE) for key in values if key.endswith(NOTE)}
    return tuple(
        key
        for key, texts in values.items()
        if key in known
        or key in named
        or (not key.endswith(NOTE) and all(read_truth(t) is not None or t in ABSTAINED for t in texts))
    )


def flat_rows(record: dict[str, Any], names: Sequence[str]) -> list[Cells]:
    """Read one object.

    Args:
        record: The object.
        names: Keys that hold labels.

    Raises:
        ValueError: It names no video, or holds labels that its own rows do not know.
    """
    kept = kept_rows(record.get(KEPT))
    if kept is not None:
        _check(record, kept, names)
        return kept
    notes = tuple(name + NOTE for name in names)
    video = video_of(record, but=(*_OWN, *names, *notes))
    if not video.get("video_id") and not video.get("path"):
        raise ValueError(f"names no video: it needs one of {', '.join((*ID_KEYS, *VIDEO_KEYS))}")
    found = [_answer(record, name) for name in names if _label(record.get(name))]
    return [{**video, **cells} for cells in found] or [video]


def _answer(record: dict[str, Any], name: str) -> Cells:
    cells = {
        "attribute": name,
        "kind": "rating",
        "value": _label(record[name]),
        "rater": rater_of(record.get("annotator")),
    }
    if isinstance(seconds := record.get("lead_time"), (int, float)):
        cells["seconds"] = repr(float(seconds))
    if record.get("created_at"):
        cells["ts"] = str(record["created_at"])
    if note := cell_of(record.get(name + NOTE)):
        cells["note"] = note if isinstance(note, str) else "\n".join(note)
    return cells


def _check(record: dict[str, Any], kept: list[Cells], names: Sequence[str]) -> None:
    """Raise when the object says something that its own rows do not: then somebody rated since."""
    said = {name: shown_value(row) for name, row in standing_cells(kept).items()}
    said |= {row.get("attribute", ""): row.get("value", "") for row in kept if row.get("kind") == LABEL}
    for name in dict.fromkeys((*names, *said)):
        if name and _label(record.get(name)) != said.get(name, ""):
            raise ValueError(f"{name} is {_label(record.get(name))!r}, and its own rows say {said.get(name, '')!r}")
    rater = next((row["rater"] for row in kept if "rater" in row), None)
    if record.get("annotator") != rater:
        raise ValueError(f"the annotator is {record.get('annotator')!r}, and its own rows say {rater!r}")


def _label(raw: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a label as text; several choices are kept as they are, to be refused as no label."""
    if isinstance(raw, dict):
        raw = raw.get("choices", raw.get("rating", ""))
    text = cell_of(raw)
    return text if isinstance(text, str) else text[0] if len(text) == 1 else " + ".join(text)
