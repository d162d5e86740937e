"""Whether the vectors of a silver set fit into memory: a process that is killed for it says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.stages.memory import memory_bytes

if TYPE_CHECKING:
    from pathlib import Path

COPIES = 4
"""Of the vectors as float32 that training holds at its peak, measured."""


def check_memory(videos: int, dim: int, *, path: Path, memory: int | None = None) -> None:
    """Refuse what cannot fit.

    Args:
        videos: With a label and a vector, at most.
        dim: Of the vectors.
        path: Of the embeddings.
        memory: Bytes that there are; None for what this machine or container has.

    Raises:
        InputError: It cannot fit.
    """
    memory = memory_bytes() if memory is None else memory
    needed = videos * dim * 4 * COPIES
    if memory and needed > memory:
        fitting = memory // (dim * 4 * COPIES)
        raise InputError(
            f"{videos:,} labelled videos of {dim} dimensions take about {needed / 1e9:.0f} GB to learn from, and there "
            f"are {memory / 1e9:.0f} GB of memory",
            path=path,
            hint=f"name a silver table with at most {fitting:,} videos; the learning curve says how little more add",
        )
