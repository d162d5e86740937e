"""Hands staleness on: what was made from something stale is behind, whatever its own manifest says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.core.status import Problem, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vibekit.core.status import StatusItem

_HANDED_ON = frozenset({State.DAMAGED, State.UNFINISHED, State.RUNNING, State.STALE, State.BEHIND})


def followed(items: Sequence[StatusItem]) -> tuple[StatusItem, ...]:
    """Mark what is current by itself but made from something that is not.

    Args:
        items: In the order of the chain.
    """
    done: dict[str, StatusItem] = {}
    for item in items:
        before = [done[path] for path in item.made_from if path in done]
        waits = [one for one in before if one.state in _HANDED_ON]
        if waits and not item.problems:
            words = f"made from {waits[0].path}, which is {waits[0].state}"
            done[item.path] = replace(item, problems=(Problem(state=State.BEHIND, words=words),))
        else:
            done[item.path] = item
    return tuple(done.values())
