"""The choices of a score, as they are typed."""

from __future__ import annotations

from enum import StrEnum


class Decision(StrEnum):
    """What counts as the predicted label of a binary attribute."""

    LABEL = "label"
    THRESHOLD = "threshold"


class SplitChoice(StrEnum):
    """Which golden videos are scored."""

    TEST = "test"
    TUNE = "tune"
    ALL = "all"


class Bound(StrEnum):
    """What a gate holds against its bound."""

    LOWER = "lower"
    VALUE = "value"
