"""The files that the demo starts from: clips, words about them, golden labels, definitions."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.atomic import write_text
from vibekit.formats.shipped import shipped_dir
from vibekit.media.synthesis import write_clip
from vibekit.stages.demo.clip import EXPECTED
from vibekit.stages.demo.clips import CLIPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from vibekit.stages.demo.clip import DemoClip
    from vibekit.stages.progress import Progress

ATTRIBUTES = ("calming", "energetic")
WORDS = ("title", "hashtags", "creator", "language", "seconds", "made_as")


def make_files(folder: Path, progress: Progress) -> int:
    """Write what is not there yet; definitions that were edited are left as they are.

    Args:
        folder: Of the demo; made when missing.
        progress: Is told how far it is.

    Returns:
        Clips made now.

    Raises:
        InputError: The folder cannot be used.
    """
    clips = folder / "clips"
    try:
        clips.mkdir(parents=True, exist_ok=True)
        missing = [clip for clip in CLIPS if not (clips / clip.name).exists()]
        progress.begin("making clips", len(missing))
        for clip in missing:
            _make(clips, clip)
            progress.advance()
        progress.end()
        # By name: other videos in the folder are none of the demo's business.
        _table(clips / "metadata.csv", ("file", *WORDS), ([c.name, *_words(c)] for c in CLIPS))
        silver = [clip for clip in CLIPS if clip.silver]
        _table(folder / "sample.csv", ("file", *WORDS), ([f"clips/{c.name}", *_words(c)] for c in silver))
        golden = [clip for clip in CLIPS if clip.golden]
        _table(folder / "golden.csv", ("video", *ATTRIBUTES, "group"), (_golden(c) for c in golden))
        _definitions(folder / "attributes")
    except OSError as error:
        where = text_path(error.filename or folder)
        hint = "name another folder: vibekit demo my-demo"
        raise InputError(f"cannot be written: {error.strerror}", path=where, hint=hint) from error
    return len(missing)


def _make(folder: Path, clip: DemoClip) -> None:
    # Hidden, and renamed when whole: an interrupted demo must not leave half a clip that looks like one.
    part = folder / f".part-{clip.name}"
    write_clip(part, clip.spec)
    part.replace(folder / clip.name)


def _words(clip: DemoClip) -> tuple[str, ...]:
    seconds = f"{clip.spec.seconds:g}"
    return (clip.title, clip.hashtags, clip.creator, clip.language, seconds, clip.made_as)


def _golden(clip: DemoClip) -> tuple[object, ...]:
    expected = EXPECTED[clip.made_as]
    return (clip.name, *(int(expected[name]) for name in ATTRIBUTES), clip.creator)


def _definitions(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name in ATTRIBUTES:
        path = folder / f"{name}.yaml"
        if not path.exists():
            write_text(path, (shipped_dir("attributes") / path.name).read_text("utf-8"))


def _table(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    text = buffer.getvalue()
    if not path.is_file() or path.read_text("utf-8") != text:
        write_text(path, text)
