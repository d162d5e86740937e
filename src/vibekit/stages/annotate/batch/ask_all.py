"""Every question of a command: through jobs where that is wanted, and directly what jobs leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.stages.annotate.batch.run import run_batches
from vibekit.stages.annotate.batch.service import LEFT_OPEN, WAITING, batch_service
from vibekit.stages.annotate.execute import execute
from vibekit.stages.annotate.plan import Plan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from vibekit.core.video import Video
    from vibekit.formats.batch_events import AskedCall
    from vibekit.stages.annotate.batch.ledger import Ledger
    from vibekit.stages.annotate.execute import Work
    from vibekit.stages.annotate.plan import Call, Planner


async def ask_all(
    calls: AsyncIterator[list[Call]], work: Work, ledger: Ledger, *, planner: Planner, videos: list[Video]
) -> str:
    """Ask every call, through jobs or directly, as the command says.

    Args:
        calls: What to ask, grouped by video.
        work: What to do it with.
        ledger: The jobs of the run.
        planner: Knows keys.
        videos: The files of the command as far as they were read.

    Returns:
        Why it ended early: as ``execute`` says, or ``waiting`` when jobs have what is left, or ``left open`` when
        they did not answer it and this command could not ask it again.
    """
    if work.config.batch is None:
        stopped = await execute(calls, work)
        _tell(ledger, work)
        return stopped or (WAITING if ledger.in_jobs or ledger.unread else "")
    recall = _Recall(planner, videos)
    service = batch_service(work.annotator)
    stopped, left = await run_batches(calls, work, ledger, service, recall=recall.call)
    if left:
        stopped = await execute(_each(left), work) or stopped
    return stopped or (LEFT_OPEN if ledger.left_open() else "")


def _tell(ledger: Ledger, work: Work) -> None:
    """Say what was not asked because jobs have it."""
    held = len(ledger.in_jobs) + len(ledger.unread)
    if held:
        where = f"vibekit annotate --batch --out {ledger.folder}"
        work.progress.note(f"{held} questions are in batch jobs and were not asked; collect them with: {where}")


class _Recall:
    """Finds the call that asks again what a job asked.

    Args:
        planner: Of the command: a call with other keys is asked in another way.
        videos: Of the command; grows while it runs.
    """

    def __init__(self, planner: Planner, videos: list[Video]) -> None:
        self._planner = planner
        self._videos = videos
        self._known: dict[str, Video] = {}
        self._read = 0

    def call(self, asked: AskedCall) -> Call | None:
        """Return the call; None when the video is not among the files, or would be asked about in another way."""
        video = self._video(asked.video_id)
        if video is None:
            return None
        wanted = set(asked.keys.values())
        found = self._planner.add(video, Plan(), finished=lambda key: key not in wanted)
        return found[0] if len(found) == 1 else None

    def _video(self, video_id: str) -> Video | None:
        for video in self._videos[self._read :]:
            if video.video_id is not None and not video.duplicate_of:
                self._known[video.video_id] = video
        self._read = len(self._videos)
        return self._known.get(video_id)


async def _each(groups: Iterable[list[Call]]) -> AsyncIterator[list[Call]]:
    for group in groups:
        yield group
