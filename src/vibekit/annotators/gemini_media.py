"""Media as Gemini is shown it: bytes that travel along, or an upload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.annotators.message import frame_parts
from vibekit.core.media import MediaKind
from vibekit.core.message import Inline

if TYPE_CHECKING:
    from vibekit.core.attribute import Modality
    from vibekit.core.media import Media, MediaPlan
    from vibekit.gemini.request import Part, Uploaded


@dataclass(frozen=True, slots=True)
class Attached:
    """Media ready to be asked about.

    Attributes:
        media: What was taken; bytes that were uploaded are not kept.
        uploaded: The upload; None when the bytes travel in the request.
    """

    media: Media
    uploaded: Uploaded | None = None


def goes_along(media: Media) -> bool:
    """Whether the media travels in the request itself; else it is uploaded before."""
    return media.plan.kind is not MediaKind.VIDEO or bool(media.data)


def media_parts(attached: Attached, *, allowed: frozenset[Modality]) -> tuple[Part, ...]:
    """Return what is shown of a video."""
    media = attached.media
    if attached.uploaded is not None:
        return (attached.uploaded,)
    if media.plan.kind is MediaKind.VIDEO:
        return (Inline(media.data, media.plan.mime, *looked_at(media.plan)),)
    return frame_parts(media, allowed=allowed)


def looked_at(plan: MediaPlan) -> tuple[float | None, float, float | None]:
    """Return frames per second, begin and end in seconds of what the service looks at."""
    return plan.fps, plan.window.start_s, plan.window.end_s
