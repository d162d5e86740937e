"""The table of embedders: name -> where it is; a module is imported when its embedder is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from vibekit.embedders.base import EmbedderSettings
from vibekit.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
SETTINGS = ("frames", "model", "revision", "dim", "base_url")
"""What has a flag of its own, and only some embedders take."""


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
    make = cast("Callable[[EmbedderSettings], Embedder]", _found(name))
    return make(settings or EmbedderSettings())


def refuse_untaken(names: Sequence[str], settings: Sequence[str], options: Sequence[str]) -> None:
    """Raise for what none of some embedders takes: a typing error would give other vectors than were meant.

    Args:
        names: Of embedders.
        settings: Such as ``frames``, as far as they were typed.
        options: Names of ``--option``.

    Raises:
        UsageError: An embedder is unknown, or takes nothing of the kind.
    """
    # a class of the user's own may leave it out
    taken = [name for one in names for name in getattr(_found(one), "takes", ())]
    them = "+".join(names)
    for setting in settings:
        if setting not in taken:
            flag = f"--{setting.replace('_', '-')}"
            raise UsageError(f"--embedder {them} takes no {flag}", hint="see docs/embedders.md, or leave it out")
    known = [name for name in dict.fromkeys(taken) if name not in SETTINGS]
    for option in options:
        if option not in known:
            hint = did_you_mean(option, known) or f"it takes: {', '.join(known) or 'none'}"
            raise UsageError(f"--embedder {them} takes no --option {option}", hint=hint)


def _found(name: str) -> object:
    module, _, attribute = EMBEDDERS.get(name, name).partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        if name in EMBEDDERS:
            raise
        raise UsageError(f"no embedder '{name}': {error}", hint="write package.module:Class") from error
