"""Videos for the page: from a clip to bytes, only from folders that were named, whole or by ranges."""

from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING

from starlette.responses import FileResponse

from vibekit.core.playable import Playable
from vibekit.labelling.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from starlette.responses import Response

    from vibekit.labelling.study import Clip

ALIKE = "Thu, 01 Jan 1970 00:00:00 GMT"
"""Said as time of change of every video: the real one tells videos apart, and a repeat from a first time."""


class Shelf:
    """Finds what stands for a clip in a browser.

    Args:
        playable: Says, slowly, which file a browser can play for a clip; called in a thread, once for each clip.
        roots: Folders that files may lie in, after links were followed.
        say: Told when a clip cannot be shown.
    """

    def __init__(self, playable: Callable[[Clip], Playable], roots: Iterable[Path], say: Callable[[str], None]) -> None:
        self._playable = playable
        self._roots = tuple(root.resolve() for root in roots)
        self._say = say
        self._found: dict[str, asyncio.Task[Playable]] = {}
        self.problems: dict[str, str] = {}

    def prepare(self, clip: Clip) -> asyncio.Task[Playable]:
        """Begin to look for a clip's file, unless that was begun before."""
        if clip.video_id not in self._found:
            self._found[clip.video_id] = asyncio.create_task(self._find(clip))
        return self._found[clip.video_id]

    async def response(self, clip: Clip, opaque: str) -> Response:
        """Return a clip's bytes, or the range of them that was asked for.

        Raises:
            Refused: It cannot be shown.
        """
        # a request that is given up must not stop the work that others wait for
        found = await asyncio.shield(self.prepare(clip))
        if found.path is None:
            raise Refused(404, "unplayable", f"this video cannot be shown: {found.problem}")
        path, status = self._inside(found.path)
        headers = {"etag": f'"{opaque}"', "last-modified": ALIKE}
        return FileResponse(path, headers=headers, media_type=found.media_type, stat_result=status)

    async def _find(self, clip: Clip) -> Playable:
        try:
            self._inside(clip.path)
            found = await asyncio.to_thread(self._playable, clip)
        except Refused as refused:
            found = Playable(problem=refused.message)
        if found.problem:
            self.problems[clip.video_id] = found.problem
            self._say(f"{clip.path}: cannot be shown: {found.problem}")
        return found

    def _inside(self, path: Path) -> tuple[Path, os.stat_result]:
        """Follow links, and refuse what leads out of the folders or is no regular file.

        Raises:
            Refused: It does.
        """
        try:
            real = path.resolve(strict=True)
            status = real.stat()
        except (OSError, RuntimeError, ValueError):
            raise Refused(404, "gone", "the file is not there any more") from None
        if not any(real.is_relative_to(root) for root in self._roots) or not stat.S_ISREG(status.st_mode):
            raise Refused(404, "outside", "the file is a link that leads out of its folder")
        return real, status
