"""``vibekit index update-labels``: other labels for the same vectors, which are not touched."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.core.video import text_path
from vibekit.formats.run import now
from vibekit.stages.index.change import changing, recounted
from vibekit.stages.index.efforts import efforts_of
from vibekit.stages.index.generation import publish
from vibekit.stages.index.label_file import label_table
from vibekit.stages.index.label_source import open_sources
from vibekit.stages.index.labelling import chances_at, matched
from vibekit.stages.index.reports import ChangeReport
from vibekit.stages.progress import Silent

if TYPE_CHECKING:
    from vibekit.core.index import IndexedAttribute
    from vibekit.stages.index.config import UpdateLabelsConfig
    from vibekit.stages.progress import Progress


def update_labels(config: UpdateLabelsConfig, *, progress: Progress | None = None) -> ChangeReport:
    """Replace the labels of attributes, or bring in new attributes; a video without a row becomes unknown.

    Raises:
        InputError: There is no index, labels cannot be read, or none speaks of its videos.
        UsageError: A threshold is for nothing.
    """
    started = time.monotonic()
    progress = progress or Silent()
    sources = open_sources(config.labels, thresholds=config.thresholds, attributes_dir=config.attributes_dir, now=now())
    warnings = [said for source in sources for said in source.warnings]
    with changing(config.index) as change:
        attributes = {attribute.name: attribute for attribute in change.before.attributes}
        alive = ~change.removed
        for source in sources:
            found = matched(source, change.ids)
            warnings += found.warnings(text_path(source.path), alive)
            progress.begin(f"labels of {text_path(source.path)}", len(source.attributes))
            for attribute in source.attributes:
                labels = label_table(attribute, chances_at(source, attribute.name, found.place))
                change.keep_labels(attribute, labels, change.before.rows)
                counted = recounted(attribute, labels, change.removed)
                warnings += _dropped(attribute, attributes.get(attribute.name))
                if not _same(counted, attributes.get(attribute.name)):
                    attributes[attribute.name] = counted
                progress.advance(1)
            progress.end()
        whole = tuple(attributes.values())
        nothing = change.files == change.before.files and whole == change.before.attributes
        if nothing:
            manifest = change.before
        else:
            manifest = change.next("update-labels", config.argv, attributes=whole)
            manifest = efforts_of(config.index, manifest, seed=0, progress=progress)
            publish(config.index, manifest)
    return ChangeReport(
        path=text_path(config.index),
        index=manifest,
        nothing_to_do=nothing,
        labelled=() if nothing else tuple(a.name for source in sources for a in source.attributes),
        seconds=round(time.monotonic() - started, 3),
        warnings=tuple(warnings),
    )


def _dropped(new: IndexedAttribute, old: IndexedAttribute | None) -> tuple[str, ...]:
    if old is None or not old.given or new.given or old.threshold == new.threshold:
        return ()
    return (
        f"'{new.name}': the threshold {old.threshold:g} that was given before does not hold any more, "
        f"{new.threshold:g} does: --threshold {new.name}={old.threshold:g} keeps it",
    )


def _same(one: IndexedAttribute, other: IndexedAttribute | None) -> bool:
    return other is not None and replace(one, labelled_at=other.labelled_at) == other
