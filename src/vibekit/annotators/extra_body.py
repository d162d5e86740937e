"""Reads the JSON object that a user adds to every request: what no flag of ours says."""

from __future__ import annotations

import json
from typing import Any

from vibekit.errors import InputError
from vibekit.formats.secrets import looks_secret

_WHERE = "--extra-body"
_EXAMPLE = """such as: --extra-body '{"chat_template_kwargs": {"enable_thinking": false}}'"""
_FLAGS = {
    "model": "--model",
    "temperature": "--temperature",
    "seed": "--seed",
    "max_tokens": "--max-output-tokens",
    "max_completion_tokens": "--max-output-tokens",
    "reasoning_effort": "--thinking",
    "n": "--samples",
}
_OURS = ("messages", "response_format", "stream", "tools", "tool_choice", "functions", "stop")
"""What would change the question, or the reading of the answer."""


def read_extra_body(text: str | None) -> dict[str, Any]:
    """Return the object; empty when there is none.

    Raises:
        InputError: It is no JSON object, names a key twice, names what a flag or vibekit itself sets, or holds a
            secret.
    """
    if text is None or not text.strip():
        return {}
    try:
        read = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise InputError(f"{_WHERE} is not JSON: {exc}", hint=_EXAMPLE) from None
    if not isinstance(read, dict):
        raise InputError(f"{_WHERE} is not a JSON object", hint=_EXAMPLE)
    for name in read:
        if name in _FLAGS:
            raise InputError(f"{_WHERE} sets '{name}'", hint=f"give {_FLAGS[name]}")
        if name in _OURS:
            raise InputError(f"{_WHERE} sets '{name}', which vibekit sets itself", hint="leave it out")
    if looks_secret(read):
        raise InputError(
            f"{_WHERE} holds what looks like a secret: it is kept with the run",
            hint="secrets are read from the environment only: export OPENAI_API_KEY=...",
        )
    return read


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is named twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
