"""Keeps keys out of everything that is written: values of secret variables are replaced wherever they turn up."""

from __future__ import annotations

import json
import os
import re
from typing import Any

SECRET_VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY", "HF_TOKEN")
SHORTEST = 8
"""Shorter values are not replaced: they would match ordinary text."""
SHORTEST_KEY = 4
"""Shorter ones are no keys of any service, such as the placeholder of a local server."""
LONGEST_LINE = 300
"""Characters of a message that is passed on."""

_NAME = re.compile(r"(^|[_-])(api[_-]?key|key|token|secret|password|passwd|credentials?)$", re.IGNORECASE)
_VALUE = re.compile(r"AIza[0-9A-Za-z_-]{30,}|\bAQ\.[0-9A-Za-z_-]{30,}|\b(sk|hf)[-_][0-9A-Za-z_-]{20,}")


def secret_name(name: str) -> bool:
    """Say whether a setting of this name holds a secret."""
    return bool(_NAME.search(name))


def secret_value(text: str) -> bool:
    """Say whether a text looks like a key of a known service."""
    return bool(_VALUE.search(text))


def looks_secret(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Say whether any name or text in a JSON value looks like a secret."""
    if isinstance(value, dict):
        return any(secret_name(name) or looks_secret(inner) for name, inner in value.items())
    if isinstance(value, list):
        return any(looks_secret(inner) for inner in value)
    return isinstance(value, str) and secret_value(value)


def scrub(text: str) -> str:
    """Replace the value of every secret variable in ``text`` by its name."""
    for name in SECRET_VARIABLES:
        value = os.environ.get(name, "")
        if len(value) >= SHORTEST:
            text = text.replace(value, f"[{name}]").replace(json.dumps(value)[1:-1], f"[{name}]")
    return text


def one_line(text: str, *, key: str | None) -> str:
    """Return the text as one short line without secrets: a service or a library may quote a key.

    Args:
        text: What was said.
        key: The key in use; None for none.
    """
    for secret in (key, json.dumps(key)[1:-1]) if key and len(key) >= SHORTEST_KEY else ():
        text = text.replace(secret, "[key]")
    line = " ".join(scrub(text).encode("utf-8", "replace").decode("utf-8").split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 3] + "..."
