"""What an index knows of some of its videos: their files and their labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.attribute import Kind
from vibekit.core.search import SeenLabel, SeenVideo
from vibekit.formats import index_data as data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vibekit.core.index import IndexedAttribute
    from vibekit.retrieval.snapshot import Snapshot


class Seen:
    """Looks videos up in one generation.

    Args:
        path: The index.
        snapshot: The generation.
    """

    def __init__(self, path: Path, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        manifest = snapshot.manifest
        paths = data.map_table(path, manifest, data.IDS).column("path").chunks
        if data.TAIL_IDS in manifest.files:
            paths = [*paths, *data.map_table(path, manifest, data.TAIL_IDS).column("path").chunks]
        self._paths = pa.chunked_array(paths, pa.string())

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return those of some ids that are in the index."""
        places = self._snapshot.places_of(ids) if ids else np.zeros(0, np.int64)
        return {one for one, place in zip(ids, places.tolist(), strict=True) if place >= 0}

    def of(self, ids: Sequence[str], *, labels: bool = True) -> list[SeenVideo]:
        """Return what is known of videos, all of them in the index.

        Args:
            ids: May repeat.
            labels: Look up their labels too.
        """
        once = list(dict.fromkeys(ids))
        places = pa.array(self._snapshot.places_of(once), pa.int64())
        paths = self._paths.take(places).to_pylist()
        found = [dict[str, SeenLabel]() for _ in once]
        for attribute in self._snapshot.attributes if labels else ():
            for one, label in zip(found, self._labels(attribute, places), strict=True):
                one[attribute.name] = label
        known = {
            one: SeenVideo(video_id=one, path=path, labels=its)
            for one, path, its in zip(once, paths, found, strict=True)
        }
        return [known[one] for one in ids]

    def of_file(self, name: str) -> list[str]:
        """Return the ids of the videos whose file has that path, or else ends so.

        Args:
            name: A path, or the end of one, such as ``rain.mp4``.
        """
        whole = pc.equal(self._paths, name)
        here = whole if pc.any(whole).as_py() else pc.ends_with(self._paths, "/" + name.removeprefix("./"))
        places = np.flatnonzero(np.asarray(pc.fill_null(here, False)))
        if self._snapshot.removed is not None:
            places = places[~self._snapshot.removed[places]]
        return self._snapshot.ids_at(places[:100])

    def _labels(self, attribute: IndexedAttribute, places: pa.Array) -> list[SeenLabel]:
        decided = self._snapshot.decided(attribute.name).take(places).to_pylist()
        if attribute.kind is Kind.BINARY:
            chances = self._snapshot.chance(attribute.name, True).take(places).to_pylist()
            words = {True: "true", False: "false", None: "unknown"}
            return [SeenLabel(label=words[one], chance=p) for one, p in zip(decided, chances, strict=True)]
        each = [self._snapshot.chance(attribute.name, label).take(places).to_pylist() for label in attribute.labels]
        return [
            SeenLabel(label="unknown")
            if one is None
            else SeenLabel(label=str(attribute.labels[one]), chance=each[one][i])
            for i, one in enumerate(decided)
        ]
