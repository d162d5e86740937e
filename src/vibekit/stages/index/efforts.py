"""How much a search has to look at, measured on a generation before it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vibekit.core.index import Effort
from vibekit.formats.dataclass_row import from_row, to_row
from vibekit.formats.index import write_generation

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.index import IndexManifest
    from vibekit.stages.index.steps import Steps
    from vibekit.stages.progress import Progress

KS = (10, 100, 500)
"""Numbers of results that efforts are measured for."""


def efforts_of(
    index: Path, manifest: IndexManifest, *, seed: int, progress: Progress, steps: Steps | None = None
) -> IndexManifest:
    """Return the generation with its efforts; without clusters every search is exact, and there are none.

    Args:
        index: Its folder.
        manifest: The generation, all of its files in place.
        seed: Of the queries.
        progress: Is told that it is measured.
        steps: Of a build, which measures once.

    Raises:
        InputError: A file is damaged.
    """
    if not manifest.clusters:
        return replace(manifest, efforts=())

    def measure() -> Any:  # noqa: ANN401 - JSON
        from vibekit.retrieval.effort import measure_efforts
        from vibekit.retrieval.open import open_snapshot

        progress.note("measuring what share of the nearest is found")
        # nobody sees a generation that the pointer does not name
        write_generation(index, manifest)
        snapshot = open_snapshot(index, generation=manifest.generation)
        return to_row(measure_efforts(snapshot, ks=KS, target=manifest.recall_target, seed=seed))

    row = measure() if steps is None else steps.note("efforts", measure)
    return replace(manifest, efforts=tuple(from_row(Effort, one) for one in row))
