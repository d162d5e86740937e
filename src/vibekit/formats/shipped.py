"""Where the ready-made attributes and prompts lie: in the wheel, or in a checkout."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Literal

from vibekit.errors import SetupError

ShippedFolder = Literal["attributes", "prompts"]


def shipped_dir(name: ShippedFolder) -> Path:
    """Return the folder with the ready-made files.

    Raises:
        SetupError: Neither the wheel nor a checkout holds it.
    """
    package = Path(str(resources.files("vibekit")))
    # An editable install has no shipped/ folder: there the top level of the checkout is the truth.
    for folder in (package / "shipped" / name, package.parents[1] / name):
        if folder.is_dir():
            return folder
    raise SetupError(
        f"the ready-made {name} are missing from this installation",
        hint="install again with: pip install --force-reinstall vibekit",
    )
