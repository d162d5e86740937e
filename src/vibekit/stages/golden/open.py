"""Opens a golden set: a folder, or a plain table ``video,attribute,label[,rater]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.errors import InputError, did_you_mean
from vibekit.formats.golden_file import GOLDEN_FILE
from vibekit.formats.manifest import TABLE_SUFFIXES, is_table

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
    if path.is_dir():
        from vibekit.stages.golden.open_folder import open_folder

        return open_folder(path)
    if not path.exists():
        near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise InputError("there is no such golden set", path=path, hint=near or "draw one with: vibekit golden sample")
    if path.name == GOLDEN_FILE:
        raise InputError("name the folder of the golden set, not its golden.yaml", path=path, hint=str(path.parent))
    if not is_table(path):
        hint = f"a folder with {GOLDEN_FILE}, or a table that ends in {', '.join(TABLE_SUFFIXES)}"
        raise InputError("not a golden set", path=path, hint=hint)
    from vibekit.stages.golden.open_table import open_table

    return open_table(path, attributes_dir=attributes_dir)
