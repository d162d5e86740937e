"""``annotations.jsonl``: one line per outcome; the last line for a key and path wins."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from vibekit.core.annotation import Annotation, Answer, Evidence, ProbabilitySource, Spread, Status, Usage
from vibekit.errors import InputError
from vibekit.formats.jsonl import Line, iter_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vibekit.core.attribute import Label

VERSION = 1

SAMPLE: dict[str, Any] = {
    "key": "0f" * 16,
    "video_id": "6a" * 16,
    "path": "clips/lake.mp4",
    "attribute": "calming",
    "definition": "0123456789abcdef",
    "status": "ok",
    "label": True,
    "probability": 0.91,
    "probability_source": "verbal",
    "rationale": "Slow pan over still water, soft music.",
    "evidence": [{"start_s": 0.0, "end_s": 4.5, "what": "still lake"}],
    "evidence_dropped": 0,
    "reason": "",
    "votes": {},
    "spread": None,
    "annotator": "gemini",
    "model": "gemini-3.8-flash",
    "prompt": "fedcba9876543210",
    "media": "frames n=16 near=0.5 512px q85 pyav",
    "media_verdict": "ok",
    "usage": {"prompt": 5200, "cached": 0, "output": 90, "thoughts": 40, "audio": 0},
    "cost_usd": 0.0044,
    "latency_s": 1.52,
    "attempts": 1,
    "created_at": "2026-11-21T10:00:00Z",
    "duplicate_of": "",
    "recipe": "00112233aabbccdd",
}


def storable(text: str) -> str:
    """Replace lone surrogates, which JSON can hold and Parquet cannot, by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def label_text(label: Label) -> str:
    """Write a label of any kind as text: ``true``, ``3``, a name as it is."""
    return label if isinstance(label, str) else json.dumps(label)


def to_row(a: Annotation) -> dict[str, Any]:
    """Return the JSON object of one line."""
    return {
        "key": a.key,
        "video_id": a.video_id,
        "path": a.path,
        "attribute": a.attribute,
        "definition": a.definition,
        **answer_to_row(a.answer),
        "annotator": a.annotator,
        "model": a.model,
        "prompt": a.prompt,
        "media": a.media,
        "media_verdict": a.media_verdict,
        "usage": asdict(a.usage),
        "cost_usd": a.cost_usd,
        "latency_s": a.latency_s,
        "attempts": a.attempts,
        "created_at": a.created_at,
        "duplicate_of": a.duplicate_of,
        "recipe": a.recipe,
    }


def answer_to_row(answer: Answer) -> dict[str, Any]:
    """Return what was answered as a JSON object: the part of a line that an answer fills."""
    return {
        "status": str(answer.status),
        "label": answer.label,
        "probability": answer.probability,
        "probability_source": str(answer.probability_source) if answer.probability_source else None,
        "rationale": answer.rationale,
        "evidence": [{"start_s": e.start_s, "end_s": e.end_s, "what": e.what} for e in answer.evidence],
        "evidence_dropped": answer.evidence_dropped,
        "reason": answer.reason,
        "votes": dict(answer.votes),
        "spread": asdict(answer.spread) if answer.spread else None,
    }


def answer_from_row(row: dict[str, Any]) -> Answer:
    """Read what was answered; raises KeyError, TypeError or ValueError when it is no answer."""
    source = row.get("probability_source")
    status = Status(row["status"])
    label = row["label"]
    if (status is Status.OK) != (label is not None):
        raise ValueError(f"status {status} with label {json.dumps(label)}")
    return Answer(
        status=status,
        label=label,
        probability=row["probability"],
        probability_source=ProbabilitySource(source) if source else None,
        rationale=row["rationale"],
        evidence=tuple(Evidence(**e) for e in row["evidence"]),
        evidence_dropped=row.get("evidence_dropped", 0),
        reason=row.get("reason", ""),
        votes=tuple(row.get("votes", {}).items()),
        spread=Spread(**spread) if (spread := row.get("spread")) else None,
    )


def from_row(row: dict[str, Any]) -> Annotation:
    """Read one line's object; raises KeyError, TypeError or ValueError when it is not an annotation."""
    return Annotation(
        key=row["key"],
        video_id=row["video_id"],
        path=row["path"],
        attribute=row["attribute"],
        definition=row["definition"],
        answer=answer_from_row(row),
        annotator=row["annotator"],
        model=row["model"],
        prompt=row["prompt"],
        media=row["media"],
        media_verdict=row.get("media_verdict", ""),
        usage=Usage(**row["usage"]),
        cost_usd=row["cost_usd"],
        latency_s=row["latency_s"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        duplicate_of=row.get("duplicate_of", ""),
        recipe=row.get("recipe", ""),
    )


def read_annotations(path: Path, *, warnings: list[str] | None = None) -> Iterator[Annotation]:
    """Read every outcome in file order.

    Raises:
        InputError: A line is not an annotation.
    """
    for line in iter_lines(path, warnings=warnings):
        yield annotation_at(path, line)


def annotation_at(path: Path, line: Line) -> Annotation:
    """Read one line of the file at ``path``.

    Raises:
        InputError: It is not an annotation.
    """
    try:
        return from_row(line.row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"not an annotation: {error!r}", path=path, line=line.number) from error
