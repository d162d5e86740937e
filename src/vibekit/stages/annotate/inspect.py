"""Identity and probe of every file, before anything is paid for. What is known from an earlier command is kept."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vibekit.core.video import Video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from concurrent.futures import Future

    from vibekit.core.video import Probe
    from vibekit.media.outcomes import Inspection
    from vibekit.media.pool import MediaPool
    from vibekit.stages.inputs import InputFile, Inputs


@dataclass(frozen=True, slots=True)
class _Started:
    """A file that is being read, and its time of change before that began."""

    future: Future[Inspection]
    ctime_ns: int


AHEAD = 64
"""Files that are handed to the pool before the first of them is needed."""


def inspect_files(
    inputs: Inputs,
    *,
    pool: MediaPool,
    known: Mapping[str, Video],
    limit: int | None = None,
    keep: Callable[[Video], object] = lambda _: None,
) -> Iterator[Video]:
    """Yield every file in order with its identity, probe and metadata.

    Args:
        inputs: What the user named.
        pool: Reads the files.
        known: Text path -> video of an earlier command; reused when size and time of change are the same.
        limit: Stop after so many different videos.
        keep: Called with every file that was read now, as soon as it is known.
    """
    seen: dict[str, Video] = {}
    different = 0
    for file, found in _read(inputs.files, pool, known):
        video = _describe(found, file=file, inputs=inputs)
        if video.video_id in seen:
            first = seen[video.video_id]
            video = replace(video, metadata=first.metadata, duplicate_of=first.text_path)
        elif limit is not None and different >= limit:
            return
        else:
            different += 1
            if video.video_id is not None:
                seen[video.video_id] = video
        if found is not known.get(video.text_path):
            keep(video)
        yield video


def conflicting_duplicates(videos: Iterable[Video], inputs: Inputs) -> list[str]:
    """Say which files hold the same bytes under another name with other words: the first row's words are used."""
    own = {file.path: file for file in inputs.files}
    return [
        f"{v.text_path}: same video as {v.duplicate_of}, with other metadata; the first one's is used"
        for v in videos
        if v.duplicate_of and v.path in own and own[v.path].metadata != v.metadata
    ]


def _read(files: Iterable[InputFile], pool: MediaPool, known: Mapping[str, Video]) -> Iterator[tuple[InputFile, Video]]:
    """Hash and probe a few files ahead of the reader, in order."""
    waiting: deque[tuple[InputFile, Video | _Started]] = deque()
    same: dict[Any, Any] = {}
    for file in files:
        waiting.append((file, _start(file, pool, known)))
        if len(waiting) >= AHEAD:
            yield _end(*waiting.popleft(), same)
    while waiting:
        yield _end(*waiting.popleft(), same)


def _start(file: InputFile, pool: MediaPool, known: Mapping[str, Video]) -> Video | _Started:
    blank = Video(path=file.path, video_id=None, problem=file.problem)
    if file.problem:
        return blank
    before = known.get(blank.text_path)
    try:
        stat = file.path.stat()
    except OSError as error:
        return replace(blank, problem=f"cannot be read: {error.strerror}")
    now = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    if before is not None and before.video_id and (before.bytes, before.mtime_ns, before.ctime_ns) == now:
        return before
    return _Started(pool.inspect(file.path), stat.st_ctime_ns)


def _end(file: InputFile, started: Video | _Started, same: dict[Any, Any]) -> tuple[InputFile, Video]:
    if isinstance(started, Video):
        return file, started
    found = started.future.result()
    video = Video(
        path=file.path,
        video_id=found.video_id,
        bytes=found.bytes,
        mtime_ns=found.mtime_ns,
        ctime_ns=started.ctime_ns,
        probe=_shared(found.probe, same) if found.probe else None,
        problem=found.probe.problem if found.probe else "cannot be read",
    )
    return file, video


def _shared(probe: Probe, same: dict[Any, Any]) -> Probe:
    """Return the probe with its parts shared with those of other files: most files of a folder are alike in them."""
    names = ("container", "video", "audio", "streams")
    parts = {name: same.setdefault(getattr(probe, name), getattr(probe, name)) for name in names}
    return replace(probe, **parts)


def _describe(video: Video, *, file: InputFile, inputs: Inputs) -> Video:
    """Put this command's words and place on what the file itself says."""
    metadata = inputs.identified(file, video.video_id).metadata if video.video_id else file.metadata
    described = replace(video, path=file.path, metadata=metadata, order=file.row, duplicate_of="")
    return video if described == video else described
