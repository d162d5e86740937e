"""What share of the true nearest is found, on queries that nothing was tuned with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.attribute import Kind
from vibekit.core.restriction import Is, canonical
from vibekit.core.restriction_bind import attribute_name
from vibekit.retrieval.open import open_snapshot
from vibekit.retrieval.query_kinds import draw_queries
from vibekit.retrieval.searcher import Searcher
from vibekit.stages.index.reports import RecallRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.index import IndexManifest
    from vibekit.retrieval.query_kinds import Kinds
    from vibekit.stages.progress import Progress

KS = (10, 100)
"""Numbers of results that are measured."""
SPREAD = 1.96
"""Standard errors to each side of a 95 % interval."""
KINDS = 4
"""Of queries."""


def recall_rows(
    index: Path, manifest: IndexManifest, *, queries: int, seed: int, progress: Progress
) -> tuple[RecallRow, ...]:
    """Measure the recall of every attribute, of all videos, and of what does not carry an attribute.

    Args:
        index: Its folder.
        manifest: The generation.
        queries: For each restriction.
        seed: Of the queries.
        progress: Is told how far it is.
    """
    snapshot = open_snapshot(index, generation=manifest.generation)
    searcher = Searcher(snapshot)
    restrictions = list(_restrictions(manifest))
    progress.begin("restrictions", len(restrictions))
    rows: list[RecallRow] = []
    random = np.random.default_rng([seed, 7])
    for restriction in restrictions:
        inside = searcher.places(restriction)
        inside = inside[inside < len(snapshot.rows)]
        if len(inside):
            kinds = draw_queries(snapshot, inside, max(queries // KINDS, 1), random)
            rows += [_row(searcher, kinds, restriction, k, manifest.recall_target) for k in KS]
        progress.advance(1)
    progress.end()
    return tuple(rows)


def _restrictions(manifest: IndexManifest) -> Iterator[str]:
    yield ""
    for attribute in manifest.attributes:
        if attribute.kind is Kind.BINARY:
            name = canonical(Is(name=attribute_name(attribute.name, manifest.columns)))
            yield name
            yield f"!{name}"


def _row(searcher: Searcher, kinds: Kinds, restriction: str, k: int, target: float) -> RecallRow:
    truth = searcher.search(kinds.vectors, k=k, restrict=restriction, exact=True)
    found = searcher.search(kinds.vectors, k=k, restrict=restriction)
    shares = np.array([len(set(a.ids) & set(b.ids)) / len(b.ids) for a, b in zip(found, truth, strict=True)])
    worst = min(kinds.split(shares), key=lambda one: float(one.mean()))
    mean = float(worst.mean())
    spread = SPREAD * float(np.std(worst, ddof=1)) / len(worst) ** 0.5 if len(worst) > 1 else 0.0
    return RecallRow(
        restriction=restriction,
        words=restriction or "all videos",
        k=k,
        plan=str(found[0].plan),
        matched=found[0].matched,
        recall=mean,
        low=max(mean - spread, 0.0),
        high=min(mean + spread, 1.0),
        queries=len(shares),
        missed=mean + spread < target,
    )
