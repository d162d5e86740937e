"""How a run stands."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from vibekit.core.annotation import ANSWERED
from vibekit.core.status import Part, Problem, State, StatusItem
from vibekit.errors import InputError
from vibekit.formats.run import RunStatus, read_run
from vibekit.stages.status.project import damaged

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.formats.run import RunFile
    from vibekit.stages.status.project import Project

_NO_OUTCOME = ("files", "videos")


def run_item(path: Path, project: Project) -> StatusItem:
    """Look at ``run.json``: how far it got, which answers are missing, and what was judged by another definition."""
    try:
        run = read_run(path / "run.json")
    except InputError as error:
        return StatusItem(part=Part.RUN, path=str(path), about="", problems=(damaged(error),))
    names = " ".join(f"-a {name}" for name in run.attributes)
    again = project.again(run.argv, path, f"vibekit annotate VIDEOS {names} --out {path}")
    made_by = [(name, one.fingerprint) for name, one in run.attributes.items()]
    return StatusItem(
        part=Part.RUN,
        path=str(path),
        about=f"{run.counts.get('ok', 0):,} labels of {', '.join(run.attributes) or 'nothing'}, "
        f"{run.counts.get('files', 0):,} files",
        problems=(*_progress(run, again), *_unanswered(run, again), *project.changed(made_by, mend=again)),
    )


def _progress(run: RunFile, again: str) -> list[Problem]:
    if run.status is RunStatus.COMPLETE:
        return []
    if run.status is RunStatus.RUNNING and _alive(run):
        return [Problem(state=State.RUNNING, words=f"process {run.pid} is at it since {run.started_at}")]
    why = run.stopped or ("its process ended" if run.status is RunStatus.RUNNING else "interrupted")
    return [Problem(state=State.UNFINISHED, words=f"stopped early: {why}", mend=again)]


def _alive(run: RunFile) -> bool:
    """Tell whether the process may be at it still; one of another machine is believed."""
    if run.host and run.host != socket.gethostname():
        return True
    try:
        os.kill(run.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return run.pid > 0


def _unanswered(run: RunFile, again: str) -> list[Problem]:
    answered = {str(status) for status in ANSWERED}
    open_ = {key: n for key, n in run.counts.items() if n and key not in answered and key not in _NO_OUTCOME}
    if not open_ or run.status is not RunStatus.COMPLETE:
        return []
    listed = ", ".join(f"{n:,} {key}" for key, n in sorted(open_.items()))
    return [Problem(state=State.UNFINISHED, words=f"without an answer: {listed}", mend=again)]
