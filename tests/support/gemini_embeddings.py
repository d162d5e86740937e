"""What the loopback server answers to batchEmbedContents: a vector that depends on the message alone."""

from __future__ import annotations

import hashlib
import json
from random import Random
from typing import Any


def reply(body: dict[str, Any], *, fault: str) -> dict[str, Any]:
    """Build the body of a 200; faults: ``none``, ``two``, ``short``, ``zeros``."""
    made = [_vector(request) for request in body["requests"]]
    if fault == "none":
        made = []
    if fault == "two":
        made = made * 2
    if fault == "short":
        made = [{"values": vector["values"][:-1]} for vector in made]
    if fault == "zeros":
        made = [{"values": [0.0] * len(vector["values"])} for vector in made]
    return {"embeddings": made, "usageMetadata": {"promptTokenCount": 258 * len(made)}}


def _vector(request: dict[str, Any]) -> dict[str, list[float]]:
    seed = hashlib.sha256(json.dumps(request["content"], sort_keys=True).encode()).hexdigest()
    random = Random(seed)
    return {"values": [round(random.gauss(0, 1), 7) for _ in range(request.get("outputDimensionality") or 3072)]}
