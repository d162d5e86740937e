"""The commands that make an index, or its labels, again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from vibekit.core.index import IndexManifest, Metric, Storage
from vibekit.core.video import text_path

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.index import IndexedAttribute

_TYPED = 3
"""Words of ``vibekit index build`` in front of what was asked for."""


def build_again(index: Path, manifest: IndexManifest) -> str:
    """Return the command that builds an index anew from what it was made of, and adds what was added since."""
    if manifest.made_by == "build" and len(manifest.argv) > _TYPED:
        words = [word for word in manifest.argv if word != "--force"]
        return shlex.join([*words, "--force"])
    embeddings = manifest.embeddings or ("EMBEDDINGS",)
    first, *added = embeddings
    words = ["vibekit", "index", "build", first]
    for source in dict.fromkeys(one.source for one in manifest.attributes if one.source):
        words += ["--labels", source]
    for path in manifest.sources:
        if path not in manifest.embeddings:
            words += ["--metadata", path]
    words += thresholds(manifest.attributes)
    if manifest.storage is not Storage.FP32:
        words += ["--storage", manifest.storage]
    if manifest.metric is not Metric.COSINE:
        words += ["--metric", manifest.metric]
    if manifest.recall_target != IndexManifest(generation="").recall_target:
        words += ["--recall", f"{manifest.recall_target:g}"]
    words += ["--out", text_path(index), "--force"]
    more = [shlex.join(["vibekit", "index", "add", text_path(index), folder]) for folder in added]
    return " && ".join([shlex.join(words), *more])


def label_again(index: Path, manifest: IndexManifest, source: str) -> str:
    """Return the command that puts the labels of a source in again, with the thresholds that were given."""
    mine = tuple(one for one in manifest.attributes if one.source == source)
    return shlex.join(
        ["vibekit", "index", "update-labels", text_path(index), "--labels", source or "L", *thresholds(mine)]
    )


def thresholds(attributes: tuple[IndexedAttribute, ...]) -> list[str]:
    """Return the flags of the thresholds that were given by hand: without them those of the labels would hold again."""
    return [word for one in attributes if one.given for word in ("--threshold", f"{one.name}={one.threshold!r}")]
