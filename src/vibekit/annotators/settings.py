"""The settings that every annotator of the table is made with; each takes what concerns it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from vibekit.core.media import FrameSampling

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.formats.prices import PriceTable

MediaChoice = Literal["auto", "video", "frames"]
Thinking = Literal["minimal", "low", "medium", "high", "xhigh"]
Resolution = Literal["low", "medium", "high"]

DEFAULT_MODEL = "gemini-3.8-flash"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorSettings:
    """What the user chose.

    Attributes:
        model: Model id, never an alias: an alias changes under a run.
        media: Original bytes, frames, or what costs fewer tokens.
        sampling: For frames.
        decoder: For frames: name of the decoder.
        fps: For video: frames per second that the service samples at, in (0, 24].
        audio: Send the sound where the attribute allows it.
        thinking: How much the model thinks; None leaves it to the model.
        media_resolution: Tokens per picture; None leaves it to the model.
        temperature: None leaves it to the model.
        seed: Sent plus the number of the sample; None sends none.
        max_output_tokens: Thinking counts against it; None leaves it to the model.
        vertex: Use Vertex AI instead of the Gemini API.
        project: For Vertex AI.
        location: For Vertex AI.
        base_url: Address of the service; None is Google's.
        timeout_s: Ceiling of one call, seconds.
        inline_limit_bytes: Larger videos go through the Files API.
        prompt: Template of the user's; None is the ready-made one.
        prices: Table that turns tokens into money; None prices nothing.
        source: File of the replay and scripted annotators.
        extra_body: JSON object that is added to every request of the openai annotator.
        withhold: Modalities that are not shown although the definitions allow them: an experiment.
        connections: Calls in flight at most.
    """

    model: str = DEFAULT_MODEL
    media: MediaChoice = "auto"
    sampling: FrameSampling = field(default_factory=FrameSampling)
    decoder: str = "pyav"
    fps: float = 1.0
    audio: bool = True
    thinking: Thinking | None = None
    media_resolution: Resolution | None = "low"
    temperature: float | None = None
    seed: int | None = 0
    max_output_tokens: int | None = None
    vertex: bool = False
    project: str | None = None
    location: str | None = None
    base_url: str | None = None
    timeout_s: float = 120.0
    inline_limit_bytes: int = 20_000_000
    prompt: Path | None = None
    prices: PriceTable | None = None
    source: Path | None = None
    extra_body: str | None = None
    withhold: tuple[str, ...] = ()
    connections: int = 64
