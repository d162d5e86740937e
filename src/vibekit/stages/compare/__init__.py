"""``vibekit compare``: two runs or tables on the same golden videos."""

from vibekit.stages.compare.command import CompareConfig, compare

__all__ = ["CompareConfig", "compare"]
