"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from vibekit.media.synthesis import ClipSpec, Shot, SoundSpec, write_clip


@pytest.fixture(scope="session", autouse=True)
def no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what is made once for many tests from the user's answers, and return a folder for those of the tests."""
    folder = tmp_path_factory.mktemp("caches")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIBEKIT_CACHE_DIR", str(folder / "session"))
        yield folder


@pytest.fixture(autouse=True)
def cache_dir(no_cache_of_the_user: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for answers across runs, as the test and every program that it starts see it; not there yet."""
    folder = no_cache_of_the_user / uuid4().hex
    monkeypatch.setenv("VIBEKIT_CACHE_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def small_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``calm.mp4``, ``busy.mp4`` and ``silent.mp4``: two seconds each, a few kilobytes."""
    folder = tmp_path_factory.mktemp("small-clips")
    write_clip(folder / "calm.mp4", ClipSpec(shots=(Shot(seconds=2.0),), width=160, height=96))
    busy = tuple(Shot(seconds=0.5, speed=1.5, brightness=0.3 + 0.1 * n, hue=0.25 * n, detail=9) for n in range(4))
    write_clip(
        folder / "busy.mp4",
        ClipSpec(shots=busy, sound=SoundSpec(kind="clicks", level_dbfs=-12.0, per_second=6.0), width=160, height=96),
    )
    write_clip(folder / "silent.mp4", ClipSpec(shots=(Shot(seconds=2.0),), sound=None, width=96, height=160))
    return folder


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ``vibekit demo`` was run once, with the whole chain in it: copy it before you change it."""
    from vibekit.stages.demo import DemoConfig, demo

    folder = tmp_path_factory.mktemp("demo")
    demo(DemoConfig(folder=folder, argv=("vibekit", "demo", str(folder))))
    return folder
