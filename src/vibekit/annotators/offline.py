"""What annotators have in common that need no key, no network and no upload: a recording, a rule, measurements."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from vibekit.annotators.base import Estimate
from vibekit.core.annotation import Usage
from vibekit.core.media import MediaKind, MediaPlan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from vibekit.annotators.base import Question
    from vibekit.core.attribute import Attribute
    from vibekit.core.media import Media
    from vibekit.core.video import Video


class Offline:
    """Implements all of ``vibekit.annotators.base.Annotator`` but ``info`` and ``ask``: nothing taken, sent or paid."""

    def check(self) -> None:
        """Find nothing missing."""

    def rendered(self, attributes: tuple[Attribute, ...]) -> Mapping[str, str]:  # noqa: ARG002 - the protocol's
        """Return nothing: no text is sent."""
        return {}

    def attribute_settings(self, attribute: Attribute) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """Return nothing: ``info`` covers all."""
        return {}

    def plan(self, video: Video, attributes: tuple[Attribute, ...]) -> MediaPlan:  # noqa: ARG002 - the protocol's
        """Take nothing from the video."""
        return MediaPlan(kind=MediaKind.NONE, why="nothing of the video is looked at")

    def estimate(self, question: Question, plan: MediaPlan) -> Estimate:  # noqa: ARG002 - the protocol's
        """Cost nothing."""
        return Estimate(usage=Usage(), cost_usd=0.0)

    @asynccontextmanager
    async def attach(self, media: Media) -> AsyncIterator[Media]:
        """Pass the media on."""
        yield media

    async def aclose(self) -> None:
        """Have nothing to close."""
