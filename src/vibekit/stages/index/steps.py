"""Steps of a build that leave whole files, and are skipped when those are there."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from vibekit.core.fingerprint import fingerprint
from vibekit.core.index import IndexFile
from vibekit.formats.atomic import write_json
from vibekit.formats.dataclass_row import from_row, to_row
from vibekit.formats.index_data import data_path, keep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vibekit.stages.progress import Progress

BUILDING = "building-*"


class Steps:
    """What a build has done so far.

    Args:
        index: The folder of the index; its lock is held.
        key: Of everything that the files are made from, the version of vibekit included.
        progress: Is told what is made.
    """

    def __init__(self, index: Path, key: str, progress: Progress) -> None:
        self._index = index
        self.folder = index / f"building-{key}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._progress = progress
        self.files: dict[str, IndexFile] = {}
        self.made = 0
        self.resumed = 0

    def file(self, role: str, suffix: str, make: Callable[[Path], None]) -> IndexFile:
        """Make a data file, unless it is there.

        Args:
            role: That it plays in the generation.
            suffix: Of its name.
            make: Writes the file under the path that it is given.
        """
        record = self._record(role)
        there = self._recorded(record)
        if there is None:
            unfinished = self.folder / f"making-{record.stem}{suffix}"
            make(unfinished)
            there = keep(self._index, unfinished, role)
            write_json(record, to_row(there))
            self.made += 1
        else:
            self.resumed += 1
        self.files[role] = there
        return there

    def path(self, role: str) -> Path:
        """Return where the file of a step lies."""
        return data_path(self._index, self.files[role])

    def scratch(self, name: str, make: Callable[[Path], None]) -> Path:
        """Make a file that only the build itself needs, unless it is there."""
        path = self.folder / name
        if not path.is_file():
            unfinished = self.folder / f"making-{name}"
            make(unfinished)
            unfinished.replace(path)
        return path

    def note(self, name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - any JSON value
        """Remember a JSON value, and make it only once."""
        path = self._record(f"note {name}")
        try:
            return json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            value = make()
            write_json(path, value)
            return value

    def say(self, what: str) -> None:
        """Say what is made now."""
        self._progress.note(what)

    def _record(self, role: str) -> Path:
        return self.folder / f"{fingerprint(role)}.json"

    def _recorded(self, record: Path) -> IndexFile | None:
        try:
            file = from_row(IndexFile, json.loads(record.read_text("utf-8")))
            whole = data_path(self._index, file).stat().st_size == file.bytes
        except (OSError, ValueError):
            return None
        return file if whole else None


def recorded_files(index: Path) -> set[str]:
    """Return the names of data files that unfinished builds have made."""
    names = set()
    for record in index.glob(f"{BUILDING}/*.json"):
        try:
            names.add(from_row(IndexFile, json.loads(record.read_text("utf-8"))).name)
        except (OSError, ValueError):
            continue
    return names


def drop_steps(index: Path) -> None:
    """Remove what builds left that are no longer needed."""
    for folder in index.glob(BUILDING):
        shutil.rmtree(folder, ignore_errors=True)
