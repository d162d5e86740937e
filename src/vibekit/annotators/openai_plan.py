"""Decides what an OpenAI-compatible server is shown of a video: frames, with the sound where the user says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.annotators import tokens
from vibekit.annotators.frames_plan import UNHEARD, check_heard, frames_plan, sound_plan, words_plan
from vibekit.annotators.shown import shown
from vibekit.core.attribute import Modality
from vibekit.core.media import MediaKind

if TYPE_CHECKING:
    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute
    from vibekit.core.media import MediaPlan
    from vibekit.core.video import Video

HEARD_ELSEWHERE = "give --audio if the model hears (see docs/self-hosting.md), or --annotator gemini"


def plan_media(video: Video, attributes: tuple[Attribute, ...], settings: AnnotatorSettings) -> MediaPlan:
    """Return what to take from a video.

    Raises:
        InputError: An attribute is judged by sound alone, and none is sent.
    """
    allowed = shown(attributes, withhold=settings.withhold)
    audible = bool(video.probe and video.probe.audio)
    bears = Modality.AUDIO in allowed
    muted = audible and bears and not settings.audio
    if Modality.FRAMES in allowed:
        why = f"{settings.sampling.frames} frames: every server takes pictures, few take videos"
        if muted:
            why = f"{settings.sampling.frames} frames {UNHEARD}"
        return frames_plan(settings, audio=audible and bears and settings.audio, muted=muted, why=why)
    if bears and settings.audio:
        return sound_plan(settings, audio=audible)
    for attribute in attributes:
        check_heard(attribute, audio=settings.audio or not bears, hint=HEARD_ELSEWHERE)
    return words_plan(settings, muted=muted)


def media_usage(video: Video, plan: MediaPlan) -> tuple[int, int]:
    """Return the expected tokens of (picture, sound)."""
    if plan.kind is not MediaKind.FRAMES or plan.sampling is None or video.probe is None or video.probe.video is None:
        return 0, 0
    stream, sampling = video.probe.video, plan.sampling
    one = tokens.patch_tokens(stream.width, stream.height, long_side=sampling.long_side)
    sound = tokens.audio_tokens(sampling.window.length_s(video.duration_s or 0.0)) if plan.audio else 0
    return sampling.frames * (one + tokens.TIMESTAMP), sound
