"""Labels of a source, in the order of the videos of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.formats.index_data import save_table
from vibekit.stages.index.identify import identify
from vibekit.stages.index.label_file import label_table

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from vibekit.core.index import IndexedAttribute
    from vibekit.stages.index.identify import Found
    from vibekit.stages.index.label_source import LabelSource


def matched(source: LabelSource, ids: pa.Table) -> Found:
    """Find the row of the source that speaks of each video.

    Args:
        source: The labels.
        ids: ``video_id`` and ``path`` of the videos.

    Raises:
        InputError: None speaks of any.
    """
    return identify(ids.column("video_id"), ids.column("path"), source.keys, source.path)


def chances_at(source: LabelSource, name: str, place: NDArray[np.int64]) -> NDArray[np.floating]:
    """Return (n, labels) probabilities of the videos; NaN where the source says nothing."""
    theirs = source.chances(name)
    if not len(theirs):
        return np.full((len(place), theirs.shape[1]), np.nan, theirs.dtype)
    found = theirs[np.maximum(place, 0)]
    found[place < 0] = np.nan
    return found


def write_labels(source: LabelSource, attribute: IndexedAttribute, place: NDArray[np.int64], path: Path) -> None:
    """Write an attribute's file."""
    save_table(path, label_table(attribute, chances_at(source, attribute.name, place)))
