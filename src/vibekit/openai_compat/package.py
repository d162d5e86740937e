"""Says early, and in words, that the openai package is not installed."""

from __future__ import annotations

from vibekit.errors import SetupError

INSTALL = "pip install 'vibekit[openai]'"


def need_package() -> None:
    """Import the package that speaks the protocol.

    Raises:
        SetupError: It is not installed.
    """
    try:
        import openai  # noqa: F401 - only whether it can be had
    except ModuleNotFoundError as exc:
        raise SetupError(f"the openai annotator needs the package '{exc.name}'", hint=INSTALL) from None
