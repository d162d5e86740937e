"""The next videos worth paying the teacher for: unsure, typical of many, and not alike."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.distill_parts import Suggestion
from vibekit.formats.atomic import write_text
from vibekit.student.knn import unit
from vibekit.student.target import probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.distill.heads import Decision
    from vibekit.student.network import Network
    from vibekit.student.target import Target

BLOCK = 16_384
POOL = 20
"""Candidates for every video that is wanted: the best by score, among which unlike ones are chosen."""
MOST_POOL = 50_000
NEAREST = 5
"""Landmarks that density is the mean cosine to."""
LANDMARKS = 256
"""Unlabelled videos that density is measured against."""
ALIKE = 0.9
"""Cosine from which two suggestions would tell the same twice."""
FILE = "suggest.csv"
COLUMNS = ("video_id", "path", "score", "uncertainty", "density", "attribute", "probability")


def suggest(
    embeddings: EmbeddingSet,
    labelled: Sequence[str],
    network: Network,
    decisions: Mapping[str, Decision],
    targets: Sequence[Target],
    *,
    n: int,
    seed: int,
) -> tuple[Suggestion, ...]:
    """Choose videos without a silver label: the highest uncertainty times density first, none like one before it.

    Uncertainty is the entropy of the least sure attribute; density the mean cosine to the nearest of
    videos drawn from the unlabelled (Settles and Craven, EMNLP 2008).

    Args:
        embeddings: All videos.
        labelled: Ids that are not suggested.
        network: The student.
        decisions: Attribute -> calibration.
        targets: For names and kinds.
        n: How many.
        seed: Of the draw.
    """
    known = pa.array(list(labelled), pa.string())
    marks = _landmarks(embeddings, known, network, seed)
    if not len(marks):
        return ()
    best: list[tuple[Suggestion, NDArray[np.float32]]] = []
    limit = min(MOST_POOL, max(n * POOL, n))
    for shard in embeddings.shards:
        rows = shard.open()
        free = np.flatnonzero(rows.ok & ~pc.is_in(rows.ids, value_set=known).to_numpy(zero_copy_only=False))
        for start in range(0, len(free), BLOCK):
            at = free[start : start + BLOCK]
            x = rows.vectors[at].astype(np.float32)
            usable = np.isfinite(x).all(axis=1) & x.any(axis=1)
            at, x = at[usable], x[usable]
            best += _scored(x, rows.ids.take(pa.array(at)), rows.paths.take(pa.array(at)), network, decisions,
                            targets, marks, limit)  # fmt: skip
            best = sorted(best, key=lambda pair: (-pair[0].score, pair[0].video_id))[:limit]
    return _unlike(best, n)


def _landmarks(embeddings: EmbeddingSet, known: pa.Array, network: Network, seed: int) -> NDArray[np.float32]:
    """Draw unlabelled videos evenly over the shards."""
    random = np.random.default_rng(seed)
    found = []
    for shard in embeddings.shards:
        rows = shard.open()
        free = np.flatnonzero(rows.ok & ~pc.is_in(rows.ids, value_set=known).to_numpy(zero_copy_only=False))
        share = max(1, round(LANDMARKS * len(rows.ids) / max(1, embeddings.rows)))
        at = np.sort(random.choice(free, min(share, len(free)), replace=False))
        x = rows.vectors[at].astype(np.float32)
        found.append(x[np.isfinite(x).all(axis=1)])
    return unit(network.standard(np.concatenate(found))) if found else np.zeros((0, 0), np.float32)


def _scored(
    x: NDArray[np.float32],
    ids: pa.Array,
    paths: pa.Array,
    network: Network,
    decisions: Mapping[str, Decision],
    targets: Sequence[Target],
    marks: NDArray[np.float32],
    limit: int,
) -> list[tuple[Suggestion, NDArray[np.float32]]]:
    if not len(x):
        return []
    logits = network.logits(x)
    entropy, chance = np.zeros((len(targets), len(x))), np.zeros((len(targets), len(x)))
    for number, target in enumerate(targets):
        p = probabilities(decisions[target.name].calibration.apply(logits[target.name]), binary=target.is_binary)
        entropy[number] = entropy_share(p, binary=target.is_binary)
        chance[number] = p[:, 0] if target.is_binary else p.max(axis=1)
    which = entropy.argmax(axis=0)
    rows = unit(network.standard(x))
    near = min(NEAREST, len(marks))
    density = np.clip(np.partition(rows @ marks.T, -near, axis=1)[:, -near:].mean(axis=1), 0, 1)
    uncertainty = entropy[which, np.arange(len(x))]
    score = uncertainty * density
    # a copy of every row: a view would keep its whole block in memory
    return [
        (
            Suggestion(
                video_id=ids[row].as_py(),
                path=paths[row].as_py() or "",
                score=round(float(score[row]), 6),
                uncertainty=round(float(uncertainty[row]), 6),
                density=round(float(density[row]), 6),
                attribute=targets[int(which[row])].name,
                probability=round(float(chance[which[row], row]), 6),
            ),
            rows[row].copy(),
        )
        for row in np.argsort(-score, kind="stable")[:limit].tolist()
    ]


def entropy_share(p: NDArray[np.float64], *, binary: bool) -> NDArray[np.float64]:
    """Return the entropy of each row as a share of the most that is possible."""
    whole = np.concatenate([p, 1 - p], axis=1) if binary else p
    inside = np.clip(whole, 1e-12, 1)
    return np.asarray(-(inside * np.log(inside)).sum(axis=1) / np.log(whole.shape[1]), np.float64)


def _unlike(best: Sequence[tuple[Suggestion, NDArray[np.float32]]], n: int) -> tuple[Suggestion, ...]:
    """Take the best that are not like one that was taken; when they run out, the best of the rest."""
    chosen: list[int] = []
    vectors = np.zeros((min(n, len(best)), len(best[0][1]) if best else 0), np.float32)
    for place, (_, row) in enumerate(best):
        if len(chosen) == n:
            break
        if not chosen or float((vectors[: len(chosen)] @ row).max()) < ALIKE:
            vectors[len(chosen)] = row
            chosen.append(place)
    taken = set(chosen)
    rest = [place for place in range(len(best)) if place not in taken]
    return tuple(best[place][0] for place in sorted(chosen + rest[: max(0, n - len(chosen))]))


def write_suggestions(folder: Path, found: Sequence[Suggestion]) -> Path:
    """Write ``suggest.csv``: a manifest that ``vibekit annotate`` reads."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        writer.writerow([getattr(one, name) for name in COLUMNS])
    write_text(folder / FILE, text.getvalue())
    return folder / FILE
