"""Videos that a definition names as examples: the model was shown them, so nobody is scored on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.video import VIDEO_ID_LENGTH, is_hash
from vibekit.formats.file_names import FileNames, absolute_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vibekit.core.attribute import Attribute
    from vibekit.stages.golden.frame import Unit


def named_hashes(definitions: Iterable[Attribute]) -> frozenset[str]:
    """Return the content hashes that definitions name, as long as a video_id at most."""
    names = (example.video.lower() for one in definitions for example in one.examples)
    return frozenset(name[:VIDEO_ID_LENGTH] for name in names if is_hash(name))


def named_units(definitions: Iterable[Attribute], units: Mapping[str, Unit]) -> frozenset[str]:
    """Return the keys of the units that definitions name: by content hash, path, file name or stem.

    A name that fits several units names all of them: better some too few to draw from than one that was shown.
    """
    wanted = [example.video for one in definitions for example in one.examples]
    if not wanted:
        return frozenset()
    at: dict[str, list[str]] = {}
    for unit in units.values():
        at.setdefault(absolute_path(unit.path), []).append(unit.key)
    names = FileNames(unit.path for unit in units.values())
    hashes = named_hashes(definitions)
    found = {unit.key for unit in units.values() if unit.video_id in hashes}
    for name in wanted:
        # a precedent is often written down where the file lay once: its name is enough
        for path in names.named(name) or names.named(Path(name).name):
            found.update(at[path])
    return frozenset(found)
