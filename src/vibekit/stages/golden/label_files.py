"""Find the files of a golden set's videos: where they lay at the draw, or where they lie now."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.video import VIDEO_ID_LENGTH, is_hash
from vibekit.labelling.study import Clip
from vibekit.media.identity import video_id
from vibekit.stages.sources import list_sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.core.golden import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where videos lie.

    Attributes:
        clips: Video id -> clip, in the order of the set.
        roots: Folders that files may be read from.
        missing: What was looked for and is not there, as the set names it.
    """

    clips: dict[str, Clip]
    roots: tuple[Path, ...]
    missing: tuple[str, ...]


def find_files(items: Iterable[Item], *, folder: Path, videos: tuple[Path, ...] = ()) -> Found:
    """Find every item's file.

    A file counts when it lies where the set says (from here, or from the set's own folder or the one above its
    parent), and is no link that leads out of its folder; else it is looked for in ``videos``, by content.

    Args:
        items: Of the set.
        folder: The set.
        videos: Folders to look into for files that have moved.

    Raises:
        InputError: A folder of ``videos`` does not exist or holds no video.
    """
    wanted = list(items)
    moved = _Elsewhere(videos) if videos else None
    named = [(item, _where_it_lay(item, folder)) for item in wanted]
    clips: dict[str, Clip] = {}
    missing: list[str] = []
    for item, path in named:
        there = path or (moved.find(item) if moved else None)
        if there is None:
            missing.append(item.path or item.video_id)
        else:
            clips[item.video_id] = Clip(video_id=item.video_id, path=there, round=item.round)
    roots = {clip.path.parent for clip in clips.values()} | set(videos)
    return Found(clips=clips, roots=tuple(sorted(roots)), missing=tuple(missing))


def _where_it_lay(item: Item, folder: Path) -> Path | None:
    if not item.path:
        return None
    for base in (Path(), folder, folder.parent.parent):
        path = base / item.path
        if _is_plain_file(path):
            return path
    return None


def _is_plain_file(path: Path) -> bool:
    try:
        return path.is_file() and path.resolve().is_relative_to(path.parent.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


class _Elsewhere:
    """Files in folders, by name first and by content when that does not help; each is hashed at most once."""

    def __init__(self, videos: tuple[Path, ...]) -> None:
        listed = list_sources(tuple(str(path) for path in videos)).listed.values()
        self._paths = [entry.path for entry in listed if not entry.problem]
        self._rest = iter(self._paths)
        self._hashes: dict[str, Path] = {}
        self._hashed: set[Path] = set()

    def find(self, item: Item) -> Path | None:
        """Return where an item lies now; None for nowhere."""
        alike = [path for path in self._paths if path.name == Path(item.path).name]
        if not (len(item.video_id) == VIDEO_ID_LENGTH and is_hash(item.video_id)):
            return alike[0] if len(alike) == 1 else None
        wanted = item.video_id.lower()
        if wanted not in self._hashes:
            for path in chain(alike, self._rest):
                self._hash(path)
                if wanted in self._hashes:
                    break
        return self._hashes.get(wanted)

    def _hash(self, path: Path) -> None:
        if path in self._hashed:
            return
        self._hashed.add(path)
        with suppress(OSError):
            self._hashes.setdefault(video_id(os.fsencode(path)), path)
