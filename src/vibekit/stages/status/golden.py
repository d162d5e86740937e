"""How a golden set stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.core.status import Part, Problem, State, StatusItem
from vibekit.errors import InputError
from vibekit.formats.golden_file import GOLDEN_FILE, read_golden
from vibekit.formats.golden_labels import LABELS_FILE
from vibekit.formats.golden_ratings import RATINGS_FILE
from vibekit.stages.status.project import command, damaged

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.stages.status.project import Project


def golden_item(path: Path, project: Project) -> StatusItem:
    """Look at ``golden.yaml``, and whether there are ratings and labels."""
    try:
        golden = read_golden(path / GOLDEN_FILE)
    except InputError as error:
        return StatusItem(part=Part.GOLDEN, path=str(path), about="", problems=(damaged(error),))
    rate = command("vibekit", "golden", "label", path)
    # a definition that the set accepts was found to ask for the same
    rated = [
        (name, one.fingerprint)
        for name, one in golden.attributes.items()
        if project.definitions.get(name, "") not in one.accepts
    ]
    drawn = golden.draw.get("drawn")
    return StatusItem(
        part=Part.GOLDEN,
        path=str(path),
        about=", ".join(golden.attributes) + (f", {drawn:,} videos" if isinstance(drawn, int) else ""),
        problems=(*_rated(path, rate), *project.changed(rated, mend=rate)),
    )


def _rated(path: Path, rate: str) -> list[Problem]:
    ratings, labels = path / RATINGS_FILE, path / LABELS_FILE
    if not labels.is_file() and not (ratings.is_file() and ratings.stat().st_size):
        return [Problem(state=State.UNFINISHED, words="nobody has rated it yet", mend=rate)]
    settle = command("vibekit", "golden", "adjudicate", path)
    if not labels.is_file():
        return [Problem(state=State.UNFINISHED, words="ratings are not made into labels yet", mend=settle)]
    if ratings.is_file() and ratings.stat().st_mtime > labels.stat().st_mtime + 1:
        return [Problem(state=State.STALE, words="there are ratings newer than its labels", mend=settle)]
    return []
