"""``vibekit index info``: what an index is made of, and what has changed since."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.video import text_path
from vibekit.errors import VibekitError
from vibekit.formats.embeddings import is_embeddings, open_embeddings
from vibekit.formats.index import read_index
from vibekit.stages.index.again import build_again, label_again
from vibekit.stages.index.build import embeddings_fingerprint
from vibekit.stages.index.generation import total_bytes
from vibekit.stages.index.label_source import definition_of, source_fingerprint
from vibekit.stages.index.reports import InfoReport, Stale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.core.index import IndexedAttribute, IndexManifest

SHARE_SAID = 0.01
"""Of rows added or removed since, from which it is said."""
SECONDS_A_DAY = 86_400


def info(index: Path, *, attributes_dir: Path | None = None) -> InfoReport:
    """Read what an index says of itself, and compare it with what it was made from.

    Args:
        index: Its folder.
        attributes_dir: The user's definitions.

    Raises:
        InputError: There is no index, or it is damaged.
    """
    manifest = read_index(index)
    rows = max(manifest.rows + manifest.tail, 1)
    size = total_bytes(manifest)
    return InfoReport(
        path=text_path(index),
        index=manifest,
        bytes=size,
        bytes_per_video=round(size / rows, 1),
        tail_share=manifest.tail / rows,
        removed_share=manifest.removed / rows,
        ages_days={a.name: _age_days(a.labelled_at) for a in manifest.attributes},
        stale=stale_of(index, manifest, attributes_dir=attributes_dir),
    )


def stale_of(index: Path, manifest: IndexManifest, *, attributes_dir: Path | None = None) -> tuple[Stale, ...]:
    """Return what has changed since it went into an index."""
    return (
        *_sources(index, manifest),
        *_gone(index, manifest),
        *(one for a in manifest.attributes for one in _attribute(index, manifest, a, attributes_dir)),
        *_rows(index, manifest),
    )


def _sources(index: Path, manifest: IndexManifest) -> Iterator[Stale]:
    build = f"build it again: {build_again(index, manifest)}"
    for path, was in manifest.sources.items():
        place = Path(path)
        if is_embeddings(place):
            try:
                now = embeddings_fingerprint(open_embeddings(place))
            except VibekitError:
                continue
            if now != was:
                yield Stale(
                    item=path, words=f"the embeddings {path} have changed since",
                    mend=f"{shlex.join(['vibekit', 'index', 'add', text_path(index), path])}, or {build}",
                )  # fmt: skip
        elif (now := source_fingerprint(place)) and now != was:
            yield Stale(item=path, words=f"the metadata {path} has changed since", mend=build)


def _gone(index: Path, manifest: IndexManifest) -> Iterator[Stale]:
    for source in dict.fromkeys(one.source for one in manifest.attributes if one.source):
        if not Path(source).exists():
            yield Stale(
                item=source,
                words=f"the labels {source} are not here any more: whether they have changed cannot be told",
                mend=f"run this where they are, or {label_again(index, manifest, '')}",
            )


def _attribute(
    index: Path, manifest: IndexManifest, attribute: IndexedAttribute, attributes_dir: Path | None
) -> Iterator[Stale]:
    again = label_again(index, manifest, attribute.source)
    try:
        now = source_fingerprint(Path(attribute.source)) if attribute.source else ""
    except (VibekitError, OSError):
        now = ""
    if now and now != attribute.source_fingerprint:
        yield Stale(
            item=attribute.name,
            words=f"'{attribute.name}' was labelled anew: {attribute.source} has changed since {attribute.labelled_at}",
            mend=again,
        )
    definition = definition_of(attribute.name, attributes_dir)
    if definition and attribute.definition and definition != attribute.definition:
        yield Stale(
            item=attribute.name,
            words=f"the definition of '{attribute.name}' has changed: it is {definition}, the labels are by "
            f"{attribute.definition}",
            mend=f"annotate, distill and predict again, then {again}",
        )


def _rows(index: Path, manifest: IndexManifest) -> Iterator[Stale]:
    rows = max(manifest.rows + manifest.tail, 1)
    for what, n in (("added", manifest.tail), ("removed", manifest.removed)):
        if n > SHARE_SAID * rows:
            yield Stale(
                item=what,
                words=f"{n:,} of {rows:,} rows were {what} since the last merge ({n / rows:.1%})",
                mend="nothing yet: the next add or remove merges them when they are many "
                f"(all at once: {build_again(index, manifest)})",
            )
    if not manifest.attributes:
        yield Stale(item="labels", words="the index has no attributes", mend=label_again(index, manifest, ""))


def _age_days(moment: str) -> float:
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return 0.0
    return round((datetime.now(UTC) - then).total_seconds() / SECONDS_A_DAY, 3)
