"""One generation of an index, mapped: what never changes while it is searched."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.formats.index_data import COLUMNS, IDS, IDS_ORDER, TAIL_COLUMNS, TAIL_IDS, label_role, tail_label_role
from vibekit.retrieval.id_text import IdText
from vibekit.retrieval.storage import from_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    import numpy.typing as npt

    from vibekit.core.attribute import Label
    from vibekit.core.index import IndexedAttribute, IndexedColumn, IndexManifest


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """One generation: n rows in cluster order, and t rows behind them that were added since.

    A *place* is a row's number: 0 to n - 1, and n to n + t - 1 for the tail.

    Attributes:
        manifest: What it is made of.
        check: Raises InputError where one of the files of some roles does not hold what was written. It is asked
            before labels, metadata or ids are looked at for the first time.
        rows: Shape (n, d), as stored; of length 1 for cosine.
        ids: video_id, shape (n,).
        removed: Shape (n + t,): rows that are no longer there; None where all are.
        sq8: Minimum and step of each dimension, for rows of uint8.
        centroids: Shape (c, d); None where only exact search is offered.
        offsets: Shape (c + 1,): cluster i is rows offsets[i] to offsets[i + 1].
        codebook: Shape (m, 16, d' / m).
        codes: Shape (n, m / 2).
        ids_order: Shape (n,): places of the rows in the order of their ids; None: looked up by reading all ids.
        labels: Attribute -> its labels: first what was decided, then the probability of each label.
        metadata: Columns by name; None where there are none.
        tail_rows: Shape (t, d), as stored.
        tail_ids: Shape (t,).
        tail_labels: As ``labels``.
        tail_metadata: As ``metadata``.
    """

    manifest: IndexManifest
    rows: npt.NDArray[Any]
    ids: pa.Array | pa.ChunkedArray
    removed: npt.NDArray[np.bool_] | None = None
    sq8: npt.NDArray[np.float32] | None = None
    centroids: npt.NDArray[np.float32] | None = None
    offsets: npt.NDArray[np.int64] | None = None
    codebook: npt.NDArray[np.float32] | None = None
    codes: npt.NDArray[np.uint8] | None = None
    ids_order: npt.NDArray[np.int64] | None = None
    labels: Mapping[str, pa.Table] = field(default_factory=dict)
    metadata: pa.Table | None = None
    tail_rows: npt.NDArray[Any] | None = None
    tail_ids: pa.Array | pa.ChunkedArray | None = None
    tail_labels: Mapping[str, pa.Table] = field(default_factory=dict)
    tail_metadata: pa.Table | None = None
    check: Callable[..., None] = lambda *_: None

    @property
    def tail(self) -> int:
        """Rows of the tail."""
        return 0 if self.tail_rows is None else len(self.tail_rows)

    @property
    def height(self) -> int:
        """Rows and tail rows."""
        return len(self.rows) + self.tail

    @property
    def attributes(self) -> Sequence[IndexedAttribute]:
        """That can be restricted to."""
        return self.manifest.attributes

    @property
    def columns(self) -> Sequence[IndexedColumn]:
        """Metadata that can be restricted to."""
        return self.manifest.columns

    def decided(self, name: str) -> pa.Array:
        """Return an attribute's label for each place, null where unknown: bool, or the place among its labels."""
        self.check(label_role(name), tail_label_role(name))
        return self._joined(self.labels[name].column(0), self.tail_labels.get(name), 0)

    def chance(self, name: str, label: Label) -> pa.FloatArray:
        """Return the probability of a label for each place, null where unknown."""
        self.check(label_role(name), tail_label_role(name))
        attribute = next(one for one in self.attributes if one.name == name)
        at = 1 + next(i for i, one in enumerate(attribute.labels) if type(one) is type(label) and one == label)
        return self._joined(self.labels[name].column(at), self.tail_labels.get(name), at)

    def column(self, name: str) -> pa.Array:
        """Return a metadata column for each place, null where unknown."""
        assert self.metadata is not None
        self.check(COLUMNS, TAIL_COLUMNS)
        return self._joined(self.metadata.column(name), self.tail_metadata, name)

    def _joined(self, values: pa.ChunkedArray, tail: pa.Table | None, at: int | str) -> pa.Array:
        chunks = list(values.chunks)
        if self.tail:
            chunks += [pa.nulls(self.tail, values.type)] if tail is None else tail.column(at).chunks
        if len({one.type for one in chunks}) > 1:
            # whole numbers to which fractions were added, or probabilities that float32 does not hold
            chunks = [one.cast(pa.float64()) for one in chunks]
        return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks) if chunks else pa.array([], values.type)

    def vectors(self, places: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float32]:
        """Return rows as numbers.

        Args:
            places: Shape (p,).

        Returns:
            Shape (p, d).
        """
        if not self.tail or places.size == 0 or int(places.max()) < len(self.rows):
            return from_storage(self.rows[places], sq8=self.sq8)
        assert self.tail_rows is not None
        here = places < len(self.rows)
        found = np.empty((len(places), self.rows.shape[1]), np.float32)
        found[here] = from_storage(self.rows[places[here]], sq8=self.sq8)
        found[~here] = from_storage(self.tail_rows[places[~here] - len(self.rows)], sq8=self.sq8)
        return found

    def ids_at(self, places: npt.NDArray[np.integer[Any]]) -> list[str]:
        """Return the ids of places, in their order."""
        if not self.tail:
            return self._id_text.at(places)
        n, found = len(self.rows), np.empty(len(places), object)
        here = places < n
        assert self.tail_ids is not None
        found[here] = self._id_text.at(places[here])
        found[~here] = self.tail_ids.take(pa.array(places[~here] - n)).to_pylist()
        return list(found)

    def places_of(self, ids: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return where videos are, -1 for those that are not there (any more).

        Args:
            ids: Distinct or not.
        """
        wanted = pa.array([str(one) for one in ids], pa.string())
        places = self._search(wanted) if self.ids_order is not None else self._scan(wanted)
        if self.removed is not None:
            places[(places >= 0) & self.removed[places]] = -1
        if self.tail:
            for i, one in enumerate(ids):
                places[i] = self._tail_places.get(str(one), places[i])
        return places

    def _scan(self, wanted: pa.Array) -> npt.NDArray[np.int64]:
        found = pc.index_in(wanted, value_set=self._checked_ids).fill_null(-1)
        return np.array(found, np.int64)

    def _search(self, wanted: pa.Array) -> npt.NDArray[np.int64]:
        """Halve the range of all ids at once: no table of all ids is made, and only the pages on the way are read."""
        order, ids = self.ids_order, self._checked_ids
        assert order is not None
        low = np.zeros(len(wanted), np.int64)
        high = np.full(len(wanted), len(order), np.int64)
        while (open_ := low < high).any():
            middle = np.where(open_, (low + high) // 2, 0)
            smaller = np.asarray(pc.less(ids.take(pa.array(order[middle])), wanted.cast(ids.type)))
            low = np.where(open_ & smaller, middle + 1, low)
            high = np.where(open_ & ~smaller, middle, high)
        at = order[np.minimum(low, len(order) - 1)] if len(order) else low
        same = np.asarray(pc.equal(ids.take(pa.array(at)), wanted.cast(ids.type))) if len(order) else low < 0
        return np.where(same & (low < len(order)), at, -1).astype(np.int64)

    @cached_property
    def _checked_ids(self) -> pa.Array | pa.ChunkedArray:
        self.check(IDS, IDS_ORDER, TAIL_IDS)
        return self.ids

    @cached_property
    def _id_text(self) -> IdText:
        return IdText(self._checked_ids)

    @cached_property
    def _tail_places(self) -> dict[str, int]:
        n = len(self.rows)
        gone = np.zeros(self.tail, bool) if self.removed is None else self.removed[n:]
        assert self.tail_ids is not None
        return {one: n + i for i, one in enumerate(self.tail_ids.to_pylist()) if not gone[i]}
