"""``labels.csv``: what holds for each video and attribute of a golden set, and how that was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.golden import GoldenLabel
from vibekit.core.number import finite
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.annotations import label_text
from vibekit.formats.atomic import replacing
from vibekit.formats.csv_text import csv_bytes
from vibekit.formats.golden_items import read_count
from vibekit.formats.golden_value import NotALabelError, read_label
from vibekit.formats.manifest import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.manifest import Row

VERSION = 1
LABELS_FILE = "labels.csv"
COLUMNS = ("video_id", "attribute", "label", "probability", "n_raters", "agreement", "source", "note")

SAMPLE = """\
video_id,attribute,label,probability,n_raters,agreement,source,note
6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a,calming,true,0.97,3,1.0,dawid-skene,
"""


def write_labels(path: Path, labels: Iterable[GoldenLabel]) -> None:
    """Replace ``labels.csv`` at once.

    Args:
        path: The file.
        labels: In order.
    """
    data = csv_bytes(COLUMNS, (_cells(label) for label in labels))
    with replacing(path) as stream:
        stream.write(data)


def _cells(label: GoldenLabel) -> tuple[object, ...]:
    text = "" if label.label is None else label_text(label.label)
    measures = (_float(label.probability), label.n_raters, _float(label.agreement))
    return (label.video_id, label.attribute, text, *measures, label.source, label.note)


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def read_labels(path: Path, attributes: Mapping[str, GoldenAttribute]) -> dict[tuple[str, str], GoldenLabel]:
    """Read golden labels: (video id, attribute) -> label, in file order.

    Args:
        path: The ``labels.csv``.
        attributes: Of the golden set.

    Raises:
        InputError: A label is not allowed, an attribute is unknown, or a video and attribute stand twice; names the
            line.
    """
    table = read_table(path)
    missing = [name for name in COLUMNS[:3] if name not in table.columns]
    if missing:
        near = did_you_mean(missing[0], table.columns)
        raise InputError(f"no column {missing[0]!r}", path=path, line=1, hint=near or "see docs/golden.md")
    found: dict[tuple[str, str], GoldenLabel] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in table.rows:
        label = _label(path, row, attributes)
        key = (label.video_id, label.attribute)
        if key in found:
            text = f"second label for {key[1]} of {key[0]}; the first is line {lines[key]}"
            raise InputError(text, path=path, line=row.line, hint="remove one of them")
        found[key] = label
        lines[key] = row.line
    return found


def _label(path: Path, row: Row, attributes: Mapping[str, GoldenAttribute]) -> GoldenLabel:
    texts = {name: str(value) if name == "note" else str(value).strip() for name, value in row.values.items()}
    name = texts.get("attribute", "")
    if "video_id" not in texts or name not in attributes:
        what = f"attribute {name!r} is not in golden.yaml" if "video_id" in texts else "no video_id"
        hint = did_you_mean(name, attributes) or f"it has: {', '.join(attributes)}"
        raise InputError(what, path=path, line=row.line, hint=hint)
    try:
        label = read_label(texts["label"], attributes[name]) if "label" in texts else None
    except NotALabelError as error:
        raise InputError(str(error), path=path, line=row.line, hint=error.hint) from error
    return GoldenLabel(
        video_id=texts["video_id"],
        attribute=name,
        label=label,
        probability=_share(texts, "probability", path=path, line=row.line),
        n_raters=read_count(texts.get("n_raters", "0"), name="n_raters", least=0, path=path, line=row.line),
        agreement=_share(texts, "agreement", path=path, line=row.line),
        source=texts.get("source", "import"),
        note=texts.get("note", ""),
    )


def _share(texts: Mapping[str, str], name: str, *, path: Path, line: int) -> float | None:
    if name not in texts:
        return None
    value = finite(texts[name])
    if value is None or not 0 <= value <= 1:
        raise InputError(f"{name} {texts[name]!r} is not from 0 to 1", path=path, line=line)
    return value
