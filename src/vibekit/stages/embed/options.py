"""The flat settings of ``vibekit embed`` as they stand in vibekit.yaml and flags.

Not in the environment: ``VIBEKIT_MODEL`` and ``VIBEKIT_FRAMES`` are there for the annotator, and must not move an
embedding space.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from vibekit.embedders.base import EmbedderSettings
from vibekit.errors import InputError, UsageError, did_you_mean
from vibekit.stages.embed.config import DTYPES, SHARD_ROWS, Dtype, cores
from vibekit.stages.ranges import check_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedOptions:
    """One field a flag; None leaves the choice to the embedder or the machine."""

    embedder: str = "av"
    dtype: str | None = None
    frames: int | None = None
    model: str = ""
    revision: str = ""
    dim: int | None = None
    base_url: str | None = None
    timeout: float = 120.0
    max_attempts: int = 6
    shard_rows: int | None = None
    workers: int | None = None
    decode_timeout: float = 60.0
    max_cost: float | None = None
    prices: Path | None = None


def embedder_settings(options: EmbedOptions, extra: Iterable[str]) -> EmbedderSettings:
    """Return what embedders are told.

    Args:
        options: Checked.
        extra: ``name=value`` of ``--option``.

    Raises:
        UsageError: One of them is no such pair.
    """
    pairs = {}
    for text in extra:
        name, separator, value = text.partition("=")
        if not separator or not name.strip():
            raise UsageError(f"--option {text}: write NAME=VALUE", hint="such as: --option pool=mean")
        pairs[name.strip()] = value.strip()
    return EmbedderSettings(
        frames=options.frames,
        model=options.model,
        revision=options.revision,
        dim=options.dim,
        base_url=options.base_url,
        timeout_s=options.timeout,
        max_attempts=options.max_attempts,
        options=pairs,
    )


def checked(options: EmbedOptions) -> EmbedOptions:
    """Return the options when every one of them is in range.

    Raises:
        InputError: One is not.
    """
    if options.dtype is not None and options.dtype not in DTYPES:
        near = did_you_mean(options.dtype, DTYPES)
        raise InputError(f"--dtype '{options.dtype}' is not known", hint=near or f"one of: {', '.join(DTYPES)}")
    ranges: tuple[tuple[str, float | None, float, float], ...] = (
        ("frames", options.frames, 1, 1000),
        ("dim", options.dim, 1, 100_000),
        ("timeout", options.timeout, 0.1, 3600),
        ("max-attempts", options.max_attempts, 1, 100),
        ("shard-rows", options.shard_rows, 1, 10_000_000),
        ("workers", options.workers, 1, 256),
        ("decode-timeout", options.decode_timeout, 0.1, 86_400),
        ("max-cost", options.max_cost, 0, 1e9),
    )
    check_ranges("embed", ranges)
    return options


def dtype_of(options: EmbedOptions) -> Dtype | None:
    """Return the storage that was asked for; None without."""
    return cast("Dtype | None", options.dtype)


def workers_of(options: EmbedOptions) -> int:
    """Return how many processes decode."""
    return options.workers or cores()


def rows_of(options: EmbedOptions) -> int:
    """Return how many videos go into a shard."""
    return options.shard_rows or SHARD_ROWS


def binary_of(text: str) -> Literal["", "float16", "float32"]:
    """Return what a column of bytes holds.

    Raises:
        UsageError: It is nothing that is known.
    """
    if text not in ("", *DTYPES):
        raise UsageError(f"--binary {text}: float16 or float32", hint="the type that the bytes were written as")
    return cast('Literal["", "float16", "float32"]', text)
