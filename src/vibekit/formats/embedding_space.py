"""An embedding space as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vibekit.core.embedding import Block, EmbeddingSpace

if TYPE_CHECKING:
    from collections.abc import Mapping


def space_row(space: EmbeddingSpace) -> dict[str, Any]:
    """Write a space, with its fingerprint for people and for checking."""
    return {
        "name": space.name,
        "dim": space.dim,
        "dtype": space.dtype,
        "fingerprint": space.fingerprint,
        "blocks": [
            {
                "embedder": block.embedder,
                "start": block.start,
                "dim": block.dim,
                "normalisation": block.normalisation,
                "parameters": dict(block.parameters),
                "dimensions": list(block.dimensions),
                "fingerprint": block.fingerprint,
            }
            for block in space.blocks
        ],
    }


def space_from_row(row: Mapping[str, Any]) -> EmbeddingSpace:
    """Read a space.

    Raises:
        ValueError: Something is missing, of another type, or does not fit its fingerprint.
    """
    try:
        blocks = tuple(
            Block(
                embedder=str(block["embedder"]),
                start=int(block["start"]),
                dim=int(block["dim"]),
                normalisation=str(block["normalisation"]),
                parameters=dict(block["parameters"]),
                dimensions=tuple(str(name) for name in block.get("dimensions", ())),
            )
            for block in row["blocks"]
        )
        space = EmbeddingSpace(name=str(row["name"]), blocks=blocks, dtype=str(row["dtype"]))
        said = str(row["fingerprint"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no embedding space: {error}") from error
    if space.fingerprint != said:
        raise ValueError(f"its blocks have the fingerprint {space.fingerprint}, it says {said}")
    if space.dtype not in ("float16", "float32"):
        raise ValueError(f"dtype {space.dtype!r} is not float16 or float32")
    return space


def differences(one: EmbeddingSpace, other: EmbeddingSpace) -> tuple[str, ...]:
    """Say what differs between two spaces, in whole phrases; nothing when their vectors may be mixed."""
    if one.fingerprint == other.fingerprint:
        return ()
    names = [block.embedder for block in one.blocks], [block.embedder for block in other.blocks]
    if names[0] != names[1]:
        return (f"embedder {'+'.join(names[0])} and {'+'.join(names[1])}",)
    found: list[str] = []
    for a, b in zip(one.blocks, other.blocks, strict=True):
        if a.dim != b.dim:
            found.append(f"{a.embedder}: {a.dim} and {b.dim} dimensions")
        if a.normalisation != b.normalisation:
            found.append(f"{a.embedder}: normalisation {a.normalisation} and {b.normalisation}")
        found += [
            f"{a.embedder}: {name} {a.parameters.get(name)!r} and {b.parameters.get(name)!r}"
            for name in sorted({*a.parameters, *b.parameters})
            if a.parameters.get(name) != b.parameters.get(name)
        ]
    return tuple(found)
