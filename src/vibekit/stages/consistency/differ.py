"""What two runs were made with that is not the same, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vibekit.formats.run import RunFile

ROWS = (
    "samples",
    "media",
    "fps",
    "audio",
    "decoder",
    "thinking",
    "media_resolution",
    "temperature",
    "seed",
    "max_output_tokens",
    "vertex",
    "location",
    "base_url",
    "extra_body",
    "withhold",
)
"""Settings in ``run.json`` that can change an answer and that a recipe holds a fingerprint of, if at all."""
HASHED = ("settings", "sampling")
"""Parts of a recipe that only say that something changed."""


def differences(before: RunFile, now: RunFile, attribute: str) -> list[str]:
    """Name what differs between two runs for one attribute, as ``model a -> b``.

    Empty when the same question was asked by the same version in the same way.
    """
    one, two = before.attributes[attribute].parts, now.attributes[attribute].parts
    named = list(_changed(_without(one, HASHED), _without(two, HASHED)))
    settings = list(_changed(_rows(before.settings), _rows(now.settings)))
    unexplained = [] if settings else list(_changed(_only(one, HASHED), _only(two, HASHED)))
    versions = _changed({"vibekit": before.vibekit, **before.versions}, {"vibekit": now.vibekit, **now.versions})
    return [*named, *settings, *unexplained, *versions]


def _rows(settings: Mapping[str, Any]) -> dict[str, Any]:
    rows = {name: settings[name] for name in ROWS if name in settings}
    sampling = settings.get("sampling")
    return {**rows, **(dict(sampling) if isinstance(sampling, dict) else {})}


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        if before.get(name) != now.get(name):
            yield f"{name} {_said(before.get(name))} -> {_said(now.get(name))}"


def _said(value: object) -> object:
    return "none" if value in (None, "", []) else value


def _without(parts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if name not in names}


def _only(parts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if name in names}
