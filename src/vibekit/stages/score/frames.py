"""A few small pictures of the videos in the error gallery."""

from __future__ import annotations

from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.media import FrameSampling
from vibekit.stages.pictures import pictures_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vibekit.core.score import AttributeScore
    from vibekit.core.score_parts import ErrorItem
    from vibekit.stages.progress import Progress
    from vibekit.stages.score.predictions import Predictions

VIDEOS = 40
"""Most videos whose pictures are taken."""
SAMPLING = FrameSampling(frames=3, long_side=240, quality=70)


def in_turn(scores: Iterable[AttributeScore]) -> list[ErrorItem]:
    """Return the worst disagreement of every attribute, then the next: only so many videos have pictures."""
    ranks = zip_longest(*(one.errors for one in scores))
    return [error for rank in ranks for error in rank if error is not None]


def frames_of(
    errors: Iterable[ErrorItem], predictions: Predictions, progress: Progress
) -> Mapping[str, Sequence[bytes]]:
    """Take pictures from files that are still there; one that is gone or broken has none.

    Args:
        errors: The gallery, in the order in which pictures are wanted.
        predictions: The run, which knows names that are not Unicode.
        progress: Is told how far it is.

    Returns:
        video_id -> JPEG pictures in order of time.
    """
    return pictures_of(_paths(errors, predictions), SAMPLING, progress)


def _paths(errors: Iterable[ErrorItem], predictions: Predictions) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for error in errors:
        if len(found) == VIDEOS:
            break
        known = predictions.videos.get(error.video_id)
        path = known.path if known is not None else Path(error.path)
        with suppress(OSError, ValueError):
            # another video may lie there by now
            if error.path and path.is_file() and (known is None or path.stat().st_size == known.bytes):
                found.setdefault(error.video_id, path)
    return found
