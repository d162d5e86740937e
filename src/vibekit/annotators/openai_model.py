"""Which model of a server is asked: the one that was named and is there, or the only one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.errors import InputError, ServiceError
from vibekit.openai_compat.package import need_package

if TYPE_CHECKING:
    from vibekit.openai_compat.connection import Connection


def choose_model(connection: Connection, named: str | None, *, address: str) -> str:
    """Return the id of the model to ask.

    Args:
        connection: Where the server is.
        named: What the user named; None for nothing.
        address: For messages; without secrets.

    Raises:
        InputError: None was named, and the server has several.
        SetupError: The package is missing, or the key is wrong.
        ServiceError: The server has no such model, or is away.
    """
    need_package()
    from vibekit.openai_compat.client import no_such_model
    from vibekit.openai_compat.models import UnreachableError, list_models

    try:
        known = list_models(connection)
    except UnreachableError:
        raise
    except ServiceError as error:
        if named is not None:
            # not every server has a list; the first call will tell
            return named
        hint = "give --model NAME, when the address is right: it usually ends in /v1"
        raise ServiceError(f"which model? {error.message}", hint=hint) from None
    if named is None:
        return _only(known, address=address)
    if known and named not in known:
        raise no_such_model(named, known, address=address)
    return named


def _only(known: tuple[str, ...], *, address: str) -> str:
    from vibekit.openai_compat.client import listed

    if len(known) == 1:
        return known[0]
    if not known:
        raise ServiceError(f"the server at {address} names no model", hint="give --model NAME")
    raise InputError(
        f"which model? the server at {address} has {len(known)}: {listed(known)}", hint=f"give --model '{known[0]}'"
    )
