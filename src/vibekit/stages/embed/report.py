"""The report of a command from the set that it finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.stages.embed.config import EmbedReport, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vibekit.formats.embeddings import EmbeddingSet

LISTED = 1000
"""Failures in a report; the rest is counted, and all of them are in the shards."""


def embed_report(
    found: EmbeddingSet,
    *,
    new: int,
    kept: int,
    duplicates: int,
    warnings: tuple[str, ...] = (),
    ignored: Mapping[str, int] | None = None,
    cost_usd: float | None = None,
    stopped: str = "",
) -> EmbedReport:
    """Say what is in a set and what this command did to it.

    Args:
        found: The set.
        new: Rows that were made.
        kept: Rows that were there.
        duplicates: Rows that stand there under another name.
        warnings: What was odd.
        ignored: Suffix -> files that are no videos.
        cost_usd: What was paid.
        stopped: Why it ended before all was done.
    """
    failures = _failures(found)
    listed = tuple(failure for _, failure in zip(range(LISTED), failures, strict=False))
    failed = found.rows - found.ok + len(found.unreadable)
    return EmbedReport(
        out=found.path,
        embedder=found.space.name,
        fingerprint=found.space.fingerprint,
        dim=found.space.dim,
        blocks={block.embedder: block.dim for block in found.space.blocks},
        dtype=found.space.dtype,
        rows=found.rows,
        ok=found.ok,
        failed=failed,
        new=new,
        kept=kept,
        duplicates=duplicates,
        shards=len(found.shards),
        reasons=dict(sorted(found.reasons.items(), key=lambda item: (-item[1], item[0]))),
        failures=listed,
        failures_left_out=failed - len(listed),
        warnings=warnings,
        ignored=ignored or {},
        cost_usd=cost_usd,
        stopped=stopped,
    )


def _failures(found: EmbeddingSet) -> Iterator[Failure]:
    for path, reason in sorted(found.unreadable.items()):
        yield Failure(path=path, reason=reason)
    for shard in found.shards:
        if shard.ok_rows == shard.rows:
            continue
        rows = shard.open()
        for place in (~rows.ok).nonzero()[0]:
            name = rows.paths[int(place)].as_py() or rows.ids[int(place)].as_py()
            yield Failure(path=name, reason=rows.reasons[int(place)].as_py())
