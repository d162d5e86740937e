from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.clips import bench_data, write_clips
from vibekit.media.pool import MediaPool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every clip of ``support.clips``, encoded once."""
    return write_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="session")
def pool() -> Iterator[MediaPool]:
    """One worker for all tests that only need files read."""
    with MediaPool(1, 60) as common:
        yield common


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real files from outside; tests that want them skip where there are none."""
    folder = bench_data()
    if folder is None:
        pytest.skip("no sample files: set VIBEKIT_BENCH_DATA to a folder with decode/, bad/ and videos/")
    return folder
