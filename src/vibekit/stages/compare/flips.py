"""Which videos flipped between two runs, and what both said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.compare import Flip
from vibekit.formats.annotations import label_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute
    from vibekit.stages.compare.pair import Pair
    from vibekit.stages.score.join import Joined
    from vibekit.stages.score.sides import Labels
    from vibekit.stages.score.truth import Truth


def flips_of(
    truth: Truth, attribute: GoldenAttribute, pair: Pair, sides: tuple[Labels, Labels], *, most: int
) -> tuple[tuple[Flip, ...], int]:
    """Return the videos that the two label differently, and how many there are.

    Those come first that stand for the most videos and whose probability moved the farthest.

    Args:
        truth: The golden set.
        attribute: Its labels.
        pair: Both sides.
        sides: With their rationales.
        most: How many are wanted.
    """
    changed = np.flatnonzero(pair.a.predicted != pair.b.predicted)
    moved = np.abs(pair.b.probability[changed] - pair.a.probability[changed])
    rank = pair.a.weight[changed] * np.where(np.isfinite(moved), 1 + np.nan_to_num(moved), 1.0)
    ids = truth.ids.take(pair.a.place[changed]).to_pylist()
    order = sorted(range(len(changed)), key=lambda n: (-float(rank[n]), ids[n]))[:most]
    chosen = changed[order]
    said = [
        _rationales(labels, attribute.name, joined, chosen)
        for labels, joined in zip(sides, (pair.a, pair.b), strict=True)
    ]
    paths = sides[0].predictions.paths.take(pair.a.row[chosen]).to_pylist()
    names = [label_text(label) for label in attribute.allowed]
    items = []
    for n, place in enumerate(chosen.tolist()):
        a, b, golden = (names[int(codes[place])] for codes in (pair.a.predicted, pair.b.predicted, pair.a.truth))
        items.append(
            Flip(
                video_id=ids[order[n]],
                path=paths[n],
                golden=golden,
                a=a,
                b=b,
                right="a" if a == golden else "b" if b == golden else "neither",
                probability_a=_known(pair.a.probability, place),
                probability_b=_known(pair.b.probability, place),
                rationale_a=said[0].get(int(pair.a.row[place]), ""),
                rationale_b=said[1].get(int(pair.b.row[place]), ""),
                weight=float(pair.a.weight[place]),
            )
        )
    return tuple(items), len(changed)


def _rationales(labels: Labels, name: str, joined: Joined, chosen: NDArray[np.int64]) -> Mapping[int, str]:
    rows = [int(row) for row in joined.row[chosen]]
    answers = labels.predictions.details.answers(name, rows) if rows else {}
    return {row: answer.rationale for row, answer in answers.items()}


def _known(values: NDArray[np.float64], place: int) -> float | None:
    value = float(values[place])
    return value if np.isfinite(value) else None
