"""The half of a model of transformers that reads: words to one vector beside those of pictures."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from vibekit.embedders.hub import loading
from vibekit.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.embedders.image_tower import ImageTower

PADDED_TO = 64
"""Tokens that SigLIP models were trained with, blanks included."""


def text_features(tower: ImageTower, words: str, *, name: str, revision: str) -> NDArray[np.float32]:
    """Return the vector of words, shape (dim,).

    Args:
        tower: Loaded.
        words: What is looked for.
        name: Of its model, on the hub or a folder.
        revision: Likewise.

    Raises:
        SetupError: Its tokens cannot be had.
        InputError: The model has no text side.
    """
    import torch

    ask = getattr(tower.model, "get_text_features", None)
    if ask is None:
        raise InputError(f"'{name}' reads no text: it is a model of pictures alone", hint="search with --vectors")
    tokenizer = _tokenizer(name, revision)
    text = getattr(tower.model.config, "text_config", None)
    longest = int(getattr(text, "max_position_embeddings", PADDED_TO))
    padded = "siglip" in str(getattr(tower.model.config, "model_type", ""))
    tokens = tokenizer(
        [words.lower() if padded else words], return_tensors="pt", truncation=True,
        padding="max_length" if padded else True, max_length=min(PADDED_TO, longest) if padded else longest,
    )  # fmt: skip
    given = {key: tokens[key].to(tower.device) for key in ("input_ids", "attention_mask") if key in tokens}
    if padded:
        # these models were trained to look at the blanks too
        given.pop("attention_mask", None)
    with torch.inference_mode():
        out = ask(**given)
    found = next((x for key in ("text_embeds", "pooler_output") if (x := getattr(out, key, None)) is not None), out)
    return np.asarray(found.float().cpu().numpy()[0], np.float32)


@lru_cache(maxsize=2)
def _tokenizer(name: str, revision: str) -> Any:  # noqa: ANN401 - of transformers
    from transformers import AutoTokenizer

    with loading(name):
        return AutoTokenizer.from_pretrained(name, revision=revision or "main", trust_remote_code=False)
