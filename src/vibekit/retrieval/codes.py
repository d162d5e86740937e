"""Short codes of rows: a product quantiser of 4 bits a part, as FAISS's FastScan reads it.

Sources: Jégou, Douze and Schmid, "Product quantization for nearest neighbor search" (2011); André, Kermarrec and
Le Scouarnec, "Cache locality is not enough" (2015), for codes of 4 bits that are compared within registers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.retrieval.library import faiss

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

MOST_PARTS = 256
"""Sums of more parts would not fit the 16 bits of FastScan. Beyond, a part has several dimensions: what is lost is made
up for by comparing more vectors afterwards. Two dimensions a part would halve the codes, but needs five times as many
vectors for the same recall, and these lie all over the memory."""
WORDS = 16
SAMPLE = 4096
"""Rows that a codebook is trained on: more changed nothing that could be measured."""
_PART = 65_536


def parts_for(dim: int) -> int:
    """Return the number of parts: one for each dimension up to 256, an even number."""
    parts = min(MOST_PARTS, dim)
    return parts + parts % 2


def padded(vectors: npt.ArrayLike, dim: int) -> npt.NDArray[np.float32]:
    """Return rows with zeros behind, up to a number of dimensions; the rows themselves where nothing is missing.

    Args:
        vectors: Shape (n, d).
        dim: At least d.
    """
    rows = np.ascontiguousarray(vectors, np.float32)
    if rows.shape[1] == dim:
        return rows
    wide = np.zeros((len(rows), dim), np.float32)
    wide[:, : rows.shape[1]] = rows
    return wide


def train_codebook(sample: npt.ArrayLike, *, seed: int = 0) -> npt.NDArray[np.float32]:
    """Train the words of each part by FAISS.

    Args:
        sample: Shape (s, d): rows drawn at random, at least 16, in any order.
        seed: Of the start, and of what is drawn from a larger sample.

    Returns:
        Shape (m, 16, d' / m), d' at least d: dimensions beyond d are zero.
    """
    rows = np.asarray(sample, np.float32)
    if len(rows) > SAMPLE:
        # not the first ones: samples often come in the order of the rows, which is by cluster or by source
        rows = rows[np.random.default_rng([seed, 7]).choice(len(rows), SAMPLE, replace=False)]
    parts = parts_for(rows.shape[1])
    width = -(-rows.shape[1] // parts)
    quantiser = faiss.ProductQuantizer(parts * width, parts, 4)
    quantiser.cp.seed = seed + 1
    quantiser.cp.min_points_per_centroid = 1
    quantiser.cp.max_points_per_centroid = SAMPLE // WORDS
    quantiser.train(padded(rows, parts * width))
    words: npt.NDArray[np.float32] = faiss.vector_to_array(quantiser.centroids).reshape(parts, WORDS, width)
    return words


def quantiser_of(codebook: npt.NDArray[np.float32]) -> Any:  # noqa: ANN401 - faiss has no types
    """Return FAISS's quantiser of a codebook."""
    parts, _, width = codebook.shape
    quantiser = faiss.ProductQuantizer(parts * width, parts, 4)
    faiss.copy_array_to_vector(np.ascontiguousarray(codebook, np.float32).ravel(), quantiser.centroids)
    return quantiser


def encode(vectors: npt.ArrayLike, codebook: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return the codes of rows: two parts a byte, the first in the lower half.

    Args:
        vectors: Shape (n, d).
        codebook: Shape (m, 16, d' / m).

    Returns:
        Shape (n, m / 2).
    """
    rows = np.ascontiguousarray(vectors, np.float32)
    quantiser = quantiser_of(codebook)
    codes = np.empty((len(rows), codebook.shape[0] // 2), np.uint8)
    for start in range(0, len(rows), _PART):
        part = padded(rows[start : start + _PART], quantiser.d)
        codes[start : start + _PART] = quantiser.compute_codes(part)
    return codes
