"""Restricted retrieval: the nearest videos among those that a restriction lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vibekit.retrieval.open import open_index
    from vibekit.retrieval.searcher import Searcher

__all__ = ["Searcher", "open_index"]
_WHERE = {"open_index": "vibekit.retrieval.open", "Searcher": "vibekit.retrieval.searcher"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module holds
    # at the point of use: restrictions are read without faiss
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
