"""``videos.jsonl``: one line per file of a run: identity, what the container says, what people wrote about it."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vibekit.core.video import AudioStream, Metadata, Probe, Video, VideoStream
from vibekit.errors import InputError
from vibekit.formats.jsonl import iter_lines

VERSION = 1

SAMPLE: dict[str, Any] = {
    "path": "clips/lake.mp4",
    "video_id": "6a" * 16,
    "bytes": 876622,
    "mtime_ns": 1790000000000000000,
    "ctime_ns": 1790000000000000000,
    "problem": "",
    "duplicate_of": "",
    "order": 0,
    "metadata": {
        "title": "Morning at the lake", "description": "", "hashtags": ["calm"], "creator": "", "language": "en",
        "transcript": "",
    },
    "probe": {
        "container": "mov,mp4,m4a,3gp,3g2,mj2", "duration_s": 6.4,
        "video": {"codec": "h264", "width": 640, "height": 360, "rotation": 0, "fps": 25.0, "pixel_format": "yuv420p"},
        "audio": {"codec": "aac", "rate": 44100, "channels": 2},
        "streams": ["video:h264", "audio:aac"], "problem": "",
    },
}  # fmt: skip


def to_row(video: Video) -> dict[str, Any]:
    """Return the JSON object of one line; ``path_hex`` holds the bytes of a name that is not UTF-8."""
    row = {
        "path": video.text_path,
        "video_id": video.video_id,
        "bytes": video.bytes,
        "mtime_ns": video.mtime_ns,
        "ctime_ns": video.ctime_ns,
        "problem": video.problem,
        "duplicate_of": video.duplicate_of,
        "order": video.order,
        "metadata": asdict(video.metadata),
        "probe": asdict(video.probe) if video.probe else None,
    }
    raw = os.fsencode(video.path)
    if raw != video.text_path.encode():
        row["path_hex"] = raw.hex()
    return row


def from_row(row: dict[str, Any]) -> Video:
    """Read one line's object; raises KeyError or TypeError when it is not a video."""
    probe = row["probe"]
    name = os.fsdecode(bytes.fromhex(row["path_hex"])) if "path_hex" in row else row["path"]
    return Video(
        path=Path(name),
        video_id=row["video_id"],
        bytes=row["bytes"],
        mtime_ns=row["mtime_ns"],
        ctime_ns=row["ctime_ns"],
        problem=row["problem"],
        duplicate_of=row["duplicate_of"],
        order=row["order"],
        metadata=metadata_of(row["metadata"]),
        probe=None if probe is None else _probe(probe),
    )


def metadata_of(row: dict[str, Any]) -> Metadata:
    """Read the words about a video; raises KeyError or TypeError when it is something else."""
    return Metadata(**{**row, "hashtags": tuple(row["hashtags"])})


def _probe(row: dict[str, Any]) -> Probe:
    return Probe(
        container=row["container"],
        duration_s=row["duration_s"],
        video=VideoStream(**row["video"]) if row["video"] else None,
        audio=AudioStream(**row["audio"]) if row["audio"] else None,
        streams=tuple(row["streams"]),
        problem=row["problem"],
    )


def read_videos(path: Path) -> list[Video]:
    """Read the files of a run; the last line for a path wins, order of first mention is kept.

    Raises:
        InputError: A line is not a video.
    """
    out: dict[str, Video] = {}
    for line in iter_lines(path):
        try:
            video = from_row(line.row)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"not a video: {error!r}", path=path, line=line.number) from error
        out[video.text_path] = video
    return list(out.values())
