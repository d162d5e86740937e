"""Cuts an answer into tokens with probabilities, in ways in which tokenizers do."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

SPLITS = {
    "words": re.compile(rb'\s*"|[A-Za-z_]+|\d|\s*[^A-Za-z_\d"\s]|\s+|.', re.DOTALL),
    "merged": re.compile(rb'": *(?:true|false|null|"|\d)?|[A-Za-z_ ]+|.', re.DOTALL),
    "letters": re.compile(rb".", re.DOTALL),
    "pairs": re.compile(rb".{1,2}", re.DOTALL),
    "odd": re.compile(rb".{1,7}", re.DOTALL),
}
"""Name -> what one token is; bytes, so that a letter of several bytes may be torn apart."""


class _Branch(NamedTuple):
    """Where another label would have begun to differ, how it would have gone on, and how likely."""

    place: int
    rest: bytes
    probability: float
    label: int


def with_logprobs(words: str, *, split: str, sure: float, others: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the tokens of an answer, after one of reasoning, with ``sure`` as the probability of each written label.

    Args:
        words: The answer.
        split: Name in ``SPLITS``.
        sure: Probability of the label that is written; the rest is shared by the others.
        others: Literal of a written label -> literals of the other labels that the attribute allows.
    """
    text = words.encode()
    branches, reached = list(_branches(text, sure=sure, others=others)), dict[int, float]()
    tokens = [{**_entry(b"<think>", 0.7), "top_logprobs": []}]
    for match in SPLITS[split].finditer(text):
        begin, end = match.span()
        here = [b for b in branches if begin <= b.place < end]
        top: dict[bytes, float] = {}
        for place, rest, probability, label in here:
            data = text[begin:place] + rest[: max(1, end - place)]
            top[data] = top.get(data, 0.0) + probability / reached.get(label, 1.0)
        written = 1.0 - sum(top.values())
        for label in {b.label for b in here}:
            reached[label] = reached.get(label, 1.0) * written
        listed = [_entry(data, p) for data, p in {match.group(): written, **top}.items()]
        tokens.append({**_entry(match.group(), written), "top_logprobs": listed})
    return tokens


def _branches(text: bytes, *, sure: float, others: dict[str, list[str]]) -> Iterator[_Branch]:
    for label, match in enumerate(re.finditer(rb'"label": ("(?:[^"\\]|\\.)*"|[a-z0-9]+)', text)):
        written = match.group(1)
        instead = others.get(written.decode(), [])
        for other in instead:
            full = other.encode() + b","
            same = next(i for i, (x, y) in enumerate(zip(written + b",", full, strict=False)) if x != y)
            yield _Branch(match.start(1) + same, full[same:], (1 - sure) / len(instead), label)


def _entry(data: bytes, probability: float) -> dict[str, Any]:
    logprob = math.log(probability) if probability > 0 else -9999.0
    return {"token": data.decode("utf-8", "replace"), "bytes": list(data), "logprob": logprob}
