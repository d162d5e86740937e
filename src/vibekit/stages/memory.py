"""How much memory there is, and how much this process has held."""

from __future__ import annotations

import os
import sys
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


def peak_memory() -> int:
    """Return the most bytes that were resident, mapped files included; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
