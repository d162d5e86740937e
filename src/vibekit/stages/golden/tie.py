"""Ties the videos of a file that is brought in to those of a golden set, a run or a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.videos import read_videos
from vibekit.media.pool import MediaPool
from vibekit.stages.golden.match import Candidate, match
from vibekit.stages.inputs import read_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.core.golden import GoldenSet, Item
    from vibekit.stages.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """What the videos of a file are.

    Attributes:
        ids: What the file calls a video -> its video_id in the set.
        items: Videos that are new in the set.
        unmatched: What the file calls videos that were not found.
        warnings: For people.
    """

    ids: Mapping[str, str]
    items: tuple[Item, ...]
    unmatched: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def tie(
    new: GoldenSet,
    old: GoldenSet | None,
    *,
    run: Path | None,
    videos: tuple[str, ...],
    uploaded: bool,
    workers: int,
    timeout_s: float,
    progress: Progress,
) -> Tied:
    """Find out which video each row means: one of the set, or else one of the run or the folder.

    A set that was drawn takes no further videos: they had no known chance of being drawn.

    Args:
        new: What is brought in.
        old: The set; None when it is made now.
        run: A run whose videos are meant.
        videos: Folders, files and manifests with the videos that are meant.
        uploaded: Names of the file may be those that Label Studio gives to uploads.
        workers: Processes that hash files.
        timeout_s: Wall time for one file.
        progress: Told how many files were hashed.

    Raises:
        InputError: A name fits several videos; names them.
    """
    source = new.path
    ids: dict[str, str] = {}
    if old is not None:
        there = [Candidate(video_id=item.video_id, path=item.path) for item in old.items.values()]
        ids.update(match(new.items.values(), there, base=source.parent, uploaded=uploaded, source=source).keys)
    rest = [item for name, item in new.items.items() if name not in ids]
    found: dict[str, Candidate] = {item.video_id: Candidate(video_id=item.video_id, path=item.path) for item in rest}
    if run is not None:
        found = _in_run(rest, run, source, uploaded=uploaded)
    elif videos:
        found = _among_files(
            rest, videos, source, uploaded=uploaded, workers=workers, timeout_s=timeout_s, progress=progress
        )
    # one video may have been known to the set by its hash and to the file by its path
    ids |= {name: one.key for name, one in found.items() if one.key in (old.items if old else ())}
    fresh = {name: one for name, one in found.items() if name not in ids}
    warnings: tuple[str, ...] = ()
    if fresh and old is not None and old.draw.get("method", "import") != "import":
        warnings = (f"{len(fresh)} videos are not in the set, which was drawn: they had no known chance, and are left"
                    " out",)  # fmt: skip
        fresh = {}
    items = tuple(
        replace(new.items[name], video_id=one.key, path=one.path or new.items[name].path) for name, one in fresh.items()
    )
    ids |= {name: one.key for name, one in fresh.items()}
    _check_once(ids, source)
    unmatched = tuple(item.path or name for name, item in new.items.items() if name not in ids)
    return Tied(ids=ids, items=items, unmatched=unmatched, warnings=warnings)


def _check_once(ids: Mapping[str, str], source: Path) -> None:
    named: dict[str, str] = {}
    for name, video_id in ids.items():
        other = named.setdefault(video_id, name)
        if other != name:
            hint = "name a video the same way in every row"
            raise InputError(f"{other!r} and {name!r} are one video: {video_id}", path=source, item=name, hint=hint)


def _in_run(items: Sequence[Item], run: Path, source: Path, *, uploaded: bool) -> dict[str, Candidate]:
    if not (run / "videos.jsonl").is_file():
        raise InputError("not a run: it holds no videos.jsonl", path=run, hint="name a folder such as runs/r1")
    known = [v for v in read_videos(run / "videos.jsonl") if v.video_id]
    by_id: dict[str, Candidate] = {}
    for video in known:
        by_id.setdefault(video.video_id or "", Candidate(video_id=video.video_id, path=video.text_path))
    there = [Candidate(video_id=v.video_id, path=v.text_path) for v in known]
    return {
        name: by_id[key]
        for name, key in match(items, there, base=source.parent, uploaded=uploaded, source=source).keys.items()
    }


def _among_files(
    items: Sequence[Item],
    videos: tuple[str, ...],
    source: Path,
    *,
    uploaded: bool,
    workers: int,
    timeout_s: float,
    progress: Progress,
) -> dict[str, Candidate]:
    """Find files by name, and hash those that were found; where ids are hashes of other files, hash them all."""
    paths = [file.path for file in read_inputs(videos).files if not file.problem]
    there = [Candidate(video_id=None, path=text_path(path)) for path in paths]
    by_name = match(items, there, base=source.parent, uploaded=uploaded, source=source)
    meant = set(by_name.keys.values())
    wanted = paths if by_name.unmatched else [path for path in paths if text_path(path) in meant]
    hashed = _hashes(wanted, workers=workers, timeout_s=timeout_s, progress=progress)
    full = [Candidate(video_id=hashed.get(text_path(path)), path=text_path(path)) for path in paths]
    first = {one.video_id: one for one in reversed(full) if one.video_id}
    # by content now: a file that has another hash than its row says is another video
    keys = match(items, full, base=source.parent, uploaded=uploaded, source=source).keys
    return {name: first[key] for name, key in keys.items() if key in first}


def _hashes(paths: Sequence[Path], *, workers: int, timeout_s: float, progress: Progress) -> dict[str, str]:
    progress.begin("hashing files", len(paths))
    found: dict[str, str] = {}
    try:
        with MediaPool(workers, timeout_s) as pool:
            for path, future in [(path, pool.identify(path)) for path in paths]:
                video_id = future.result()
                progress.advance(failed=video_id is None)
                if video_id is not None:
                    found[text_path(path)] = video_id
    finally:
        progress.end()
    return found
