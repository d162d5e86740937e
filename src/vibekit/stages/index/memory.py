"""How much memory this process has held."""

from __future__ import annotations

import sys


def peak_memory() -> int:
    """Return the most bytes that were resident, mapped files included; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
