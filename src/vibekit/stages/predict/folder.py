"""The labels folder of a prediction: begun, found again, finished; one student and one set of embeddings a folder."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from vibekit.core.labels import LabelsStatus
from vibekit.errors import InputError
from vibekit.formats.folder_kind import LABELS, refuse_foreign
from vibekit.formats.labels_manifest import has_labels_manifest, read_labels_manifest, write_labels_manifest
from vibekit.formats.labels_parts import PARTS, part_key
from vibekit.formats.lock import locked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from vibekit.core.labels import LabelsManifest

LOCK = ".lock"
HALF = ".part-*.parquet.*"
"""What a killed process leaves: a part that never got its name."""
OTHER_OUT = "choose another --out, or overwrite with --force"


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Make the folder and hold its lock; halves of parts that a killed process left are removed."""
    refuse_foreign(folder, LABELS)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / LOCK, holder=lambda: "another vibekit predict"):
        for half in folder.glob(HALF):
            half.unlink()
        yield


def begin(folder: Path, wanted: LabelsManifest, *, keys: Collection[str], force: bool) -> str:
    """Write ``labels.json`` as running, unless the folder belongs to somebody else.

    Args:
        folder: Held under its lock.
        wanted: What is going to be made.
        keys: Of the parts that are going to be made.
        force: Take over a folder of another student, runtime or set of embeddings.

    Returns:
        When the same labels were begun first; empty for a new folder.

    Raises:
        InputError: It holds other labels.
    """
    since = ""
    if has_labels_manifest(folder):
        there = None if force else read_labels_manifest(folder)
        if there is not None:
            _refuse_other(folder, there, wanted)
            _refuse_to_lose(folder, there, wanted, keys)
            since = there.created_at
    write_labels_manifest(folder, wanted)
    return since


def finish(folder: Path, whole: LabelsManifest) -> None:
    """Remove parts that no longer belong to it, then write ``labels.json`` as complete, last."""
    if whole.status is not LabelsStatus.COMPLETE:
        raise ValueError("only complete labels are finished")
    kept = {part.name for part in whole.parts}
    for path in folder.glob(PARTS):
        if path.name not in kept:
            path.unlink()
    write_labels_manifest(folder, whole)


def _refuse_other(folder: Path, there: LabelsManifest, wanted: LabelsManifest) -> None:
    differing = [
        (what, before, after)
        for what, before, after in (
            ("runtime", there.runtime, wanted.runtime),
            ("embedding space", there.space, wanted.space),
            ("student", there.student_fingerprint, wanted.student_fingerprint),
            ("student, thresholds or sample", there.stage, wanted.stage),
        )
        if before != after
    ]
    if differing:
        what, before, after = differing[0]
        raise InputError(f"holds labels of another {what} ({before}, this is {after})", path=folder, hint=OTHER_OUT)


def _refuse_to_lose(folder: Path, there: LabelsManifest, wanted: LabelsManifest, keys: Collection[str]) -> None:
    """Refuse another set of embeddings: all labels of the first one would be replaced."""
    if there.embeddings == wanted.embeddings:
        return
    found = {part_key(path) for path in folder.glob(PARTS)} - {None}
    if found and found.isdisjoint(keys):
        raise InputError(
            f"holds labels of other embeddings ({there.embeddings}, these are {wanted.embeddings})", path=folder,
            hint=OTHER_OUT,
        )  # fmt: skip
