"""Identity and probe of every file, before anything is paid for. What is known from an earlier command is kept."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.core.video import Video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from vibekit.media.outcomes import Inspection
    from vibekit.media.pool import MediaPool
    from vibekit.stages.inputs import InputFile, Inputs
    from vibekit.stages.progress import Progress


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
    known: dict[str, Video],
    progress: Progress,
    limit: int | None = None,
    keep: Callable[[Video], object] = lambda _: None,
) -> list[Video]:
    """Return every file in order with its identity, probe and metadata.

    Args:
        inputs: What the user named.
        pool: Reads the files.
        known: Text path -> video of an earlier command; reused when size and time of change are the same.
        progress: Told about every file.
        limit: Stop after so many different videos.
        keep: Called with every file that was read now, as soon as it is known.
    """
    seen: dict[str, Video] = {}
    out: list[Video] = []
    different = 0
    total = len(inputs.files)
    progress.begin("reading files", total if limit is None else min(limit, total))
    for order, (file, found) in enumerate(_read(inputs.files, pool, known)):
        video = _describe(found, file=file, inputs=inputs, order=order)
        if video.video_id in seen:
            first = seen[video.video_id]
            video = replace(video, metadata=first.metadata, duplicate_of=first.text_path)
        elif limit is not None and different >= limit:
            break
        else:
            different += 1
            if video.video_id is not None:
                seen[video.video_id] = video
        out.append(video)
        if found is not known.get(video.text_path):
            keep(video)
        progress.advance(failed=bool(video.problem))
    progress.end()
    return out


def conflicting_duplicates(videos: Iterable[Video], inputs: Inputs) -> list[str]:
    """Say which files hold the same bytes under another name with other words: the first row's words are used."""
    own = {file.path: file for file in inputs.files}
    return [
        f"{v.text_path}: same video as {v.duplicate_of}, with other metadata; the first one's is used"
        for v in videos
        if v.duplicate_of and v.path in own and own[v.path].metadata != v.metadata
    ]


def _read(files: Iterable[InputFile], pool: MediaPool, known: dict[str, Video]) -> Iterator[tuple[InputFile, Video]]:
    """Hash and probe a few files ahead of the reader, in order."""
    waiting: deque[tuple[InputFile, Video | _Started]] = deque()
    for file in files:
        waiting.append((file, _start(file, pool, known)))
        if len(waiting) >= AHEAD:
            yield _end(*waiting.popleft())
    while waiting:
        yield _end(*waiting.popleft())


def _start(file: InputFile, pool: MediaPool, known: dict[str, Video]) -> Video | _Started:
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


def _end(file: InputFile, started: Video | _Started) -> tuple[InputFile, Video]:
    if isinstance(started, Video):
        return file, started
    found = started.future.result()
    video = Video(
        path=file.path,
        video_id=found.video_id,
        bytes=found.bytes,
        mtime_ns=found.mtime_ns,
        ctime_ns=started.ctime_ns,
        probe=found.probe,
        problem=found.probe.problem if found.probe else "cannot be read",
    )
    return file, video


def _describe(video: Video, *, file: InputFile, inputs: Inputs, order: int) -> Video:
    """Put this command's words and place on what the file itself says."""
    metadata = inputs.identified(file, video.video_id).metadata if video.video_id else file.metadata
    described = replace(video, path=file.path, metadata=metadata, order=order, duplicate_of="")
    return video if described == video else described
