"""What to say of an answer that was cut."""

from __future__ import annotations


def cut_reason(limit: int | None) -> str:
    """Return why there is no label.

    Args:
        limit: The limit of output tokens that the user set; None for none.
    """
    if limit is None:
        return "the answer was cut at the model's limit of output tokens (thinking counts against it)"
    mend = "raise --max-output-tokens or lower --thinking"
    return f"the answer was cut at {limit} output tokens, thinking included: {mend}"
