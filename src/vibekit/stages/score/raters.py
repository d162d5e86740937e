"""What raters said, as codes, and what the others said beside each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.golden import EventKind, Role
from vibekit.core.ratings import standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute, GoldenSet
    from vibekit.stages.score.join import Joined
    from vibekit.stages.score.truth import Truth

UNRATED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """First answers of the raters about the scored videos.

    Attributes:
        raters: Names, in order of their first answer; experts are not among them.
        codes: Shape (videos, raters): place of the label; ``UNRATED`` where there is none.
    """

    raters: tuple[str, ...]
    codes: NDArray[np.int64]

    def others(self, rater: int, labels: int) -> NDArray[np.int64]:
        """Return the majority of all other raters, video by video; ``UNRATED`` where there is none, or a tie.

        Args:
            rater: Who is left out.
            labels: How many labels are allowed.
        """
        rest = np.delete(self.codes, rater, axis=1)
        counts = np.stack([(rest == label).sum(axis=1) for label in range(labels)], axis=1)
        most = counts.max(axis=1)
        single = (counts == most[:, None]).sum(axis=1) == 1
        return np.where((most > 0) & single, counts.argmax(axis=1), UNRATED)


def votes_of(golden: GoldenSet, truth: Truth, attribute: GoldenAttribute, joined: Joined) -> Votes:
    """Collect the first answer of every rater about every scored video; hidden repeats do not count.

    Args:
        golden: With its events.
        truth: The same set as arrays.
        attribute: Which one.
        joined: The scored videos, in the order of the result.
    """
    places = {truth.ids[int(place)].as_py(): n for n, place in enumerate(joined.place)}
    code = {(type(label), label): n for n, label in enumerate(attribute.allowed)}
    raters: dict[str, int] = {}
    found: list[tuple[int, int, int]] = []
    for (rater, video_id, name, repeat), event in standing(golden.events).items():
        if name != attribute.name or repeat or event.role is Role.EXPERT or event.kind is not EventKind.RATING:
            continue
        if video_id in places and event.value is not None:
            column = raters.setdefault(rater, len(raters))
            found.append((places[video_id], column, code[type(event.value), event.value]))
    codes = np.full((len(joined.place), len(raters)), UNRATED, np.int64)
    for row, column, value in found:
        codes[row, column] = value
    return Votes(raters=tuple(raters), codes=codes)
