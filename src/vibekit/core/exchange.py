"""Formats in which golden sets come in and go out."""

from __future__ import annotations

from enum import StrEnum


class Exchange(StrEnum):
    """A format for golden sets."""

    CSV_LONG = "csv-long"
    CSV_WIDE = "csv-wide"
    LABEL_STUDIO = "label-studio"
    LABEL_STUDIO_MIN = "label-studio-min"
