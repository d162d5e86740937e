"""How many tokens media cost, per family of models; estimates, the service's own count is the truth.

Sources, read 2026-11-21 in public copies: https://ai.google.dev/gemini-api/docs/media-resolution (Gemini 3),
https://ai.google.dev/gemini-api/docs/tokens (Gemini 2.5) and
https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/video-understanding. Gemini 4 is grouped with Gemini 3
there, without numbers of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

AUDIO_PER_S = 32
TIMESTAMP = 7
"""Tokens of the time that stands before each picture."""
PATCH = 28
"""Side in pixels of what one token of Qwen2.5-VL stands for (32 for Qwen3-VL); other open models are in this range."""
CHARACTERS_PER_TOKEN = 4
EXPECTED_OUTPUT = 250
"""Tokens of one answer: evidence, rationale, label."""
EXPECTED_THOUGHTS: Mapping[str | None, int] = {
    "minimal": 0, "low": 150, None: 500, "medium": 500, "high": 1500, "xhigh": 4000,
}  # fmt: skip
"""Our own guess for one judgement; nothing is published."""


@dataclass(frozen=True, slots=True)
class MediaTokens:
    """Tokens of one picture and of one sampled frame of a video."""

    image: int
    video_frame: int


_GEMINI_2 = {
    "low": MediaTokens(64, 66),
    "medium": MediaTokens(258, 258),
    "high": MediaTokens(258, 258),
    None: MediaTokens(258, 258),
}
_GEMINI_3 = {
    "low": MediaTokens(280, 70),
    "medium": MediaTokens(560, 70),
    "high": MediaTokens(1120, 280),
    None: MediaTokens(1120, 70),
}


def media_tokens(model: str, resolution: str | None) -> MediaTokens:
    """Return what pictures cost; models that are not known are taken for the newest family."""
    family = _GEMINI_2 if model.removeprefix("models/").startswith(("gemini-2", "gemini-1")) else _GEMINI_3
    return family[resolution]


def video_tokens(model: str, resolution: str | None, *, duration_s: float, fps: float) -> int:
    """Return the tokens of a video's picture."""
    return math.ceil(duration_s * fps) * (media_tokens(model, resolution).video_frame + TIMESTAMP)


def frame_tokens(model: str, resolution: str | None, *, frames: int) -> int:
    """Return the tokens of frames sent as pictures with a time before each."""
    return frames * (media_tokens(model, resolution).image + TIMESTAMP)


def patch_tokens(width: int, height: int, *, long_side: int) -> int:
    """Return the tokens of one picture for a model that cuts it into patches, such as Qwen-VL.

    Args:
        width: Of the video, pixels.
        height: Of the video, pixels.
        long_side: Larger pictures are shrunk to this, pixels.
    """
    scale = min(1.0, long_side / max(width, height, 1))
    return max(1, math.ceil(width * scale / PATCH)) * max(1, math.ceil(height * scale / PATCH))


def audio_tokens(duration_s: float) -> int:
    """Return the tokens of sound."""
    return math.ceil(duration_s * AUDIO_PER_S)


def text_tokens(text: str) -> int:
    """Return the tokens of words, roughly."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)
