"""The training set, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.distill_parts import Silver

if TYPE_CHECKING:
    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.join import Joined
    from vibekit.stages.distill.silver import SilverSet
    from vibekit.student.split import Parts


def silver_summary(silver: SilverSet, found: Joined, data: Data, parts: Parts) -> Silver:
    """Count what is used, what is not and why."""
    labelled = data.labelled
    return Silver(
        sources=silver.sources,
        videos=len(silver.ids),
        used=int(labelled.sum()),
        without_embedding=found.without_embedding,
        failed=found.failed,
        bad_vectors=found.bad_vectors,
        examples=found.examples,
        groups=len(np.unique(data.group)),
        near_duplicates=data.near,
        train=int(labelled[parts.train].sum()),
        held_out=int(labelled[parts.held_out].sum()),
        test=int(labelled[parts.test].sum()),
    )
