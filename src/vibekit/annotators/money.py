"""What tokens cost today."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vibekit.core.annotation import Usage
    from vibekit.formats.prices import PriceTable


def cost_usd(prices: PriceTable | None, model: str, usage: Usage, *, batch: bool = False) -> float:
    """Return US dollars; 0 when the table does not know the model."""
    if prices is None:
        return 0.0
    return prices.cost(model, usage, on=datetime.now(UTC).date(), batch=batch) or 0.0


def billed(counted: Usage, expected: Callable[[], Usage]) -> Usage:
    """Return the tokens to pay for: what is expected where the service counts none, so that --max-cost holds."""
    return counted if counted.prompt or counted.output else expected()
