"""A small corpus: every creator films one scene in six ways, from still and quiet to fast and loud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec
from vibekit.stages.demo.clip import DemoClip

if TYPE_CHECKING:
    from vibekit.stages.demo.clip import MadeAs

SECONDS = 2.0
"""Length of most clips of the corpus."""
CALM_BELOW, LIVELY_FROM = 0.46, 0.6
"""Bounds of the pace, from 0 to 1, that a clip of the corpus is made with."""
_GOLDEN_RATIO = 0.6180339887


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a creator films: how it looks, and what its titles are made of."""

    name: str
    creator: str
    language: str
    hue: float
    brightness: float
    detail: int
    colour: float


SCENES: tuple[Scene, ...] = (
    Scene(name="harbour", creator="mara", language="en", hue=0.58, brightness=0.5, detail=2, colour=0.6),
    Scene(name="meadow", creator="jonas", language="de", hue=0.28, brightness=0.55, detail=5, colour=0.7),
    Scene(name="snow", creator="aino", language="en", hue=0.55, brightness=0.75, detail=3, colour=0.15),
    Scene(name="kitchen", creator="luca", language="es", hue=0.09, brightness=0.5, detail=4, colour=0.6),
    Scene(name="fireplace", creator="ines", language="es", hue=0.04, brightness=0.35, detail=3, colour=0.9),
    Scene(name="station", creator="tom", language="en", hue=0.12, brightness=0.4, detail=6, colour=0.3),
    Scene(name="arcade", creator="yuki", language="en", hue=0.83, brightness=0.4, detail=7, colour=0.9),
    Scene(name="stadium", creator="bela", language="de", hue=0.36, brightness=0.45, detail=8, colour=0.6),
    Scene(name="desert", creator="sami", language="en", hue=0.11, brightness=0.6, detail=2, colour=0.7),
    Scene(name="aquarium", creator="noor", language="en", hue=0.5, brightness=0.35, detail=4, colour=0.9),
    Scene(name="workshop", creator="eva", language="de", hue=0.07, brightness=0.42, detail=5, colour=0.35),
    Scene(name="rooftop", creator="kofi", language="en", hue=0.7, brightness=0.3, detail=3, colour=0.6),
)
_PER_SCENE = 6
_SILVER, _GOLDEN = 4, 3
"""Of the clips of a scene: the teacher is asked about so many, people about the first of these."""


def corpus() -> tuple[DemoClip, ...]:
    """Return the clips of the corpus; always the same ones."""
    return tuple(
        _clip(scene, take, at * _PER_SCENE + take) for at, scene in enumerate(SCENES) for take in range(_PER_SCENE)
    )


def _clip(scene: Scene, take: int, number: int) -> DemoClip:
    # the golden ratio spreads paces evenly over the corpus and over each creator
    pace = (0.5 + number * _GOLDEN_RATIO) % 1
    restless_sound = number % 8 == 6
    made_as: MadeAs = "calm" if pace < CALM_BELOW else "lively" if pace >= LIVELY_FROM else "in between"
    if restless_sound and made_as == "calm":
        made_as = "in between"
    # a few are as large and long as the clips with names: a student that never saw such a size would be lost on it
    large, seconds = take == 0, 2 * SECONDS if take == 1 else SECONDS
    return DemoClip(
        name=f"{scene.name}-{take + 1}.mp4", made_as=made_as, title=f"{scene.name.capitalize()}, take {take + 1}",
        hashtags=f"#{scene.name}", creator=scene.creator, language=scene.language,
        silver=take < _SILVER, golden=take < _GOLDEN,
        spec=ClipSpec(
            shots=_shots(scene, pace, seconds), sound=_sound(0.85 if restless_sound else pace, number),
            width=320 if large else 192, height=180 if large else 108, fps=24 if large else 12,
        ),
    )  # fmt: skip


def _shots(scene: Scene, pace: float, seconds: float) -> tuple[Shot, ...]:
    count = 1 + round(5 * max(0.0, pace - 0.4) / 0.6)
    return tuple(
        Shot(
            seconds=seconds / count, speed=0.01 + 0.7 * pace**2, hue=scene.hue + 0.05 * n,
            brightness=scene.brightness + (0.12 if n % 2 else 0.0), contrast=0.35 + 0.3 * pace, colour=scene.colour,
            detail=scene.detail,
        )
        for n in range(count)
    )  # fmt: skip


def _sound(pace: float, number: int) -> SoundSpec | None:
    if number % 9 == 4 and pace < CALM_BELOW:
        return None
    level = -38 + 28 * pace
    if pace < CALM_BELOW:
        return SoundSpec(kind="tone" if number % 2 else "noise", level_dbfs=level, hertz=140 + 10 * (number % 8))
    if pace < LIVELY_FROM:
        return SoundSpec(kind="speech", level_dbfs=level)
    return SoundSpec(kind="clicks", level_dbfs=level, per_second=1 + 5 * pace)
