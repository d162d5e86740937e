"""The table of embedders: name -> where it is; a module is imported when its embedder is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from vibekit.embedders.base import EmbedderSettings
from vibekit.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from vibekit.embedders.base import Embedder

EMBEDDERS: dict[str, str] = {
    "av": "vibekit.embedders.av:Av",
    "effnet-lite0": "vibekit.embedders.effnet:EffnetLite0",
    "siglip2": "vibekit.embedders.siglip2:Siglip2",
    "text": "vibekit.embedders.text:Text",
    "gemini": "vibekit.embedders.gemini:GeminiEmbedder",
}
"""Name -> ``module:Class``; adding an embedder is one file and one line here."""

IMPORT = "import"
"""Stands for vectors that somebody else made."""


def names_in(text: str) -> tuple[str, ...]:
    """Split ``av+effnet-lite0`` into its names.

    Raises:
        UsageError: A name is unknown, stands twice, or ``import`` stands beside another.
    """
    names = tuple(name.strip() for name in text.split("+"))
    for name in names:
        if name not in EMBEDDERS and name != IMPORT and ":" not in name:
            known = ", ".join([*EMBEDDERS, IMPORT])
            hint = did_you_mean(name, [*EMBEDDERS, IMPORT])
            raise UsageError(f"unknown embedder '{name}'; known: {known}", hint=hint or "see docs/embedders.md")
    if len(set(names)) < len(names):
        raise UsageError(f"--embedder {text}: an embedder stands twice", hint="name each once")
    if IMPORT in names and len(names) > 1:
        raise UsageError(f"--embedder {text}: import stands alone", hint="import first, embed into another folder")
    return names


def embedder(name: str, settings: EmbedderSettings | None = None) -> Embedder:
    """Make an embedder.

    Args:
        name: In the table, or ``package.module:Class`` of your own.
        settings: What it takes of them is its own matter.

    Raises:
        UsageError: There is no such embedder.
    """
    place = EMBEDDERS.get(name, name)
    module, _, attribute = place.partition(":")
    try:
        make = cast("Callable[[EmbedderSettings], Embedder]", getattr(import_module(module), attribute))
    except (ImportError, AttributeError) as error:
        if name in EMBEDDERS:
            raise
        raise UsageError(f"no embedder '{name}': {error}", hint="write package.module:Class") from error
    return make(settings or EmbedderSettings())
