"""What ``golden label`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.golden import Role
from vibekit.labelling.study import Order

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.golden import Split


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelConfig:
    """What is to be rated, by whom and how.

    Attributes:
        path: The golden set, a folder.
        attributes: Names; empty for all of the set.
        split: Only videos of this split; None for both.
        round: Only videos of this calibration round; None for all.
        raters: One link each; empty when the page asks for a name.
        repeats: Share of the videos that comes a second time, 0 to 0.5; experts get none.
        seed: Changes every rater's order.
        order: Attribute by attribute, or video by video.
        port: Of the page; 0 for any that is free.
        min_watched: Share of a video that has to be played before it can be rated.
        videos: Folders to look into for videos that have moved.
        role: rater, or expert, whose ruling stands above the votes.
        queue: Only these (video id, attribute), in this order; empty for all.
        attributes_dir: The user's definitions.
    """

    path: Path
    attributes: tuple[str, ...] = ()
    split: Split | None = None
    round: int | None = None
    raters: tuple[str, ...] = ()
    repeats: float = 0.08
    seed: int = 0
    order: Order = Order.ATTRIBUTE
    port: int = 0
    min_watched: float = 0.0
    videos: tuple[Path, ...] = ()
    role: Role = Role.RATER
    queue: tuple[tuple[str, str], ...] = ()
    attributes_dir: Path | None = None
