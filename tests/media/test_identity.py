from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from vibekit.media.identity import video_id

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_the_hash_of_the_bytes_whatever_the_name(tmp_path: Path) -> None:
    for name in ("a.mp4", "b\n.mp4"):
        (tmp_path / name).write_bytes(b"x" * 3_000_000)
        assert video_id(str(tmp_path / name)) == hashlib.sha256(b"x" * 3_000_000).hexdigest()[:32]


def test_a_missing_file_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        video_id(str(tmp_path / "gone"))
