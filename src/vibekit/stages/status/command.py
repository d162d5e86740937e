"""``vibekit status``: the whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.status import Part, Problem, State, StatusItem, StatusReport, StatusRow
from vibekit.stages.status.find import find
from vibekit.stages.status.follow import followed
from vibekit.stages.status.golden import golden_item
from vibekit.stages.status.indexes import index_item
from vibekit.stages.status.labels import labels_item
from vibekit.stages.status.project import Project, definitions_of
from vibekit.stages.status.runs import run_item
from vibekit.stages.status.students import student_item
from vibekit.stages.status.vectors import embeddings_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.stages.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusConfig:
    """Which folder to look through."""

    folder: Path = Path()


def status(config: StatusConfig, *, progress: Progress | None = None) -> StatusReport:  # noqa: ARG001 - as every stage
    """Find everything that vibekit made under a folder, and say how it stands.

    Args:
        config: The folder.
        progress: Not needed: only manifests are read.

    Raises:
        InputError: There is no such folder.
    """
    found = find(config.folder)
    good, bad, mine = definitions_of(config.folder)
    project = Project(root=config.folder, found=found, definitions=good, broken=bad)
    items = followed(tuple(_items(project, mine)))
    rows = tuple(
        StatusRow(
            part=one.part, path=one.path, state=one.state, about=one.about, made_from=one.made_from,
            problems=one.problems,
        )
        for one in items
    )  # fmt: skip
    mend = dict.fromkeys(problem.mend for row in rows for problem in row.problems if problem.mend)
    return StatusReport(
        folder=str(config.folder),
        items=rows,
        counts={str(state): n for state, n in Counter(row.state for row in rows).items()},
        mend=tuple(line for line in mend if line.startswith(("vibekit ", "cd "))),
    )


def _items(project: Project, mine: Path | None) -> Iterator[StatusItem]:
    if mine is not None:
        yield _definitions(project, mine)
    for path in project.found.get(Part.RUN, ()):
        yield run_item(path, project)
    for path in project.found.get(Part.GOLDEN, ()):
        yield golden_item(path, project)
    for path in project.found.get(Part.EMBEDDINGS, ()):
        yield embeddings_item(path, project)
    for path in project.found.get(Part.STUDENT, ()):
        yield student_item(path, project)
    for path in project.found.get(Part.LABELS, ()):
        yield labels_item(path, project)
    for path in project.found.get(Part.INDEX, ()):
        yield index_item(path, project)


def _definitions(project: Project, mine: Path) -> StatusItem:
    check = f"vibekit attributes check {mine}"
    own = {path.stem for path in mine.glob("*.yaml")}
    return StatusItem(
        part=Part.DEFINITIONS,
        path=str(mine),
        about=f"{len(own)} of your own",
        problems=tuple(
            Problem(state=State.DAMAGED, words=words, mend=check)
            for name, words in project.broken.items()
            if name in own
        ),
    )
