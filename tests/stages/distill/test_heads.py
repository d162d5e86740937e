from __future__ import annotations

import numpy as np
import pytest

from vibekit.core.attribute import Kind
from vibekit.stages.distill.heads import FEW, decide
from vibekit.student.calibrate import Calibration
from vibekit.student.target import Target


@pytest.mark.parametrize("n", [10, FEW - 1, FEW, 200])
def test_logits_are_corrected_only_where_there_are_videos_to_tell(n: int) -> None:
    random = np.random.default_rng(3)
    logits = random.normal(size=(n, 1)).astype(np.float32) * 4
    chance = (1 / (1 + np.exp(-logits / 8))).astype(np.float32)
    target = Target(name="calm", kind=Kind.BINARY, labels=(True,), chance=chance, weight=np.ones(n, np.float32))
    found = decide(target, np.arange(n), logits)
    assert (found.calibration == Calibration()) == (n < FEW)
    assert found.source == "held-out silver"
