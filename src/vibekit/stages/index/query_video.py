"""Files to search by, embedded as the videos of the index were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.search import SeenVideo
from vibekit.errors import InputError
from vibekit.formats.embeddings_shard import OK
from vibekit.media.pool import MediaPool
from vibekit.stages.annotate.inspect import inspect_files
from vibekit.stages.embed.config import cores
from vibekit.stages.embed.stage import EmbedStage, EmbedStageConfig, video_rows
from vibekit.stages.index.query_space import embedders_of, same_space
from vibekit.stages.inputs import read_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.index import IndexManifest
    from vibekit.embedders.base import EmbedderSettings

DECODE_S = 60.0
"""For one video."""


def embedded(
    paths: Sequence[Path], settings: EmbedderSettings, manifest: IndexManifest
) -> list[tuple[SeenVideo, NDArray[np.float32]]]:
    """Embed files.

    Args:
        paths: Of the videos.
        settings: Of the embedder.
        manifest: Of the index.

    Returns:
        For each: the video, without labels, and its vector.

    Raises:
        InputError: A file cannot be embedded, or the index holds other vectors than this machine makes.
        UsageError: The vectors of the index were imported.
        SetupError: A package, a model or a key is missing.
    """
    missing = next((path for path in paths if not path.is_file()), None)
    if missing is not None:
        raise InputError("no such file", path=missing, hint="--video takes a video; a video of the index: --id")
    names, made = embedders_of(manifest, settings)
    space = same_space(names, made, manifest)
    stage_config = EmbedStageConfig(names=names, settings=settings, space=space, timeout_s=DECODE_S)
    with MediaPool(min(cores(), len(paths)), DECODE_S) as pool, EmbedStage(stage_config, pool=pool) as stage:
        return [_one(path, pool, stage) for path in paths]


def _one(path: Path, pool: MediaPool, stage: EmbedStage) -> tuple[SeenVideo, NDArray[np.float32]]:
    video = next(iter(inspect_files(read_inputs((str(path),)), pool=pool, known={}, limit=None)), None)
    if video is None or video.video_id is None:
        reason = "no video" if video is None else video.problem or "cannot be read"
        raise InputError(f"cannot be embedded: {reason}", path=path, hint="play it, or give another file")
    row = stage(video_rows([video])).to_pylist()[0]
    if row["status"] != OK:
        raise InputError(f"cannot be embedded: {row['reason']}", path=path, hint="play it, or give another file")
    return SeenVideo(video_id=video.video_id, path=str(path)), np.asarray(row["vector"], np.float32)
