"""The one way to write a definition down: keys in a fixed order, long texts folded, defaults left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vibekit.core.attribute import Kind
from vibekit.formats.yaml_text import OneLine, yaml_text

if TYPE_CHECKING:
    from vibekit.core.attribute import Attribute, Label, SignalWeights

SCHEMA_FILE = "attribute.schema.json"
"""Where editors look for the schema: beside the definition."""

SCHEMA_LINE = f"# yaml-language-server: $schema=./{SCHEMA_FILE}\n"


def write_attribute(attribute: Attribute) -> str:
    """Return the definition as YAML, with the line by which editors find the schema."""
    return SCHEMA_LINE + yaml_text(document(attribute))


def document(attribute: Attribute) -> dict[str, Any]:
    """Return the definition as the keys and values of its file, without those that say what is assumed anyway."""
    full = {
        "name": attribute.name,
        "version": attribute.version,
        "title": attribute.title,
        "kind": str(attribute.kind),
        "question": attribute.question,
        "definition": attribute.definition,
        **_choices(attribute),
        "include": list(attribute.include),
        "exclude": list(attribute.exclude),
        "edge_cases": [{"case": e.case, "label": _label(e.label), "why": e.why} for e in attribute.edge_cases],
        "modalities": OneLine(str(m) for m in attribute.modalities),
        "threshold": attribute.threshold,
        "examples": [{"video": e.video, "label": _label(e.label), "why": e.why} for e in attribute.examples],
        "signals": _signals(attribute.signals),
        "owner": attribute.owner,
        "changelog": [{"version": c.version, "date": c.date, "why": c.why} for c in attribute.changelog],
    }
    return {key: value for key, value in full.items() if value not in ([], {}, "")}


def _label(label: Label | None) -> Label:
    return "abstain" if label is None else label


def _choices(attribute: Attribute) -> dict[str, Any]:
    match attribute.kind:
        case Kind.ORDINAL:
            return {"scale": {c.label: c.meaning for c in attribute.choices}}
        case Kind.CATEGORICAL:
            return {"labels": [{"label": c.label, "meaning": c.meaning} for c in attribute.choices]}
        case _:
            return {}


def _signals(rules: tuple[SignalWeights, ...]) -> dict[str, Any]:
    written = {rule.label: {"bias": rule.bias, **{str(s): w for s, w in rule.weights}} for rule in rules}
    return written[None] if None in written else {str(label): rule for label, rule in written.items()}
