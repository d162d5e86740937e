"""The index of the demo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.errors import InputError
from vibekit.stages.index.build import build
from vibekit.stages.index.config import BuildConfig

if TYPE_CHECKING:
    from vibekit.stages.demo.chain import Chain


def build_index(chain: Chain) -> None:
    """Build the index of all clips, with the student's labels and the words about them."""
    folder = chain.folder
    with chain.stage("index") as did:
        config = BuildConfig(
            embeddings=folder / "embeddings" / "demo",
            out=folder / "indexes" / "demo",
            labels=(folder / "labels" / "demo",),
            metadata=(folder / "clips" / "metadata.csv",),
            attributes_dir=chain.attributes_dir,
            argv=chain.argv,
        )
        try:
            report = build(config, progress=chain.progress)
        except InputError:
            # an edited definition made other labels, and the folder is the demo's own
            report = build(replace(config, force=True), progress=chain.progress)
        made = report.index
        did.append(f"{made.videos} clips, {len(made.attributes)} attributes, {len(made.columns)} columns of metadata;")
        did.append("so few are searched exactly." if not made.clusters else f"{made.clusters} clusters.")
