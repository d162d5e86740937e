"""Some of the files that a user names, drawn and looked at: what a modality check asks about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.core.video import Video
from vibekit.media.pool import MediaPool
from vibekit.stages.consistency.draw import draw, size_of
from vibekit.stages.inputs import InputFile

if TYPE_CHECKING:
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.inputs import Inputs

VIDEOS = 50
"""Videos that are drawn when the user names neither a share nor a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Files that were drawn.

    Attributes:
        drawn: How many.
        videos: video_id -> the video with its probe and words, for those that can be judged, each content once.
        unusable: Path -> why it cannot be judged.
    """

    drawn: int
    videos: dict[str, Video]
    unusable: dict[str, str]

    @property
    def files(self) -> dict[str, InputFile]:
        """The videos as files of a run."""
        return {name: InputFile(path=v.path, metadata=v.metadata) for name, v in self.videos.items()}


def draw_files(config: AnnotateConfig, inputs: Inputs, *, share: float | None, limit: int | None) -> Sample:
    """Draw files by their names, so that only what is drawn must be read, and look at them.

    Args:
        config: For the seed and the decoder.
        inputs: All files.
        share: Of them; None for the default.
        limit: At most so many; None for no limit.
    """
    files = {str(f.path): f for f in inputs.files}
    size = size_of(len(files), share=share, limit=limit, default=VIDEOS)
    chosen = [files[name] for name in draw(files, size, seed=config.settings.seed or 0)]
    with MediaPool(config.workers, config.decode_timeout_s, config.settings.decoder) as pool:
        started = [(f, None if f.problem else pool.inspect(f.path)) for f in chosen]
        looked = [(f, future.result() if future else None) for f, future in started]
    videos: dict[str, Video] = {}
    unusable: dict[str, str] = {}
    for file, found in looked:
        video = Video(path=file.path, video_id=found.video_id if found else None)
        if found is None or found.probe.problem or video.video_id is None:
            unusable[video.text_path] = file.problem or (found.probe.problem if found else "") or "cannot be read"
            continue
        words = inputs.identified(file, video.video_id).metadata
        videos.setdefault(video.video_id, replace(video, metadata=words, probe=found.probe))
    return Sample(drawn=len(chosen), videos=videos, unusable=unusable)
