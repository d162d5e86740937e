"""Which file a name means: a whole path, the end of one, a file name, or a stem."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class FileNames:
    """Files that can be found by what people call them.

    Args:
        files: Every file there is.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._absolute: set[str] = set()
        for path in files:
            absolute = absolute_path(path)
            if absolute in self._absolute:
                continue
            self._absolute.add(absolute)
            self._by_name[folded(path.name)].append(absolute)
            self._by_stem[folded(path.stem)].append(absolute)

    def named(self, key: str, *, bases: Sequence[Path] = (Path(),)) -> list[str]:
        """Return the absolute paths of the files that a key may mean.

        A key with a folder names the file at that path, seen from one of the bases, or else those whose path ends so.
        A key without a folder names the files of that name, or else those of that stem.

        Args:
            key: As somebody wrote it.
            bases: Folders that a relative path may be seen from.
        """
        for base in bases:
            absolute = absolute_path(base / key) if "\0" not in key and encodable(key) else ""
            if absolute in self._absolute:
                return [absolute]
        parts = folded(key).split("/")
        while parts[:1] in (["."], [""]):
            parts = parts[1:]
        if not parts:
            return []
        same = self._by_name.get(parts[-1], [])
        if len(parts) == 1:
            return same or self._by_stem.get(parts[0], [])
        return [p for p in same if folded(p).split("/")[-len(parts) :] == parts]

    def of_stem(self, stem: str) -> list[str]:
        """Return the absolute paths of the files whose name without its ending is ``stem``."""
        return self._by_stem.get(folded(stem), [])


def absolute_path(path: Path) -> str:
    """Return the path from the root; links are kept."""
    return os.path.abspath(path)  # noqa: PTH100 - Path.resolve() would follow links, and two names are two files


def folded(text: str) -> str:
    """Return a name as it is compared: typed on two systems it may differ in how accents are composed."""
    return unicodedata.normalize("NFC", text)


def encodable(text: str) -> bool:
    """Say whether a text can name a file at all."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True
