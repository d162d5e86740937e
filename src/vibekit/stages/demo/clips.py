"""All clips of the demo."""

from __future__ import annotations

from vibekit.stages.demo.corpus import corpus
from vibekit.stages.demo.named import NAMED

CLIPS = (*NAMED, *corpus())
"""Those with names first."""
