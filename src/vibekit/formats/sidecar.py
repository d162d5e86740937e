"""Files beside a clip that tell about it: clip.json, clip.info.json, clip.srt, clip.en.vtt."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.video import Metadata, text_path
from vibekit.formats.manifest import cell_of
from vibekit.formats.metadata import Words, merged, words_of
from vibekit.formats.subtitles import SUBTITLE_SUFFIXES, transcript

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.formats.manifest import Value

SIDECAR_SUFFIXES = (".json", *SUBTITLE_SUFFIXES)
FOLDER_TABLES = ("metadata.csv", "metadata.jsonl")
"""Tables that speak of every clip in their folder and below."""

MAX_BYTES = 16 << 20
"""Largest side-car that is read: far above any honest one."""

_LANGUAGE = re.compile(r"\.([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)$")


@dataclass(slots=True)
class Folder:
    """The side-cars of one folder, found with one listing.

    Attributes:
        path: The folder.
        names: Every name in it.
    """

    path: Path
    names: frozenset[str]
    _subtitles: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in sorted(self.names):
            stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a Path for each name costs more than the listing
            if suffix.lower() in SUBTITLE_SUFFIXES:
                self._subtitles.setdefault(stem, []).append(name)
                if language := _LANGUAGE.search(stem):
                    self._subtitles.setdefault(stem[: language.start()], []).append(name)

    def words(self, clip: str) -> Words:
        """Read what the side-cars of one clip say; what cannot be read is a warning, never an error.

        Args:
            clip: Name of the video file in this folder.
        """
        stem = os.path.splitext(clip)[0]  # noqa: PTH122
        names = (f"{stem}.json", f"{clip}.json", f"{stem}.info.json")
        found = [_described(self.path / name) for name in names if name in self.names]
        language = next((w.metadata.language for w in found if w.metadata.language), "")
        if not any(w.metadata.transcript for w in found) and (name := self._spoken(clip, language=language)):
            found.append(_spoken(self.path / name))
        notes = tuple(note for words in found for note in words.warnings)
        return Words(metadata=merged(*(w.metadata for w in found)), warnings=notes)

    def _spoken(self, clip: str, *, language: str) -> str:
        """Choose the subtitles: without a language in the name, then the clip's own language, English, any."""
        stem = os.path.splitext(clip)[0]  # noqa: PTH122
        names = [n for n in self._subtitles.get(stem, []) if self._belongs(n, stem=stem)]

        def rank(name: str) -> tuple[int, str]:
            tag = name[len(stem) + 1 :].rpartition(".")[0].lower()
            own = bool(language) and tag.split("-")[0] == language.lower().split("-")[0]
            return (0 if not tag else 1 if own else 2 if tag.split("-")[0] == "en" else 3, name)

        return min(names, key=rank, default="")

    def _belongs(self, name: str, *, stem: str) -> bool:
        """Tell ``clip.en.vtt`` of clip.mp4 from that of a clip that is itself called clip.en.mp4."""
        own = os.path.splitext(name)[0]  # noqa: PTH122
        return own == stem or not any(
            other.startswith(f"{own}.") and not other.lower().endswith((*SIDECAR_SUFFIXES,)) for other in self.names
        )


def open_folder(path: Path) -> Folder:
    """List a folder for its side-cars; one that cannot be listed has none."""
    try:
        return Folder(path, frozenset(os.listdir(path)))  # noqa: PTH208 - names are all that is needed
    except OSError:
        return Folder(path, frozenset())


def _described(path: Path) -> Words:
    data = _bytes(path)
    if isinstance(data, Words):
        return data
    try:
        value = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        return _odd(f"{text_path(path)}:{line}: not JSON: {getattr(error, 'msg', error)}; ignored")
    if not isinstance(value, dict):
        return _odd(f"{text_path(path)}:1: not a JSON object; ignored")
    cells: Mapping[str, Value] = {str(k).strip().lower(): cell_of(v) for k, v in value.items()}
    return _named(path, words_of(cells))


def _spoken(path: Path) -> Words:
    data = _bytes(path)
    if isinstance(data, Words):
        return data
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = data.decode(encoding, "replace")
    said = transcript(text)
    if not said:
        return _odd(f"{text_path(path)}: holds no captions; ignored")
    words = words_of({"transcript": said})
    notes = (*words.warnings, "not UTF-8: some letters are lost") if "\ufffd" in text else words.warnings
    return _named(path, Words(metadata=words.metadata, warnings=notes))


def _bytes(path: Path) -> bytes | Words:
    """Read a side-car, or say why not; a FIFO is never opened, for that would wait forever."""
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            return _odd(f"{text_path(path)}: not a regular file; ignored")
        if info.st_size > MAX_BYTES:
            return _odd(f"{text_path(path)}: larger than {MAX_BYTES >> 20} MiB; ignored")
        return path.read_bytes()
    except OSError as error:
        return _odd(f"{text_path(path)}: cannot be read ({error.strerror}); ignored")


def _odd(note: str) -> Words:
    return Words(metadata=Metadata(), warnings=(note,))


def _named(path: Path, words: Words) -> Words:
    return Words(metadata=words.metadata, warnings=tuple(f"{text_path(path)}: {note}" for note in words.warnings))
