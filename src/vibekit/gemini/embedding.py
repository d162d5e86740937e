"""Ask Gemini for the vector of one message: text, pictures, a short video."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from google.genai import types

from vibekit.errors import ItemError, TransientError
from vibekit.gemini import wire

if TYPE_CHECKING:
    from vibekit.gemini.request import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedRequest:
    """One call.

    Attributes:
        model: Model id.
        parts: The message; all of it becomes one vector.
        dim: Dimensions of the vector.
    """

    model: str
    parts: tuple[Part, ...]
    dim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """What came back.

    Attributes:
        values: As the service gave them: not scaled to length 1 where ``dim`` is not the model's own.
        tokens: Of the message, as the service counted them; 0 when it did not say.
    """

    values: tuple[float, ...]
    tokens: int = 0


def content(request: EmbedRequest) -> types.Content:
    """Return the message as one content: a list of parts would be one vector each for some models."""
    return types.Content(role="user", parts=[wire.part(part) for part in request.parts])


def config(request: EmbedRequest) -> types.EmbedContentConfig:
    """Return how to embed it."""
    return types.EmbedContentConfig(output_dimensionality=request.dim)


def read(response: types.EmbedContentResponse, request: EmbedRequest) -> Embedded:
    """Check and read an answer.

    Raises:
        TransientError: There is not exactly one vector in it, or it is not made of numbers.
        ItemError: The vector has another number of dimensions than was asked for.
    """
    found = response.embeddings or []
    values = (found[0].values if len(found) == 1 else None) or []
    if not values or not all(isinstance(v, (int, float)) and isfinite(v) for v in values):
        raise TransientError("answer", f"{len(found)} vectors in the answer, where one was asked for")
    if len(values) != request.dim:
        raise ItemError(f"the service gave {len(values)} dimensions, where {request.dim} were asked for")
    usage = response.usage_metadata
    return Embedded(values=tuple(values), tokens=(usage.prompt_token_count or 0) if usage else 0)
