"""Clips that are made once for all tests of the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.labelling import write_clips


@pytest.fixture(scope="session")
def six_clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six clips of two seconds."""
    return write_clips(tmp_path_factory.mktemp("label-clips"), 6, seconds=2.0)
