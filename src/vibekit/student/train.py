"""From rows and soft labels to a network: which head an attribute gets, and the fit of both kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.student import HeadKind
from vibekit.student.few import MOST, alone, fit_few
from vibekit.student.linear import Data, fit_linear
from vibekit.student.mlp import has_torch, train_mlp
from vibekit.student.network import Network, Place, stacked
from vibekit.student.settings import HeadChoice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.student.few import Layout
    from vibekit.student.network import Layer
    from vibekit.student.settings import Settings
    from vibekit.student.target import Target

BLOCK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Mean and scale of every dimension over the training rows; shape (d,) each."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]

    def apply(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return standardised rows."""
        return np.asarray((x.astype(np.float32) - self.mean) / self.scale, np.float32)


def scaling_of(x: NDArray[np.floating], rows: NDArray[np.int64]) -> Scaling:
    """Compute mean and scale; a dimension that does not vary gets a scale of one."""
    total, squares = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for start in range(0, len(rows), BLOCK):
        total += x[rows[start : start + BLOCK]].astype(np.float64).sum(axis=0)
    mean = total / max(1, len(rows))
    for start in range(0, len(rows), BLOCK):
        away = x[rows[start : start + BLOCK]].astype(np.float64) - mean
        squares += (away * away).sum(axis=0)
    scale = np.sqrt(squares / max(1, len(rows)))
    # below the rounding of float16 a dimension says nothing, and would be blown up
    flat = scale <= 1e-6 * (1 + np.abs(mean))
    return Scaling(mean=mean.astype(np.float32), scale=np.where(flat, 1.0, scale).astype(np.float32))


def head_of(target: Target, rows: NDArray[np.int64], settings: Settings) -> HeadKind:
    """Choose the head of an attribute: linear when asked for, without torch, or with few positives to train on."""
    if settings.head is HeadChoice.LINEAR or (settings.head is HeadChoice.AUTO and not has_torch()):
        return HeadKind.LINEAR
    return HeadKind.LINEAR if target.rarest(rows) < settings.min_positives else HeadKind.MLP


def fit(
    x: NDArray[np.floating],
    targets: Sequence[Target],
    *,
    train: NDArray[np.int64],
    held_out: NDArray[np.int64],
    settings: Settings,
    layout: Layout | None = None,
    reuse: bool = False,
    heads: Sequence[HeadKind] | None = None,
    advance: Callable[[], None] | None = None,
) -> Network:
    """Fit a network.

    Args:
        x: Shape (n, d), any float type, all finite.
        targets: Of n videos.
        train: Rows to fit on.
        held_out: Rows to stop by, and to choose the penalty by where there are many.
        settings: How.
        layout: Of n rows; without one, every row stands for itself and the vector is one block.
        reuse: Fit linear heads of few videos on the held-out rows as well, which they do not need to stop by: where
            nothing else is decided on these rows.
        heads: Of every target; chosen by ``head_of`` when not given.
        advance: Is called after every pass of the mlp.
    """
    chosen = list(heads) if heads is not None else [head_of(target, train, settings) for target in targets]
    scaling = scaling_of(x, train)
    deep = [t for t, head in zip(targets, chosen, strict=True) if head is HeadKind.MLP]
    flat = [t for t, head in zip(targets, chosen, strict=True) if head is HeadKind.LINEAR]
    layers = (
        train_mlp(
            x, deep, train=train, held_out=held_out, mean=scaling.mean, scale=scaling.scale,
            settings=settings, advance=advance,
        )
        if deep
        else []
    )  # fmt: skip
    linear = None
    if flat:
        both = np.union1d(train, held_out)
        rows = both if reuse and len(both) <= MOST else train
        fitted = linear_heads(
            x,
            scaling.apply,
            flat,
            train=rows,
            held_out=held_out,
            settings=settings,
            layout=layout,
            scale=scaling.scale,
        )
        linear = stacked([fitted[t.name] for t in flat])
    return Network(
        mean=scaling.mean,
        scale=scaling.scale,
        places=tuple(Place(name=t.name, head=head, width=t.width) for t, head in zip(targets, chosen, strict=True)),
        hidden=tuple(layers[:-1]),
        output=layers[-1] if layers else None,
        linear=linear,
    )


def linear_heads(
    x: NDArray[np.floating],
    values: Callable[[NDArray[np.floating]], NDArray[np.float32]],
    targets: Sequence[Target],
    *,
    train: NDArray[np.int64],
    held_out: NDArray[np.int64],
    settings: Settings,
    layout: Layout | None = None,
    scale: NDArray[np.float32] | None = None,
    towards: Mapping[str, Layer] | None = None,
) -> dict[str, Layer]:
    """Fit linear heads: name -> its rows; few videos choose the penalty themselves, of many the held-out part does.

    Args:
        x: Shape (n, d).
        values: What the heads see of vectors: standardised, or hidden values.
        targets: Of all rows.
        train: Rows to fit on.
        held_out: Rows to choose by.
        settings: How.
        layout: Of all rows; None where every row stands for itself.
        scale: What the values were divided by; None where they share no unit.
        towards: Where weights are drawn to in place of zero.
    """
    rows = drawn(train, settings.linear_rows, seed=settings.seed)
    data = Data(x=values(x[rows]), targets=[t.at(rows) for t in targets])
    if settings.l2 is None and len(rows) <= MOST:
        known = alone(len(rows)) if layout is None else layout.at(rows)
        return fit_few(data, known, scale=scale, towards=towards)
    aside = drawn(held_out, settings.linear_rows, seed=settings.seed)
    other = Data(x=values(x[aside]), targets=[t.at(aside) for t in targets])
    return fit_linear(data, other, l2=settings.l2, towards=towards)


def drawn(rows: NDArray[np.int64], most: int, *, seed: int) -> NDArray[np.int64]:
    """Return at most so many rows, drawn at random, in their order."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
