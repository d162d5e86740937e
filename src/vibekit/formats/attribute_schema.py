"""The JSON Schema of a definition, for editors that complete and check while one types."""

from __future__ import annotations

import json
from typing import Any

from vibekit.core.attribute import Kind, Modality
from vibekit.core.signal_scale import SIGNAL_INFO
from vibekit.formats.attribute import REQUIRED
from vibekit.formats.attribute_fields import ABSTAIN, MAX_STEP, MAX_WEIGHT, NAME_PATTERN, RESERVED_NAMES
from vibekit.formats.attribute_text import SCHEMA_FILE, SCHEMA_LINE

__all__ = ["SCHEMA_FILE", "SCHEMA_LINE", "attribute_schema", "schema_text"]

Schema = dict[str, Any]

# a letter, then letters, digits, spaces, _ and -; written by what is left out, for \w and \p differ between readers
_LABEL_NAME = r"^[^\x00-@\[-`{-\x7f][^\x00-\x1f!-,./:-@\[-^`{-\x7f]{0,63}$"
_STEP = r"^[-+]?(0|[1-9][0-9]{0,3})$"
_ABSTAINS: Schema = {"enum": [None, ABSTAIN]}


def schema_text() -> str:
    """Return the schema as it is written to a file."""
    return json.dumps(attribute_schema(), indent=2, ensure_ascii=False) + "\n"


def attribute_schema() -> Schema:
    """Return the schema (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "vibekit attribute",
        "description": "What is judged, in words that a stranger could apply.",
        "type": "object",
        "additionalProperties": False,
        "required": list(REQUIRED),
        "properties": _properties(),
        "allOf": [_binary(), _ordinal(), _categorical()],
    }


def _properties() -> Schema:
    return {
        "name": {
            "type": "string",
            "pattern": f"^{NAME_PATTERN}$",
            "not": {"enum": sorted(RESERVED_NAMES)},
            "description": "The file's name without .yaml.",
        },
        "version": _integer("Counted up by the owner with every change; outside the fingerprint.", 1, 10**6),
        "title": _text("Display name; the annotator sees it."),
        "kind": {"enum": [str(k) for k in Kind], "description": "Which answers are allowed."},
        "question": _text("The one question that an annotator answers."),
        "definition": _text("What the attribute means, in full sentences."),
        "include": _texts("What counts."),
        "exclude": _texts("What does not count, though it looks like it."),
        "edge_cases": _rulings("Rulings on hard cases.", "case"),
        "labels": _labels(),
        "scale": _scale(),
        "modalities": {
            "type": "array",
            "items": {"enum": [str(m) for m in Modality]},
            "minItems": 1,
            "uniqueItems": True,
            "description": "What an annotator may look at.",
        },
        "threshold": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "Probability from which later stages count the attribute as present; never used to label.",
        },
        "examples": _rulings("Adjudicated precedents.", "video"),
        "signals": {"type": "object", "description": "Weights for the built-in annotator; it abstains without them."},
        "owner": {"type": "string", "description": "Who answers for the definition."},
        "changelog": _changelog(),
    }


def _text(description: str) -> Schema:
    return {"type": "string", "pattern": r"\S", "description": description}


def _texts(description: str) -> Schema:
    return {"type": "array", "items": {"type": "string", "pattern": r"\S"}, "description": description}


def _integer(description: str, minimum: int, maximum: int) -> Schema:
    return {"type": "integer", "minimum": minimum, "maximum": maximum, "description": description}


def _object(properties: Schema, *, required: list[str], description: str = "") -> Schema:
    said = {"description": description} if description else {}
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties, **said}


def _rulings(description: str, subject: str) -> Schema:
    keys = {
        subject: _text("A hard case." if subject == "case" else "A video: title, id or file."),
        "label": {"description": f"An allowed label, or {ABSTAIN}."},
        "why": _text("The reason, which is what carries over to other videos."),
    }
    return {"type": "array", "items": _object(keys, required=list(keys)), "description": description}


def _labels() -> Schema:
    name = {
        "type": "string",
        "pattern": _LABEL_NAME,
        "not": {"pattern": "^([Aa][Bb][Ss][Tt][Aa][Ii][Nn]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Nn][Uu][Ll][Ll])$"},
    }
    item = _object({"label": name, "meaning": {"type": ["string", "null"]}}, required=["label"])
    return {"type": "array", "items": item, "minItems": 2, "description": "The answers of a categorical attribute."}


def _scale() -> Schema:
    return {
        "type": "object",
        "patternProperties": {_STEP: {"type": ["string", "null"]}},
        "additionalProperties": False,
        "minProperties": 2,
        "description": f"The steps of an ordinal attribute: whole number (up to {MAX_STEP}) to meaning, rising.",
    }


def _changelog() -> Schema:
    keys = {
        "version": {"type": "integer", "minimum": 1},
        "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "why": _text("What changed and why."),
    }
    return {"type": "array", "items": _object(keys, required=list(keys)), "description": "What changed when and why."}


def _rule() -> Schema:
    weight = {"type": "number", "minimum": -MAX_WEIGHT, "maximum": MAX_WEIGHT}
    signals = {
        str(signal): {**weight, "description": f"{info.meaning} ({info.unit})"} for signal, info in SIGNAL_INFO.items()
    }
    bias = {**weight, "description": "Added to the weighted sum."}
    return _object({"bias": bias, **signals}, required=[])


def _binary() -> Schema:
    return _when(Kind.BINARY, {"type": "boolean"}, signals=_rule(), forbidden=["labels", "scale"])


def _ordinal() -> Schema:
    rest = _when(Kind.ORDINAL, {"type": "integer"}, signals=_rule(), forbidden=["labels"])
    rest["then"]["required"] = ["scale"]
    return rest


def _categorical() -> Schema:
    rules = {"type": "object", "additionalProperties": _rule()}
    rest = _when(Kind.CATEGORICAL, {"type": "string"}, signals=rules, forbidden=["scale"])
    rest["then"]["required"] = ["labels"]
    return rest


def _when(kind: Kind, label: Schema, *, signals: Schema, forbidden: list[str]) -> Schema:
    ruled = {"items": {"properties": {"label": {"anyOf": [label, _ABSTAINS]}}}}
    properties: Schema = {"edge_cases": ruled, "examples": ruled, "signals": signals}
    properties |= {key: False for key in forbidden}
    is_kind = {"properties": {"kind": {"const": str(kind)}}, "required": ["kind"]}
    return {"if": is_kind, "then": {"properties": properties}}
