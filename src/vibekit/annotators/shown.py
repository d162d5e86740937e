"""What a call may show: what the definitions allow, less what an experiment withholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.attribute import Modality
from vibekit.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.core.attribute import Attribute


def shown(attributes: tuple[Attribute, ...], *, withhold: Iterable[str]) -> frozenset[Modality]:
    """Return what is shown to judge the attributes of one call.

    Raises:
        InputError: They may look at different things: one would be judged by what it must not see, or without what
            it needs.
    """
    first = attributes[0]
    for other in attributes[1:]:
        if set(other.modalities) != set(first.modalities):
            raise InputError(
                f"'{first.name}' ({', '.join(first.modalities)}) and '{other.name}' ({', '.join(other.modalities)}) "
                "may look at different things and cannot share a call",
                hint="give --attributes-per-call 1, or annotate them in two commands",
                item=other.name,
            )
    return frozenset(first.modalities) - {Modality(name) for name in withhold}


def withheld_settings(withhold: Iterable[str]) -> dict[str, list[str]]:
    """Return what enters the key of an answer: nothing unless something is withheld.

    Raises:
        InputError: There is no such modality.
    """
    names = sorted(set(withhold))
    for name in names:
        if name not in set(Modality):
            known = ", ".join(sorted(Modality))
            hint = f"{did_you_mean(name, list(Modality))} choose from: {known}".strip()
            raise InputError(f"there is no modality '{name}' to withhold", hint=hint)
    return {"withhold": names} if names else {}
