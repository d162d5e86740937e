"""How much memory there is."""

from __future__ import annotations

import os
from pathlib import Path

LIMIT = Path("/sys/fs/cgroup/memory.max")
"""Of a container, which may have less than its machine."""


def memory_bytes() -> int | None:
    """Return the bytes that this process may use; None when nobody says."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    try:
        return min(total, int(LIMIT.read_text("ascii")))
    except (OSError, ValueError):
        return total
