"""``labels.json``: what made a folder of labels, with which thresholds, and whether it is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vibekit.core.attribute import Kind
from vibekit.core.labels import LabelsManifest, LabelsPart, LabelsStatus, RuntimeCheck
from vibekit.core.student import AttributeHead
from vibekit.errors import InputError
from vibekit.formats.atomic import write_json
from vibekit.formats.dataclass_row import from_row, to_row
from vibekit.formats.sealed import opened, sealed

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
LABELS_FILE = "labels.json"
AGAIN = "run the same vibekit predict again: it goes on where it stopped"

SAMPLE = LabelsManifest(
    status=LabelsStatus.COMPLETE,
    student="students/s1",
    student_fingerprint="0011223344556677",
    weights="6a" * 32,
    embeddings="embeddings/e1",
    space="00112233aabbccdd",
    embedder="av",
    runtime="onnx",
    stage="8899aabbccddeeff",
    heads=(
        AttributeHead(
            name="calming", kind=Kind.BINARY, labels=(True,), definition="0123456789abcdef", threshold=0.42,
            abstain=(0.3, 0.6),
        ),
    ),
    rows=3,
    without=1,
    counts={"calming": {"true": 1, "false": 1, "abstain": 0}},
    parts=(LabelsPart(name="part-00000.parquet", rows=3, key="ffeeddccbbaa9988"),),
    check=RuntimeCheck(rows=2, difference=1.2e-7, decisions=2),
    argv=("vibekit", "predict", "students/s1", "--embeddings", "embeddings/e1", "--out", "labels/l1"),
    vibekit="0.1.0",
    created_at="2026-11-21T10:00:00Z",
)  # fmt: skip


def write_labels_manifest(folder: Path, manifest: LabelsManifest) -> None:
    """Replace ``labels.json`` at once."""
    write_json(folder / LABELS_FILE, sealed({"version": VERSION, **to_row(manifest)}))


def has_labels_manifest(folder: Path) -> bool:
    """Tell whether a folder has one."""
    return (folder / LABELS_FILE).is_file()


def read_labels_manifest(folder: Path) -> LabelsManifest:
    """Read ``labels.json``.

    Raises:
        InputError: It is not one, or of a newer vibekit.
    """
    path = folder / LABELS_FILE
    try:
        row: Any = json.loads(path.read_text("utf-8"))
        version = row.pop("version", None) if isinstance(row, dict) else None
        if not isinstance(version, int):
            raise InputError("not a labels.json: no version", path=path, hint=AGAIN)
        if version > VERSION:
            raise InputError(
                f"written by vibekit {row.get('vibekit')}, this one reads version {VERSION}", path=path,
                hint="pip install -U vibekit",
            )  # fmt: skip
        rest = opened({"version": version, **row}, path)
        del rest["version"]
        return from_row(LabelsManifest, rest)
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"not a labels.json: {error}", path=path, hint=AGAIN) from error
