"""A silver set that is larger than the memory is refused with what would fit."""

from pathlib import Path

import pytest

from vibekit.errors import InputError
from vibekit.stages.distill.memory import check_memory


def test_two_million_videos_and_eight_gigabytes() -> None:
    with pytest.raises(InputError, match=r"2,000,000 labelled videos of 512 dimensions take about 16 GB") as caught:
        check_memory(2_000_000, 512, path=Path("e"), memory=8_000_000_000)
    assert "at most 976,562 videos" in caught.value.hint
    check_memory(200_000, 512, path=Path("e"), memory=8_000_000_000)
    check_memory(100, 512, path=Path("e"))
