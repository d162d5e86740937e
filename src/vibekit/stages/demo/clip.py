"""One clip of the demo, and the golden labels that follow from what it was made as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.media.synthesis import ClipSpec

MadeAs = Literal["calm", "in between", "lively"]

EXPECTED: Mapping[MadeAs, Mapping[str, bool]] = {
    "calm": {"calming": True, "energetic": False},
    "in between": {"calming": False, "energetic": False},
    "lively": {"calming": False, "energetic": True},
}
"""What a clip was made as -> its golden labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClip:
    """One clip.

    Attributes:
        name: Its file.
        made_as: What it is meant to be.
        title: What people would write about it.
        hashtags: Likewise.
        creator: Who made it; the clips of one creator look alike.
        language: Of its title.
        silver: The teacher is asked about it.
        golden: It has golden labels.
        spec: What is seen and heard.
    """

    name: str
    made_as: MadeAs
    title: str
    hashtags: str
    creator: str
    language: str
    spec: ClipSpec
    silver: bool = True
    golden: bool = True
