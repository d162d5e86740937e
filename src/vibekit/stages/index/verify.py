"""``vibekit index verify``: whether every file is what it was, and whether searches still find what they should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.video import text_path
from vibekit.formats.index import read_index
from vibekit.formats.index_data import data_path, digest_of, rebuild
from vibekit.stages.index.again import build_again
from vibekit.stages.index.recall import recall_rows
from vibekit.stages.index.reports import Damaged, VerifyReport
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.index import IndexManifest
    from vibekit.stages.index.reports import RecallRow
    from vibekit.stages.progress import Progress


def verify(index: Path, *, queries: int = 100, seed: int = 1, progress: Progress | None = None) -> VerifyReport:
    """Read every file of an index, and search it with queries that its efforts were not measured with.

    Args:
        index: Its folder.
        queries: For each attribute; 0 for checksums only.
        seed: Of the queries.
        progress: Is told how far it is, in bytes.

    Raises:
        InputError: There is no index, or its manifest is damaged.
    """
    progress = progress or Silent()
    manifest = read_index(index)
    damaged = tuple(_damaged(index, manifest, progress))
    recalls: tuple[RecallRow, ...] = ()
    warnings = []
    if damaged and queries:
        warnings.append("recall was not measured: files are damaged")
    elif queries and manifest.videos:
        recalls = recall_rows(index, manifest, queries=queries, seed=seed, progress=progress)
    return VerifyReport(
        path=text_path(index),
        generation=manifest.generation,
        files=len(manifest.files),
        target=manifest.recall_target,
        damaged=damaged,
        recalls=recalls,
        mend=f"measure and cluster anew: {build_again(index, manifest)}",
        warnings=tuple(warnings),
    )


def _damaged(index: Path, manifest: IndexManifest, progress: Progress) -> Iterator[Damaged]:
    progress.begin("bytes", sum(file.bytes for file in manifest.files.values()))
    for role, file in manifest.files.items():
        path = data_path(index, file)
        problem = ""
        try:
            size = path.stat().st_size
            if size != file.bytes:
                problem = f"{size} bytes, not {file.bytes}"
            elif digest_of(path) != file.sha256:
                problem = "its content has changed"
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
        if problem:
            yield Damaged(role=role, path=text_path(path), problem=problem, mend=rebuild(role))
        progress.advance(file.bytes)
    progress.end()
