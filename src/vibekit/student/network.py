"""The weights of a student as arrays, and its logits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.student import HeadKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vibekit.core.student import AttributeHead

BLOCK = 16384
"""Rows that are passed through at once: 64 MB of hidden values at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A linear layer: ``x @ weight.T + bias``.

    Attributes:
        weight: Shape (out, in) float32.
        bias: Shape (out,) float32.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map rows of shape (n, in) to (n, out)."""
        return np.asarray(x @ self.weight.T + self.bias, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the logits of an attribute come from."""

    name: str
    head: HeadKind
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """z = (x - mean) / scale; hidden layers with ReLU and ``output`` (head mlp); ``linear`` on z (head linear).

    Attributes:
        mean: Shape (d,).
        scale: Shape (d,), above 0.
        places: Attributes in the order of the student.
        hidden: Hidden layers; empty without an mlp.
        output: A row for every logit of the mlp attributes, in order; None without one.
        linear: A row for every logit of the linear attributes, in order; None without one.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    places: tuple[Place, ...]
    hidden: tuple[Layer, ...] = ()
    output: Layer | None = None
    linear: Layer | None = None

    def standard(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return standardised rows."""
        return np.asarray((x.astype(np.float32) - self.mean) / self.scale, np.float32)

    def features(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the last hidden layer's values: shape (n, width); the standardised rows without hidden layers."""
        values = self.standard(x)
        for layer in self.hidden:
            values = np.maximum(layer(values), 0)
        return values

    def logits(self, x: NDArray[np.floating], rows: NDArray[np.int64] | None = None) -> dict[str, NDArray[np.float32]]:
        """Return the logits of every attribute: name -> shape (n, k).

        Args:
            x: Shape (m, d), any float type.
            rows: Which of them; None for all.
        """
        count = len(x) if rows is None else len(rows)
        found = {place.name: np.zeros((count, place.width), np.float32) for place in self.places}
        for start in range(0, count, BLOCK):
            part = slice(start, min(count, start + BLOCK))
            block = x[part] if rows is None else x[rows[part]]
            for name, values in self._block(block):
                found[name][part] = values
        return found

    def _block(self, x: NDArray[np.floating]) -> Iterator[tuple[str, NDArray[np.float32]]]:
        standard = self.standard(x)
        values = {}
        if self.linear is not None:
            values[HeadKind.LINEAR] = self.linear(standard)
        if self.output is not None:
            hidden = standard
            for layer in self.hidden:
                hidden = np.maximum(layer(hidden), 0)
            values[HeadKind.MLP] = self.output(hidden)
        for place, rows in self.rows():
            yield place.name, values[place.head][:, rows]

    def rows(self) -> Iterator[tuple[Place, slice]]:
        """Yield every attribute with its rows in the last layer of its head."""
        at = dict.fromkeys(HeadKind, 0)
        for place in self.places:
            start = at[place.head]
            at[place.head] += place.width
            yield place, slice(start, start + place.width)

    def layer_of(self, name: str) -> Layer:
        """Return the rows of one attribute in the last layer of its head."""
        for place, rows in self.rows():
            if place.name == name:
                layer = self.output if place.head is HeadKind.MLP else self.linear
                assert layer is not None
                return Layer(weight=layer.weight[rows], bias=layer.bias[rows])
        raise KeyError(name)

    def with_layer(self, place: Place, layer: Layer) -> Network:
        """Return the network with the rows of one attribute put in or replaced; all others stay as they are."""
        old = {known.name: self.layer_of(known.name) for known in self.places}
        old[place.name] = layer
        places = tuple(place if known.name == place.name else known for known in self.places)
        if place.name not in {known.name for known in self.places}:
            places = (*places, place)
        deep = any(known.head is HeadKind.MLP for known in places)
        return replace(
            self,
            places=places,
            hidden=self.hidden if deep else (),
            output=stacked([old[p.name] for p in places if p.head is HeadKind.MLP]),
            linear=stacked([old[p.name] for p in places if p.head is HeadKind.LINEAR]),
        )

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the arrays by the names that ``model.safetensors`` gives them."""
        found = {"mean": self.mean, "scale": self.scale}
        layers = [*self.hidden, *([self.output] if self.output is not None else [])]
        for number, layer in enumerate(layers):
            found |= {f"mlp.{number}.weight": layer.weight, f"mlp.{number}.bias": layer.bias}
        if self.linear is not None:
            found |= {"linear.weight": self.linear.weight, "linear.bias": self.linear.bias}
        return {name: np.ascontiguousarray(value, np.float32) for name, value in found.items()}


def stacked(layers: Sequence[Layer]) -> Layer | None:
    """Put layers with the same input under each other; None without any."""
    if not layers:
        return None
    return Layer(
        weight=np.concatenate([layer.weight for layer in layers]), bias=np.concatenate([layer.bias for layer in layers])
    )


def network_of(heads: Sequence[AttributeHead], tensors: Mapping[str, NDArray[np.float32]]) -> Network:
    """Rebuild a network from a student's heads and its tensors."""
    numbers = sorted(int(name.split(".")[1]) for name in tensors if name.startswith("mlp.") and name.endswith("weight"))
    layers = [Layer(weight=tensors[f"mlp.{n}.weight"], bias=tensors[f"mlp.{n}.bias"]) for n in numbers]
    linear = None
    if "linear.weight" in tensors:
        linear = Layer(weight=tensors["linear.weight"], bias=tensors["linear.bias"])
    return Network(
        mean=tensors["mean"],
        scale=tensors["scale"],
        places=tuple(Place(name=head.name, head=head.head, width=len(head.labels)) for head in heads),
        hidden=tuple(layers[:-1]),
        output=layers[-1] if layers else None,
        linear=linear,
    )
