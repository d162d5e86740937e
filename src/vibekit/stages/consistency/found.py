"""The files of a run once more: where they lie, with the words that they were judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.formats.videos import read_videos
from vibekit.media.identity import video_id
from vibekit.stages.inputs import InputFile

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from vibekit.core.video import Video


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is left of the videos that were looked for.

    Attributes:
        files: video_id -> its file, with the run's words about it.
        gone: video_id -> where it was, for those whose file is gone or holds something else now.
    """

    files: dict[str, InputFile]
    gone: dict[str, str]


def find_again(run: Path, wanted: Collection[str]) -> Found:
    """Look up videos of a run; a file counts only when its content is the same.

    Args:
        run: The run folder.
        wanted: video_ids, in the order in which they are to be asked about.
    """
    known: dict[str, list[Video]] = {v: [] for v in wanted}
    for video in read_videos(run / "videos.jsonl"):
        if video.video_id in known:
            known[video.video_id].append(video)
    files: dict[str, InputFile] = {}
    gone: dict[str, str] = {}
    for identity, places in known.items():
        here = next((v for v in places if _is_still(v, identity)), None)
        if here is None:
            gone[identity] = places[0].text_path if places else "not in videos.jsonl"
        else:
            files[identity] = InputFile(path=here.path, metadata=here.metadata)
    return Found(files=files, gone=gone)


def _is_still(video: Video, identity: str) -> bool:
    try:
        stat = video.path.stat()
        if (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) == (video.bytes, video.mtime_ns, video.ctime_ns):
            return True
        return stat.st_size == video.bytes and video_id(str(video.path)) == identity
    except OSError:
        return False
