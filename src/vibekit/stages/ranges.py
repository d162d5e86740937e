"""Numbers of settings that make no sense are refused before any work is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_ranges(
    command: str, ranges: Iterable[tuple[str, float | None, float, float]], *, environment: bool = False
) -> None:
    """Raise for the first setting that is out of its range.

    Args:
        command: Section of vibekit.yaml.
        ranges: Flag without its dashes, value (None when not set), lowest and highest that are allowed.
        environment: The settings are read from ``VIBEKIT_*`` too.

    Raises:
        InputError: One is out of range; says where it may stand.
    """
    for name, value, low, high in ranges:
        if value is not None and not low <= value <= high:
            field = name.replace("-", "_")
            variable = f" VIBEKIT_{field.upper()}," if environment else ""
            where = f"--{name},{variable} or {command}.{field} in vibekit.yaml"
            raise InputError(f"{name} {value:g} is out of range ({where})", hint=f"from {low:,.10g} to {high:,.10g}")
