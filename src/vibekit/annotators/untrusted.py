"""Words that anybody may have written about a video, fenced so that they stay data."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from vibekit.annotators.answer import clean

if TYPE_CHECKING:
    from vibekit.core.video import Metadata

CODE_LENGTH = 16


def untrusted_fields(metadata: Metadata) -> dict[str, str]:
    """Return the non-empty fields, byte for byte but for lone surrogates, which no request can carry."""
    fields = {
        "title": metadata.title,
        "description": metadata.description,
        "hashtags": "\n".join(metadata.hashtags),
        "creator": metadata.creator,
        "language": metadata.language,
        "transcript": metadata.transcript,
    }
    return {name: clean(text) for name, text in fields.items() if text}


def fence(metadata: Metadata) -> tuple[str, ...]:
    """Return one text part per field, between two lines with a code that occurs in none of the fields.

    The code is a hash of the fields, so that the same words make the same request.
    """
    fields = untrusted_fields(metadata)
    code = fence_code(tuple(fields.values()))
    return tuple(f"BEGIN UNTRUSTED {name} {code}\n{text}\nEND UNTRUSTED {name} {code}" for name, text in fields.items())


def fence_code(texts: tuple[str, ...]) -> str:
    """Return a code that occurs in none of the texts, in whatever case."""
    folded = tuple(text.casefold() for text in texts)
    seed = "\0".join(texts)
    code = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:CODE_LENGTH]
    while any(code in text for text in folded):
        code = hashlib.sha256(code.encode()).hexdigest()[:CODE_LENGTH]
    return code
