"""Where a report goes: a folder that holds nothing else."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.errors import InputError

if TYPE_CHECKING:
    from vibekit.stages.score.config import ScoreConfig

REPORTS = Path("reports")
REPORT_FILE = "report.json"


def folder_of(config: ScoreConfig) -> Path:
    """Return the folder that was asked for, or ``reports/LABELS-GOLDEN``."""
    if config.out is not None:
        return config.out
    return REPORTS / f"{name_of(config.labels)}-{name_of(config.golden)}"


def name_of(path: Path) -> str:
    """Return a path's own name without its ending; of ``.`` that of the folder."""
    whole = path if path.name not in ("", "..") else path.resolve()
    return whole.stem if whole.suffix.lower() in (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet") else whole.name


def check_folder(folder: Path, file: str = REPORT_FILE) -> None:
    """Raise when a report would replace something that is none of ours.

    Args:
        folder: Of the report.
        file: The JSON file that a folder of ours holds.

    Raises:
        InputError: It is a file, or a folder with other content.
    """
    if not folder.exists():
        return
    hint = "choose another place with --out, or write none with --no-report"
    if not folder.is_dir():
        raise InputError("not a folder", path=folder, hint=hint)
    if any(folder.iterdir()) and not _is_report(folder / file):
        raise InputError("holds something else than a report", path=folder, hint=hint)


def _is_report(path: Path) -> bool:
    with suppress(OSError, ValueError):
        row = json.loads(path.read_text("utf-8"))
        return isinstance(row, dict) and "vibekit" in row and "golden" in row
    return False
