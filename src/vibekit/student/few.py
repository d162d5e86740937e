"""The linear head on few videos: how it is held back is chosen by a cross-validation inside the training part."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.student.linear import PATH, Data, Problem
from vibekit.student.network import Layer
from vibekit.student.split import folds
from vibekit.student.target import log_loss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MOST = 1000
"""Training videos up to which all of them choose; with more, the held-out part is large enough to."""
FOLDS = 5
FLAT = 1e-7
"""Share of the largest variance below which a direction is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What is known of rows and columns beside the numbers.

    Attributes:
        group: Shape (n,): codes of what stays together.
        place: Shape (n,): where each group lies in [0, 1).
        blocks: Widths of the parts of a vector, in order, each of which has units of its own; empty for one part.
    """

    group: NDArray[np.int64]
    place: NDArray[np.float64]
    blocks: tuple[int, ...]

    def at(self, rows: NDArray[np.int64]) -> Layout:
        """Return some of the rows."""
        return Layout(group=self.group[rows], place=self.place[rows], blocks=self.blocks)

    def spread(self, scale: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scale of every dimension in units of its block's: shape (d,), mean square 1 in each block."""
        found = np.ones(len(scale), np.float32)
        edges = np.cumsum([0, *(self.blocks or (len(scale),))])
        for start, stop in itertools.pairwise(edges):
            own = scale[start:stop].astype(np.float64)
            found[start:stop] = own / np.sqrt((own * own).mean())
        return found


def alone(n: int) -> Layout:
    """Return the layout of rows of which nothing is known."""
    return Layout(group=np.arange(n), place=np.arange(n) / max(1, n), blocks=())


def fit_few(
    data: Data,
    layout: Layout,
    *,
    scale: NDArray[np.float32] | None = None,
    towards: Mapping[str, Layer] | None = None,
) -> dict[str, Layer]:
    """Fit every attribute with the penalty and the geometry that have the lowest loss out of fold: name -> its rows.

    Two geometries are tried. Standardised, every dimension may weigh the same: right where each has a unit of its own.
    In an embedding that was brought to length one all dimensions share a unit, and those that hardly vary mostly hold
    noise; blown up to the size of the others they drown them where there are fewer videos than dimensions. So the other
    geometry is that of the vectors: one scale a block. With many videos both come to the same.

    Args:
        data: Standardised rows.
        layout: Of these rows.
        scale: Shape (d,): what the rows were divided by; None to stay with them.
        towards: Where weights are drawn to in place of zero: name -> its rows, of some attributes.
    """
    from threadpoolctl import threadpool_limits

    # products this small are slower on several threads, and sums on one do not depend on their number
    with threadpool_limits(limits=1, user_api="blas"):
        return _fit_few(data, layout, scale, towards or {})


def _fit_few(
    data: Data, layout: Layout, scale: NDArray[np.float32] | None, towards: Mapping[str, Layer]
) -> dict[str, Layer]:
    k = min(FOLDS, len(np.unique(layout.group)))
    path = tuple(data.x.shape[1] * factor for factor in PATH)
    spreads = [np.ones(data.x.shape[1], np.float32)]
    if scale is not None and not towards:
        spreads.append(layout.spread(scale))
    best: dict[str, tuple[float, Layer]] = {}
    fold = folds(layout.place, layout.group, k=k)
    for spread in spreads:
        short = _Short.of(data.x * spread, keep=bool(towards))
        rows = Data(x=short.x, targets=data.targets)
        every = _path(rows, path, towards)
        losses = _out_of_fold(rows, path, fold, k, towards) if k > 1 else _middle(data.targets)
        for at, target in enumerate(data.targets):
            number = int(np.argmin(losses[at])) if np.isfinite(losses[at]).all() else PATH.index(1.0)
            loss = float(losses[at][number])
            known = best.get(target.name)
            if known is None or loss < known[0]:
                best[target.name] = (loss, short.back(every[number][at], spread))
    return {name: layer for name, (_, layer) in best.items()}


def _middle(targets: Sequence[object]) -> NDArray[np.float64]:
    return np.full((len(targets), len(PATH)), np.nan)


def _path(data: Data, path: Sequence[float], towards: Mapping[str, Layer]) -> list[list[Layer]]:
    """Return the layers of all attributes for every penalty."""
    problem = Problem(data, towards)
    at, found = problem.start(), []
    for penalty in path:
        at = problem.solve(at, penalty)
        found.append(problem.layers(at))
    return found


def _out_of_fold(
    data: Data, path: Sequence[float], fold: NDArray[np.int64], k: int, towards: Mapping[str, Layer]
) -> NDArray[np.float64]:
    """Return the loss of every attribute and penalty over all rows, each answered by a fit without its group."""
    said = [np.zeros((len(path), len(data.x), target.width), np.float32) for target in data.targets]
    for number in range(k):
        rest, asked = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        part = Data(x=data.x[rest], targets=[target.at(rest) for target in data.targets])
        for step, layers in enumerate(_path(part, path, towards)):
            for logits, layer in zip(said, layers, strict=True):
                logits[step, asked] = layer(data.x[asked])
    return np.array([[log_loss(z, target) for z in logits] for target, logits in zip(data.targets, said, strict=True)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Short:
    """Rows in as many dimensions as there are rows.

    Weights under a quadratic penalty are sums of rows, so nothing is lost by turning the rows into the space that they
    span; a problem of 40 videos in 4,000 dimensions becomes one of 40 by 40.

    Attributes:
        x: Shape (n, r).
        turn: Shape (r, d): back to all dimensions; None where nothing was turned.
    """

    x: NDArray[np.float32]
    turn: NDArray[np.float64] | None

    @classmethod
    def of(cls, x: NDArray[np.float32], *, keep: bool) -> _Short:
        if keep or not 0 < x.shape[0] < x.shape[1]:
            return cls(x=x, turn=None)
        wide = x.astype(np.float64)
        value, vector = np.linalg.eigh(wide @ wide.T)
        real = value > FLAT * max(float(value[-1]), 1e-30)
        root = np.sqrt(value[real])
        turn = (vector[:, real] / root).T @ wide
        return cls(x=np.asarray(vector[:, real] * root, np.float32), turn=turn)

    def back(self, layer: Layer, spread: NDArray[np.float32]) -> Layer:
        weight = layer.weight.astype(np.float64)
        if self.turn is not None:
            weight = weight @ self.turn
        return Layer(weight=np.ascontiguousarray(weight * spread, np.float32), bias=layer.bias)
