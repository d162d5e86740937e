"""Opens a golden set: a folder, or a plain table ``video,attribute,label[,rater]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.golden import GoldenSet


def open_golden(path: Path, *, attributes_dir: Path | None = None) -> GoldenSet:
    """Read a golden set whole.

    Args:
        path: A folder with ``golden.yaml``, or a CSV, TSV, JSON Lines or Parquet file.
        attributes_dir: The user's definitions, by which the labels of a plain table are read when there are some.

    Raises:
        InputError: It is not one, or a label is outside of what the attribute allows (names the row).
    """
    raise NotImplementedError(path, attributes_dir)
