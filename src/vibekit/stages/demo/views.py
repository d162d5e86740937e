"""Clips as the page shows them, found by name or by content hash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from vibekit.core.demo import DemoClipView
from vibekit.formats.embeddings import open_embeddings
from vibekit.stages.demo.clips import CLIPS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Video id -> the clip."""

    known: Mapping[str, DemoClipView]

    def view(self, video_id: str, *, notes: tuple[str, ...] = ()) -> DemoClipView:
        """Return a clip by id or file name, with what is said under it; a foreign video is called by its id."""
        named = next((view for view in self.known.values() if view.name == PurePath(video_id).name), None)
        found = self.known.get(video_id) or named
        if found is None:
            found = DemoClipView(video_id=video_id, name=video_id, title="", made_as="")
        return replace(found, notes=notes)

    def by_name(self, name: str) -> DemoClipView:
        """Return a clip by its file name."""
        return self.view(name)


def views_of(embeddings: Path) -> Views:
    """Read which video id is which clip."""
    made = {clip.name: clip for clip in CLIPS}
    known = {}
    for shard in open_embeddings(embeddings).shards:
        rows = shard.open()
        for video_id, path in zip(rows.ids.to_pylist(), rows.paths.to_pylist(), strict=True):
            clip = made.get(PurePath(path or "").name)
            if clip is not None:
                known[video_id] = DemoClipView(
                    video_id=video_id, name=clip.name, title=clip.title, made_as=clip.made_as
                )
    return Views(known=known)
