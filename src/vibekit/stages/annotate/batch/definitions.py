"""The definitions that a run's questions were asked with: its own copies, found by name and fingerprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.formats.attribute import read_attribute

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.attribute import Attribute


class Definitions:
    """Reads each definition once.

    Args:
        folder: The run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "attributes"
        self._known: dict[tuple[str, str], Attribute] = {}

    def get(self, name: str, fingerprint: str) -> Attribute:
        """Return a definition.

        Raises:
            InputError: The run has no copy with that fingerprint.
        """
        if (name, fingerprint) not in self._known:
            self._known[name, fingerprint] = self._read(name, fingerprint)
        return self._known[name, fingerprint]

    def _read(self, name: str, fingerprint: str) -> Attribute:
        for path in (self._folder / f"{name}.yaml", self._folder / f"{name}@{fingerprint}.yaml"):
            if path.exists():
                found = read_attribute(path, check_name=False)
                if found.name == name and found.fingerprint == fingerprint:
                    return found
        raise InputError(
            f"no copy of the definition of '{name}' that the batch jobs were asked with ({fingerprint})",
            path=self._folder,
            hint=f"put that version of the file back as {self._folder / f'{name}@{fingerprint}.yaml'}",
            item=name,
        )
