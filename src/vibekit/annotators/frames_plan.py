"""What is taken from a video where it does not go as a whole, whoever is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.annotators.untrusted import untrusted_fields
from vibekit.core.attribute import Modality
from vibekit.core.media import MediaKind, MediaPlan
from vibekit.errors import InputError

if TYPE_CHECKING:
    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute
    from vibekit.core.video import Video

UNHEARD = "without the sound; --audio sends it, to a model that hears"


def check_heard(attribute: Attribute, *, audio: bool, hint: str) -> None:
    """Refuse to have an attribute judged from nothing.

    Args:
        attribute: What is asked.
        audio: Sound is sent.
        hint: What to type instead.

    Raises:
        InputError: It is judged by sound alone, and none is sent.
    """
    if not audio and set(attribute.modalities) == {Modality.AUDIO}:
        raise InputError(
            f"'{attribute.name}' is judged by sound alone, and no sound is sent", hint=hint, item=attribute.name
        )


def unless_bare(plan: MediaPlan, video: Video, *, allowed: frozenset[Modality]) -> MediaPlan:
    """Return the plan, marked when it would show nothing at all: a model would judge from nothing.

    Args:
        plan: What is taken.
        video: With its words.
        allowed: What may be shown.
    """
    if Modality.FRAMES in allowed or plan.audio or (Modality.TEXT in allowed and untrusted_fields(video.metadata)):
        return plan
    why = {Modality.AUDIO: "no sound is sent of this video", Modality.TEXT: "there are no words about it"}
    lacking = ", ".join(why[m] for m in Modality if m in allowed and m in why)
    return replace(plan, lacking=f"nothing to judge it by: {lacking or 'all is withheld'}")


def words_plan(settings: AnnotatorSettings, *, muted: bool = False) -> MediaPlan:
    """Take nothing: neither picture nor sound is shown.

    Args:
        settings: What is withheld.
        muted: The sound could bear on the answer, and is not sent.
    """
    held = ", ".join(sorted(set(settings.withhold)))
    why = f"withheld: {held}" if held else "there is nothing but words to judge it by"
    return MediaPlan(kind=MediaKind.NONE, muted=muted, why=f"words {UNHEARD}" if muted else why)


def sound_plan(settings: AnnotatorSettings, *, audio: bool) -> MediaPlan:
    """Take the sound, and one frame for the verdict on the file; it is not sent.

    Args:
        settings: How frames are taken.
        audio: The video has sound, and it is sent.
    """
    return frames_plan(settings, frames=1, audio=audio, why="the attribute is judged by sound: no picture is sent")


def frames_plan(
    settings: AnnotatorSettings, *, audio: bool, why: str, frames: int | None = None, muted: bool = False
) -> MediaPlan:
    """Take frames, perhaps with sound.

    Args:
        settings: How frames are taken.
        audio: The video has sound, and it is sent.
        why: For people.
        frames: How many; None as set.
        muted: The sound could bear on the answer, and is not sent.
    """
    sampling = settings.sampling if frames is None else replace(settings.sampling, frames=frames)
    return MediaPlan(
        kind=MediaKind.FRAMES, sampling=sampling, audio=audio, muted=muted, decoder=settings.decoder, why=why
    )
