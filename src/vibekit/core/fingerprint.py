"""Fingerprints: a short, stable name for everything that can change an answer."""

from __future__ import annotations

import hashlib
import json
from typing import Any

LENGTH = 16
"""Hex digits of a fingerprint (64 bits: enough to tell definitions and settings apart)."""


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Write a JSON value in the one way that equal values share: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def fingerprint(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the first 16 hex digits of the sha256 over the canonical JSON of ``value``."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:LENGTH]
