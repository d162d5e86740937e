"""Decides what Gemini is shown of a video: its own bytes, frames with or without sound, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.annotators import tokens
from vibekit.annotators.frames_plan import frames_plan, sound_plan, words_plan
from vibekit.annotators.gemini_formats import video_mime
from vibekit.annotators.shown import shown
from vibekit.core.attribute import Modality
from vibekit.core.media import MediaKind, MediaPlan

if TYPE_CHECKING:
    from vibekit.annotators.settings import AnnotatorSettings
    from vibekit.core.attribute import Attribute
    from vibekit.core.video import Video


def plan_media(video: Video, attributes: tuple[Attribute, ...], settings: AnnotatorSettings) -> MediaPlan:
    """Return what to take from a video."""
    allowed = shown(attributes, withhold=settings.withhold)
    if not allowed & {Modality.FRAMES, Modality.AUDIO}:
        return words_plan(settings)
    audible = bool(video.probe and video.probe.audio)
    sound = audible and settings.audio and Modality.AUDIO in allowed
    if Modality.FRAMES not in allowed:
        return sound_plan(settings, audio=sound)
    mime, window = video_mime(video), settings.sampling.window
    refusal = _no_video(video, settings, mime=mime, unwanted_sound=audible and not sound)
    if not refusal and mime is not None:
        why = "video was asked for" if settings.media == "video" else _cheaper(video, settings, sound=sound)
        if why:
            return MediaPlan(kind=MediaKind.VIDEO, fps=settings.fps, window=window, mime=mime, why=why)
    return frames_plan(settings, audio=sound, why=refusal or _token_note(video, settings, sound=sound))


def media_usage(video: Video, plan: MediaPlan, settings: AnnotatorSettings) -> tuple[int, int]:
    """Return the expected tokens of (picture, sound)."""
    window = plan.sampling.window if plan.sampling else plan.window
    duration = window.length_s(video.duration_s or 0.0)
    audible = bool(video.probe and video.probe.audio)
    if plan.kind is MediaKind.VIDEO:
        picture = tokens.video_tokens(
            settings.model, settings.media_resolution, duration_s=duration, fps=plan.fps or 1.0
        )
        return picture, tokens.audio_tokens(duration) if audible else 0
    if plan.kind is not MediaKind.FRAMES or plan.sampling is None:
        return 0, 0
    picture = tokens.frame_tokens(settings.model, settings.media_resolution, frames=plan.sampling.frames)
    return picture, tokens.audio_tokens(duration) if plan.audio else 0


def _no_video(video: Video, settings: AnnotatorSettings, *, mime: str | None, unwanted_sound: bool) -> str:
    """Say why the file cannot go as video; empty when it can."""
    container = video.probe.container if video.probe else "unknown"
    if settings.media == "frames":
        return "frames were asked for"
    if mime is None:
        return f"Gemini does not take {container} as video"
    if not video.duration_s:
        return "the length of the video is not known"
    if settings.sampling.window.length_s(video.duration_s) == 0:
        return "it ends before the part that is looked at begins"
    if settings.vertex and video.bytes > settings.inline_limit_bytes:
        return f"{video.bytes} bytes are too many for one request, and Vertex AI takes no uploads"
    if unwanted_sound and (settings.media == "auto" or Modality.AUDIO in settings.withhold):
        return "the attribute is judged without sound, which a video would carry along"
    return ""


def _cheaper(video: Video, settings: AnnotatorSettings, *, sound: bool) -> str:
    """Say why video is chosen; empty when frames cost less."""
    video_cost, frames_cost = _costs(video, settings, sound=sound)
    if video_cost > frames_cost:
        return ""
    return f"video costs about {video_cost} tokens, {settings.sampling.frames} frames {frames_cost}"


def _token_note(video: Video, settings: AnnotatorSettings, *, sound: bool) -> str:
    video_cost, frames_cost = _costs(video, settings, sound=sound)
    return f"{settings.sampling.frames} frames cost about {frames_cost} tokens, video {video_cost}"


def _costs(video: Video, settings: AnnotatorSettings, *, sound: bool) -> tuple[int, int]:
    as_video = MediaPlan(kind=MediaKind.VIDEO, fps=settings.fps, window=settings.sampling.window)
    as_frames = MediaPlan(kind=MediaKind.FRAMES, sampling=settings.sampling, audio=sound)
    return sum(media_usage(video, as_video, settings)), sum(media_usage(video, as_frames, settings))
