"""How videos are drawn for a golden set."""

from __future__ import annotations

from enum import StrEnum


class Method(StrEnum):
    """Which videos are more likely to be drawn."""

    RANDOM = "random"
    STRATIFIED = "stratified"
    UNCERTAIN = "uncertain"
    ENRICHED = "enriched"


class Allocation(StrEnum):
    """How a sample is spread over strata."""

    PROPORTIONAL = "proportional"
    EQUAL = "equal"
    NEYMAN = "neyman"
