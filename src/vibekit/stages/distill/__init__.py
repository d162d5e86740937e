"""``vibekit distill``: a student from silver labels and embeddings."""

from vibekit.stages.distill.command import distill
from vibekit.stages.distill.options import DistillConfig, DistillOptions

__all__ = ["DistillConfig", "DistillOptions", "distill"]
