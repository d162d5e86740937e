"""How a student is trained."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HeadChoice(StrEnum):
    """Which head is asked for: ``auto`` is the mlp where torch is installed and not worse, else linear."""

    AUTO = "auto"
    MLP = "mlp"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can change the weights, beside the data.

    Attributes:
        head: Which head.
        hidden: Widths of the hidden layers; empty to choose by the number of videos.
        epochs: Most passes over the training part.
        batch: Videos in a step; 0 to choose by the number of videos.
        lr: Highest learning rate of AdamW; it falls to zero by a cosine.
        weight_decay: Of AdamW, on weights but not on biases.
        dropout: Share of hidden values that a step leaves out.
        patience: Passes without a better loss on the held-out part until training ends.
        balance: Weigh rare positives up by the root of their rarity; off, because it moves probabilities.
        l2: Penalty of the linear head, in units of one video's loss; None to choose on the held-out part.
        linear_rows: Most videos that the linear head is fitted on, drawn at random.
        min_positives: With fewer positives an attribute gets the linear head.
        seed: Of all draws.
        threads: Of the CPU; part of the recipe, for sums depend on their order.
    """

    head: HeadChoice = HeadChoice.AUTO
    hidden: tuple[int, ...] = ()
    epochs: int = 30
    batch: int = 0
    lr: float = 1e-3
    weight_decay: float = 0.01
    dropout: float = 0.2
    patience: int = 5
    balance: bool = False
    l2: float | None = None
    linear_rows: int = 200_000
    min_positives: int = 20
    seed: int = 0
    threads: int = 2

    def widths(self, n: int) -> tuple[int, ...]:
        """Return the hidden widths for ``n`` training videos."""
        if self.hidden:
            return self.hidden
        return (64,) if n < 2_000 else (256,) if n < 20_000 else (512, 256)

    def step(self, n: int) -> int:
        """Return the number of videos in a step: about fifty steps a pass, 16 to 1024 videos each."""
        return self.batch or min(1024, max(16, n // 50))
