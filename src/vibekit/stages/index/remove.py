"""``vibekit index remove``: videos that are found no more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.labels_table import read_labels
from vibekit.formats.manifest import is_table
from vibekit.formats.metadata_table import ID_COLUMNS
from vibekit.stages.index.change import changing, recounted
from vibekit.stages.index.compact import compacted
from vibekit.stages.index.generation import publish
from vibekit.stages.index.reports import ChangeReport
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vibekit.stages.index.config import RemoveConfig
    from vibekit.stages.progress import Progress

SHOWN = 3


def remove(config: RemoveConfig, *, progress: Progress | None = None) -> ChangeReport:
    """Remove videos from an index; compacts it when many are gone.

    Raises:
        InputError: There is no index, the ids cannot be read, or none of them was ever in it.
    """
    started = time.monotonic()
    progress = progress or Silent()
    wanted = list(dict.fromkeys([*config.ids, *(_ids_in(config.ids_file) if config.ids_file else ())]))
    with changing(config.index) as change:
        ids = change.ids.column("video_id")
        named = pc.is_in(ids, value_set=pa.array(wanted, pa.string())).to_numpy()
        if not named.any():
            shown = ", ".join(wanted[:SHOWN]) or "none"
            raise InputError(
                f"none of the {len(wanted):,} videos is in it; asked for: {shown}; it has: "
                f"{', '.join(ids[:SHOWN].to_pylist())}", path=config.index,
                hint="give ids as in: vibekit index search --json",
            )  # fmt: skip
        known = len(ids.filter(pa.array(named)).unique())
        fresh = named & ~change.removed
        warnings = (
            (f"{len(wanted) - known:,} of {len(wanted):,} videos are not in the index",) if known < len(wanted) else ()
        )
        if not fresh.any():
            return ChangeReport(
                path=text_path(config.index), index=change.before, nothing_to_do=True,
                unknown=len(wanted) - known, warnings=warnings, seconds=round(time.monotonic() - started, 3),
            )  # fmt: skip
        removed = change.removed | named
        change.keep_removed(removed)
        manifest = change.next(
            "remove",
            config.argv,
            removed=int(removed.sum()),
            attributes=tuple(recounted(a, change.labels(a), removed) for a in change.before.attributes),
        )
        whole = compacted(config.index, manifest, progress=progress)
        publish(config.index, whole or manifest)
    return ChangeReport(
        path=text_path(config.index),
        index=whole or manifest,
        removed=int(fresh.sum()),
        unknown=len(wanted) - known,
        compacted=whole is not None,
        seconds=round(time.monotonic() - started, 3),
        warnings=warnings,
    )


def _ids_in(path: Path) -> Sequence[str]:
    if not is_table(path):
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, ValueError) as error:
            raise InputError(f"cannot be read: {error}", path=path, hint="a text file with an id a line") from error
        found = [line.strip() for line in text.splitlines() if line.strip()]
    else:
        table = read_labels(path).table
        name = next((name for name in ID_COLUMNS if name in table.column_names), None)
        if name is None:
            raise InputError(
                f"no column names the video; its columns are: {', '.join(table.column_names) or 'none'}", path=path,
                hint=f"name a column {', '.join(ID_COLUMNS)}",
            )  # fmt: skip
        found = table.column(name).cast(pa.string()).drop_null().to_pylist()
    if not found:
        raise InputError("there is no id in it", path=path, hint="a text file with an id a line, or a table")
    return found
