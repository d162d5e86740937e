"""The end of a command: the table of current answers, and the last word of ``run.json``."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.formats.annotations_table import write_table
from vibekit.formats.run import RunStatus
from vibekit.stages.annotate.rates import comparison

if TYPE_CHECKING:
    from vibekit.core.video import Video
    from vibekit.stages.annotate.folder import RunFolder
    from vibekit.stages.annotate.plan import Plan
    from vibekit.stages.annotate.spend import Spend
    from vibekit.stages.annotate.stream import Stream


def finish(folder: RunFolder, stream: Stream, spend: Spend, *, stopped: str) -> tuple[str, ...]:
    """Export the table, bring ``run.json`` to its end, and return what a reader of the table must know."""
    assert folder.run is not None
    videos, plan = stream.videos, stream.plan
    if not stream.whole:
        folder.write_videos(videos)
    newest = folder.index.latest({name: a.fingerprint for name, a in folder.run.attributes.items()})
    moved = _moved(folder, videos)
    # what this command asks about has the answer to its own question or none, never that to an earlier one
    newest = {pair: key for pair, key in newest.items() if pair not in plan.keys and pair[0] not in moved}
    newest.update({pair: key for pair, key in plan.keys.items() if (key, pair[0]) in folder.index.entries})
    order = sorted(newest)
    write_table(folder.path / "annotations.parquet", folder.index.current((newest[p], p[0]) for p in order))
    counts = Counter(str(folder.index.entries[newest[p], p[0]].status) for p in order)
    mixed = _mixed(folder, plan, newest)
    folder.run = replace(
        folder.run,
        status=RunStatus.INTERRUPTED if stopped else RunStatus.COMPLETE,
        stopped=stopped,
        estimate_usd=_rounded(stream.estimate_usd()),
        requests=spend.requests,
        counts={"files": len({p[0] for p in order}), **dict(sorted(counts.items()))},
        estimated_calls_usd=round(spend.expected_usd, 9),
        spent_usd=round(spend.spent_usd, 9),
        comparison=comparison(spend),
        rates=folder.rates,
        from_cache=spend.from_cache,
        warnings=(*folder.index.warnings, *stream.job.inputs.warnings, *stream.warnings, *mixed),
    )
    folder.save()
    return mixed


def _rounded(usd: float | None) -> float | None:
    return None if usd is None else round(usd, 9)


def _moved(folder: RunFolder, videos: list[Video]) -> set[str]:
    """Return the old names of videos that this command found under new ones."""
    paths, contents = {v.text_path for v in videos}, {v.video_id for v in videos}
    return {
        path
        for path, old in folder.known.items()
        if path not in paths and old.video_id in contents and not old.path.exists()
    }


def _mixed(folder: RunFolder, plan: Plan, newest: dict[tuple[str, str], str]) -> tuple[str, ...]:
    """Say which attributes hold answers of files outside this command that were made with other settings."""
    assert folder.run is not None
    recipes = {name: a.recipe for name, a in folder.run.attributes.items()}
    other = Counter(
        pair[1]
        for pair, key in newest.items()
        if pair not in plan.keys and folder.index.entries[key, pair[0]].recipe != recipes[pair[1]]
    )
    return tuple(
        f"{name}: {n} files outside this command hold answers made with another model, prompt or sampling"
        for name, n in sorted(other.items())
    )
