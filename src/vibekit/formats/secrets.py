"""Keeps keys out of everything that is written: values of secret variables are replaced wherever they turn up."""

from __future__ import annotations

import json
import os

SECRET_VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY", "HF_TOKEN")
SHORTEST = 8
"""Shorter values are not replaced: they would match ordinary text."""


def scrub(text: str) -> str:
    """Replace the value of every secret variable in ``text`` by its name."""
    for name in SECRET_VARIABLES:
        value = os.environ.get(name, "")
        if len(value) >= SHORTEST:
            text = text.replace(value, f"[{name}]").replace(json.dumps(value)[1:-1], f"[{name}]")
    return text
