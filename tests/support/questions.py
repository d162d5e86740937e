"""Attributes, a video and questions that the annotator tests share."""

from __future__ import annotations

from pathlib import Path

from vibekit.annotators.base import Question
from vibekit.core.attribute import Attribute, Choice, EdgeCase, Example, Kind, Modality
from vibekit.core.video import AudioStream, Metadata, Probe, Video, VideoStream

MP4 = "mov,mp4,m4a,3gp,3g2,mj2"

CALMING = Attribute(
    name="calming",
    version=1,
    title="Calming",
    kind=Kind.BINARY,
    question="Would most people feel calmer after watching?",
    definition="The picture and the sound together lower arousal.",
    include=("still water",),
    exclude=("slow but sad",),
    edge_cases=(EdgeCase(case="Rain on a window.", label=True, why="steady and soft"),),
    examples=(Example(video="a fire place", label=None, why="no sound was kept"),),
)
ENERGY = Attribute(
    name="energy",
    version=1,
    title="Energy",
    kind=Kind.ORDINAL,
    question="How energetic is it?",
    definition="Pace and loudness.",
    choices=(Choice(label=1, meaning="still"), Choice(label=2, meaning="lively"), Choice(label=3, meaning="wild")),
)
MOOD = Attribute(
    name="mood",
    version=1,
    title="Mood",
    kind=Kind.CATEGORICAL,
    question="Which mood prevails?",
    definition="The mood of the whole.",
    choices=(Choice(label="sad", meaning="down"), Choice(label="glad", meaning="up")),
)
SILENT = Attribute(
    name="bright",
    version=1,
    title="Bright",
    kind=Kind.BINARY,
    question="Is it bright?",
    definition="Much light.",
    modalities=(Modality.FRAMES,),
)


def a_video(
    path: Path | str = "lake.mp4",
    *,
    container: str = MP4,
    codec: str = "h264",
    audio: str | None = "aac",
    duration_s: float | None = 6.0,
    size: int = 1000,
    metadata: Metadata | None = None,
) -> Video:
    """Return a probed video; nothing lies at its path."""
    return Video(
        path=Path(path),
        video_id="ab" * 16,
        bytes=size,
        metadata=metadata or Metadata(title="Quiet lake"),
        probe=Probe(
            container=container,
            duration_s=duration_s,
            video=VideoStream(codec=codec, width=640, height=360),
            audio=AudioStream(codec=audio, rate=48000, channels=2) if audio else None,
        ),
    )


def a_question(
    *attributes: Attribute, video: Video | None = None, request_id: str = "q1w2e3", sample: int = 0
) -> Question:
    """Return a question about the video."""
    return Question(request_id=request_id, video=video or a_video(), attributes=attributes or (CALMING,), sample=sample)
