"""Which attributes and columns a restriction speaks of."""

from __future__ import annotations

from vibekit.core.restriction import Both, Either, Everything, Not, Restriction


def names_in(one: Restriction) -> tuple[str, ...]:
    """Return the names, each once, in the order of the restriction."""
    match one:
        case Everything():
            return ()
        case Not(of=inner):
            return names_in(inner)
        case Both(of=parts) | Either(of=parts):
            return tuple(dict.fromkeys(name for part in parts for name in names_in(part)))
        case _:
            return (one.name.text,)
