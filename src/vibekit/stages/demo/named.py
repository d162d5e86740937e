"""Eight clips with names of their own: what each is made of, and what it is meant to be."""

from __future__ import annotations

from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec
from vibekit.stages.demo.clip import DemoClip


def _still(*, hue: float, speed: float = 0.01, brightness: float = 0.45, contrast: float = 0.4) -> tuple[Shot, ...]:
    return (Shot(seconds=4.0, speed=speed, hue=hue, brightness=brightness, contrast=contrast),)


def _cuts(*, count: int, speed: float, detail: int = 3) -> tuple[Shot, ...]:
    return tuple(
        Shot(
            seconds=4.0 / count, speed=speed, hue=n / 7, brightness=0.3 + 0.4 * (n % 2), contrast=0.6, colour=0.8,
            detail=detail,
        )
        for n in range(count)
    )  # fmt: skip


def _noise(level_dbfs: float, *, per_second: float = 0.0) -> SoundSpec:
    return SoundSpec(kind="noise", level_dbfs=level_dbfs, per_second=per_second)


NAMED: tuple[DemoClip, ...] = (
    DemoClip(
        name="lake.mp4", made_as="calm", title="A lake at dawn", hashtags="#lake #dawn",
        creator="ada", language="en",
        spec=ClipSpec(shots=_still(hue=0.6), sound=_noise(-36)),
    ),
    DemoClip(
        name="candle.mp4", made_as="calm", title="One candle, no sound", hashtags="#candle",
        creator="ben", language="en",
        spec=ClipSpec(shots=_still(hue=0.08, speed=0.0, brightness=0.3), sound=None),
    ),
    DemoClip(
        name="clouds.mp4", made_as="calm", title="Clouds going by", hashtags="#sky #slow",
        creator="chloe", language="en",
        spec=ClipSpec(shots=_still(hue=0.58, speed=0.02, brightness=0.6), sound=SoundSpec(level_dbfs=-30)),
    ),
    DemoClip(
        name="rain.mp4", made_as="calm", title="Rain on a window", hashtags="#rain #sleep",
        creator="dina", language="en",
        spec=ClipSpec(shots=_still(hue=0.5, speed=0.03, brightness=0.3), sound=_noise(-30)),
    ),
    DemoClip(
        name="talk.mp4", made_as="in between", title="Somebody explains something", hashtags="#howto",
        creator="emil", language="en",
        spec=ClipSpec(shots=_still(hue=0.1, speed=0.12), sound=SoundSpec(kind="speech", level_dbfs=-22)),
    ),
    DemoClip(
        name="dance.mp4", made_as="lively", title="Dance floor", hashtags="#dance #party",
        creator="fay", language="en",
        spec=ClipSpec(shots=_cuts(count=6, speed=0.5), sound=SoundSpec(kind="clicks", level_dbfs=-12, per_second=4)),
    ),
    DemoClip(
        name="market.mp4", made_as="lively", title="Night market, fast cuts", hashtags="#market #city",
        creator="gus", language="en",
        spec=ClipSpec(shots=_cuts(count=8, speed=0.05), sound=SoundSpec(kind="clicks", level_dbfs=-14, per_second=5)),
    ),
    DemoClip(
        name="race.mp4", made_as="lively", title="Calm and relaxing (the title lies)", hashtags="#relax #calm",
        creator="hugo", language="en",
        spec=ClipSpec(shots=_cuts(count=3, speed=1.2, detail=5), sound=_noise(-10, per_second=5)),
    ),
)  # fmt: skip
