"""Which videos a check asks about: a random sample that is the same for the same seed, and some of every label."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

OF_EACH = 3
"""Videos of every label of every attribute that a stratified sample holds at least, where there are so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A sample.

    Attributes:
        random: Drawn blindly, so that shares among them speak for all.
        added: Drawn on top so that no label is missing; they speak for their label only.
    """

    random: tuple[str, ...]
    added: tuple[str, ...] = ()


def size_of(n: int, *, share: float | None, limit: int | None, default: int) -> int:
    """Say how many of ``n`` are wanted.

    Args:
        n: How many there are.
        share: Of them; None when the user named none.
        limit: At most so many; None when the user named none.
        default: How many when the user named neither.
    """
    wanted = ceil(share * n - 1e-9) if share is not None else n if limit is not None else default
    return min(n, max(1, wanted), n if limit is None else limit)


def draw(names: Iterable[str], size: int, *, seed: int) -> tuple[str, ...]:
    """Return ``size`` names, chosen by the hash of seed and name: a larger sample holds the smaller ones."""
    return tuple(sorted(names, key=lambda name: _place(name, seed))[:size])


def draw_with_every_label(
    names: Collection[str], size: int, *, strata: Mapping[object, Collection[str]], seed: int, limit: int | None = None
) -> Drawn:
    """Draw blindly, then add to every stratum that came out too small.

    Args:
        names: All there are.
        size: Of the blind draw.
        strata: Label of an attribute -> its names.
        seed: Of the draw.
        limit: Most names in all; None for as many as the strata need.
    """
    random = draw(names, size, seed=seed)
    there, added = set(random), list[str]()
    # the smallest first: what is added for it may serve a larger one too
    for key in sorted(strata, key=lambda k: (len(strata[k]), str(k))):
        lacking = OF_EACH - sum(name in there for name in strata[key])
        room = lacking if limit is None else min(lacking, limit - len(there))
        for name in draw((n for n in strata[key] if n not in there), max(0, room), seed=seed):
            there.add(name)
            added.append(name)
    return Drawn(random=random, added=tuple(added))


def _place(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogateescape")).digest()
