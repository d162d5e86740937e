"""Queries as they are searched: float32, of the right width, of length 1 for cosine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.index import IndexManifest, Metric
from vibekit.errors import InputError
from vibekit.retrieval.cluster import normalised

if TYPE_CHECKING:
    import numpy.typing as npt

_LEAST, _MOST = 1e-20, 1e30
_SINGLE = np.dtype(np.float32)


def prepared(vectors: npt.ArrayLike, manifest: IndexManifest) -> npt.NDArray[np.float32]:
    """Check queries and bring them into the form of the rows.

    Args:
        vectors: Shape (q, d), or (d,) for a single one.
        manifest: Of the index.

    Returns:
        Shape (q, d), C-contiguous.

    Raises:
        InputError: They do not fit the index, or one of them has no direction.
    """
    if (one := _single(vectors, manifest)) is not None:
        return one
    try:
        given = np.asarray(vectors)
    except ValueError as error:
        raise InputError(f"queries are not numbers: {error}", hint="pass an array of shape (q, d)") from error
    if given.dtype.kind not in "fiu":
        raise InputError(f"queries are not numbers: {given.dtype}", hint="pass an array of shape (q, d)")
    # a number beyond float32 becomes infinite, and is refused below
    with np.errstate(over="ignore"):
        rows = np.ascontiguousarray(given, np.float32)
    rows = rows[None] if rows.ndim == 1 else rows
    if rows.ndim != 2 or rows.shape[1] != manifest.dim:
        shown = "x".join(map(str, given.shape)) or "a single number"
        made = f" by {manifest.embedder}" if manifest.embedder else ""
        raise InputError(
            f"queries of {shown}, the index holds vectors of {manifest.dim} dimensions{made}",
            hint="embed the queries as the index was embedded: vibekit index info INDEX shows how",
        )
    if len(rows) == 1:
        # what float32 cannot square is looked at more closely below
        with np.errstate(all="ignore"):
            length = float(np.dot(rows[0], rows[0]))
        if _LEAST < length < _MOST:
            return rows / np.float32(length**0.5) if manifest.metric is Metric.COSINE else rows
    if len(rows):
        _refuse_empty(rows, manifest.metric)
    return normalised(rows) if manifest.metric is Metric.COSINE else rows


def _single(vectors: npt.ArrayLike, manifest: IndexManifest) -> npt.NDArray[np.float32] | None:
    """Return a query that is as it has to be; None for all others. One query a call spends much of its time here."""
    if not isinstance(vectors, np.ndarray) or vectors.dtype != _SINGLE or vectors.size != manifest.dim:
        return None
    if vectors.ndim > 2 or vectors.shape[-1] != manifest.dim:
        return None
    wide = vectors.reshape(-1).astype(np.float64)
    length = float(wide @ wide)
    if not (math.isfinite(length) and length > 0):
        return None
    if manifest.metric is Metric.COSINE:
        return (wide / math.sqrt(length)).astype(np.float32)[None]
    return np.ascontiguousarray(vectors.reshape(1, -1))


def _refuse_empty(rows: npt.NDArray[np.float32], metric: Metric) -> None:
    # one sum tells it for nearly all queries
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    if (
        np.isfinite(lengths).all()
        and lengths.all()
        and not (metric is Metric.INNER_PRODUCT and (lengths > _MOST).any())
    ):
        return
    for number, (row, length) in enumerate(zip(rows, lengths, strict=True), start=1):
        if not np.isfinite(row).all():
            raise InputError(
                f"query {number} of {len(rows)} is not finite: it holds NaN or infinity",
                hint="leave it out, or embed it again",
            )
        if metric is Metric.INNER_PRODUCT and length > _MOST:
            raise InputError(
                f"query {number} of {len(rows)} is of length {length**0.5:.3g}: inner products would not be finite",
                hint="scale it",
            )
        if not length:
            raise InputError(
                f"query {number} of {len(rows)} is all zeros: it has no direction, so nothing is nearest to it",
                hint="leave it out, or embed it again",
            )
