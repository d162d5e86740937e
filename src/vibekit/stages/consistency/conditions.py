"""What a modality check asks: which conditions an attribute has on a set of videos, and which videos each is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.attribute import Modality
from vibekit.core.video import Metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.attribute import Attribute
    from vibekit.core.video import Video

FULL = "full"


@dataclass(slots=True)
class Conditions:
    """The conditions of one attribute.

    Attributes:
        videos: Condition -> the videos that it is asked about; ``full`` comes first and holds all of them.
        same: Condition -> the one that shows the same and is asked in its place.
        skipped: Condition -> why it is not asked.
    """

    videos: dict[str, tuple[str, ...]] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def without(modality: Modality) -> str:
    """Name the condition in which one modality is not shown."""
    return f"without-{modality}"


def only(modality: Modality) -> str:
    """Name the condition in which one modality alone is shown."""
    return f"only-{modality}"


def withheld(condition: str) -> tuple[str, ...]:
    """Return the modalities that a condition does not show."""
    return tuple(m for m in Modality if condition == without(m) or _is_another(condition, m))


def _is_another(condition: str, modality: Modality) -> bool:
    return condition.startswith("only-") and condition != only(modality)


def has(video: Video, *, audio: bool) -> frozenset[Modality]:
    """Return what a video offers to judge it by.

    Args:
        video: Probed.
        audio: False when the user wants no sound to be sent.
    """
    sound = audio and video.probe is not None and video.probe.audio is not None
    found = {Modality.FRAMES: True, Modality.AUDIO: sound, Modality.TEXT: video.metadata != Metadata()}
    return frozenset(m for m, there in found.items() if there)


def conditions_of(
    attribute: Attribute,
    named: tuple[Modality, ...],
    videos: Mapping[str, frozenset[Modality]],
    *,
    audio: bool = True,
) -> Conditions:
    """Return the conditions of an attribute: ``full``, and without and only each modality that was named.

    A video is asked about in a condition only when it is shown something there, and less than in ``full``: else the
    answer would be the one of ``full``, or be about nothing.

    Args:
        attribute: What is judged.
        named: The modalities that are withheld, and shown alone.
        videos: video_id -> what the video has.
        audio: False when no sound is sent.
    """
    out = Conditions()
    usable = {v: there & set(attribute.modalities) for v, there in videos.items()}
    present = frozenset[Modality]().union(*usable.values())
    by_shown: dict[frozenset[Modality], str] = {}
    for modality in named:
        problem = _missing(attribute, modality, present, audio=audio)
        for name, shown in ((without(modality), present - {modality}), (only(modality), frozenset({modality}))):
            if problem or not shown or shown == present:
                out.skipped[name] = problem or f"{modality} is all there is to judge it by"
            elif shown in by_shown:
                out.same[name] = by_shown[shown]
            else:
                by_shown[shown] = name
                out.videos[name] = tuple(v for v, there in usable.items() if there & shown and there - shown)
    asked = {v for some in out.videos.values() for v in some}
    out.videos = {FULL: tuple(v for v in videos if v in asked), **out.videos} if asked else {}
    return out


def _missing(attribute: Attribute, modality: Modality, present: frozenset[Modality], *, audio: bool) -> str:
    if modality not in attribute.modalities:
        return f"{attribute.name} is not judged by {modality}"
    if modality is Modality.AUDIO and not audio:
        return "no sound is sent (--audio sends it)"
    return "" if modality in present else f"no video of the sample has {modality}"


def needs_frames(conditions: Mapping[str, Conditions], videos: Mapping[str, frozenset[Modality]]) -> bool:
    """Say whether some condition shows pictures without their sound, which a video file would carry along."""
    audible = any(Modality.AUDIO in there for there in videos.values())
    silent = {without(Modality.AUDIO), only(Modality.FRAMES)}
    return audible and any(silent & some.videos.keys() for some in conditions.values())
