"""What a folder of vibekit's holds, and whether a command may write into one."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from vibekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderKind:
    """A kind of folder.

    Attributes:
        name: For people, with its article.
        marker: What every finished one holds: its manifest, or a folder where many programs write such a file.
        example: Of a path.
        ours: Patterns of what else an unfinished one may hold; names with a dot in front may always be there.
    """

    name: str
    marker: str
    example: str
    ours: Sequence[str] = ()


RUN = FolderKind(name="a run", marker="run.json", example="runs/r1")
GOLDEN = FolderKind(name="a golden set", marker="golden.yaml", example="golden/g1")
EMBEDDINGS = FolderKind(
    name="embeddings", marker="embeddings.json", example="embeddings/e1", ours=("*part-*", "videos.jsonl", "paid.bin")
)
STUDENT = FolderKind(
    name="a student", marker="student.json", example="students/s1",
    ours=("model.safetensors", "metrics.json", "MODEL_CARD.md", "suggest.csv"),
)  # fmt: skip
LABELS = FolderKind(name="labels of a student", marker="labels.json", example="labels/l1")
INDEX = FolderKind(name="an index", marker="generations", example="indexes/i1", ours=("data", "building-*"))
KINDS = (RUN, GOLDEN, EMBEDDINGS, STUDENT, LABELS, INDEX)


def holds(folder: Path) -> str:
    """Say what a folder holds, such as ``a run``; empty when it is none of ours."""
    return next((kind.name for kind in KINDS if (folder / kind.marker).exists()), "")


def refuse_foreign(folder: Path, kind: FolderKind) -> None:
    """Raise when a folder that is to be written holds something else.

    Args:
        folder: To be; may be missing.
        kind: What will be written.

    Raises:
        InputError: It is a file, or holds what is not of this kind.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"is a file, not a folder of {kind.name}", path=folder, hint="choose another --out")
    if not folder.is_dir() or (folder / kind.marker).exists():
        return
    names = (path.name for path in folder.iterdir())
    foreign = sorted(n for n in names if not n.startswith(".") and not any(fnmatch(n, p) for p in kind.ours))
    if foreign:
        raise InputError(
            f"is not empty and not {kind.name}: it holds {holds(folder) or repr(foreign[0])}", path=folder,
            hint=f"choose an empty or new folder with --out, such as {kind.example}",
        )  # fmt: skip
