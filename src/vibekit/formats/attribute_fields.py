"""The fields of a definition, each read from its YAML node and checked against the kind."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from vibekit.core.attribute import (
    Change,
    Choice,
    EdgeCase,
    Example,
    Kind,
    Label,
    Modality,
    SignalWeights,
)
from vibekit.core.signals import Signal
from vibekit.errors import did_you_mean

if TYPE_CHECKING:
    from vibekit.formats.yaml_node import Node

NAME_PATTERN = "[a-z][a-z0-9_]{0,63}"
ABSTAIN = "abstain"
MAX_WEIGHT = 100.0
MAX_STEP = 1000

_YAML_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
_EXPRESSION_WORDS = ("and", "or", "not", "all", "any", "none")
_COLUMNS = ("abstain", "label", "attribute", "video", "video_id", "path", "rater")
_DEVICES = ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)))

RESERVED_NAMES = frozenset((*_YAML_WORDS, *_EXPRESSION_WORDS, *_COLUMNS, *_DEVICES))
"""Names that YAML, restrictions, tables of labels or Windows read as something else."""

RESERVED_LABELS = frozenset({ABSTAIN, "true", "false", "null"})


def read_name(node: Node) -> str:
    """Return a name that is safe as a file name, a column and a word in expressions."""
    name = node.text()
    problem = name_problem(name)
    if problem:
        raise node.error(problem, hint="use lower-case letters, digits and _, beginning with a letter")
    return name


def name_problem(name: str) -> str:
    """Say why a name cannot name an attribute; empty when it can."""
    if not re.fullmatch(NAME_PATTERN, name):
        return f"'{name}' is not a name for an attribute"
    return f"the name '{name}' is reserved" if name in RESERVED_NAMES else ""


def read_modalities(node: Node) -> tuple[Modality, ...]:
    """Return what may be looked at; at least one, none twice."""
    items = node.sequence()
    if not items:
        raise node.error("name at least one", hint=f"one or more of: {', '.join(Modality)}")
    return _distinct([(item, item.choice(Modality)) for item in items])


def read_scale(node: Node) -> tuple[Choice, ...]:
    """Return the steps of an ordinal attribute, in rising order."""
    steps: list[Choice] = []
    for key, meaning in node.pairs():
        step = key.integer(minimum=-MAX_STEP, maximum=MAX_STEP)
        if steps and step <= int(steps[-1].label):
            raise key.error(f"step {step} stands after step {steps[-1].label}", hint="write the steps in rising order")
        steps.append(Choice(label=step, meaning=_meaning(meaning)))
    if len(steps) < 2:
        raise node.error("a scale has two steps or more")
    return tuple(steps)


def read_labels(node: Node) -> tuple[Choice, ...]:
    """Return the labels of a categorical attribute; two or more, no two alike."""
    choices: list[Choice] = []
    for item in node.sequence():
        keys = item.mapping(("label", "meaning"), required=("label",))
        label = _label_name(keys["label"])
        if any(label.casefold() == str(c.label).casefold() for c in choices):
            raise keys["label"].error(f"the label '{label}' is there already")
        choices.append(Choice(label=label, meaning=_meaning(keys["meaning"]) if "meaning" in keys else ""))
    if len(choices) < 2:
        raise node.error("two labels or more are needed")
    return tuple(choices)


def read_edge_cases(node: Node, *, kind: Kind, allowed: tuple[Label, ...]) -> tuple[EdgeCase, ...]:
    """Return the rulings on hard cases."""
    cases = []
    for item in node.sequence():
        keys = item.mapping(("case", "label", "why"), required=("case", "label", "why"))
        label = read_label(keys["label"], kind=kind, allowed=allowed)
        cases.append(EdgeCase(case=keys["case"].text(), label=label, why=keys["why"].text()))
    return tuple(cases)


def read_examples(node: Node, *, kind: Kind, allowed: tuple[Label, ...]) -> tuple[Example, ...]:
    """Return the adjudicated precedents."""
    examples = []
    for item in node.sequence():
        keys = item.mapping(("video", "label", "why"), required=("video", "label", "why"))
        label = read_label(keys["label"], kind=kind, allowed=allowed)
        examples.append(Example(video=keys["video"].text(), label=label, why=keys["why"].text()))
    return tuple(examples)


def read_label(node: Node, *, kind: Kind, allowed: tuple[Label, ...]) -> Label | None:
    """Return a label that the kind allows; None for ``abstain`` and ``null``."""
    if node.is_null:
        if not node.raw:
            raise node.error("the label is missing", hint=f"write one of {_shown(allowed)}, or {ABSTAIN}")
        return None
    if node.kind == "scalar" and node.raw == ABSTAIN:
        return None
    if kind is Kind.BINARY:
        return node.boolean()
    label: Label = node.integer() if kind is Kind.ORDINAL else node.text()
    if label not in allowed:
        hint = did_you_mean(str(label), [str(a) for a in allowed])
        raise node.error(f"'{label}' is not a label of this attribute ({_shown(allowed)})", hint=hint)
    return label


def read_changelog(node: Node) -> tuple[Change, ...]:
    """Return what changed, when and why."""
    changes = []
    for item in node.sequence():
        keys = item.mapping(("version", "date", "why"), required=("version", "date", "why"))
        version = keys["version"].integer(minimum=1)
        changes.append(Change(version=version, date=keys["date"].date(), why=keys["why"].text()))
    return tuple(changes)


def read_signals(node: Node, *, kind: Kind, allowed: tuple[Label, ...]) -> tuple[SignalWeights, ...]:
    """Return the rules of the built-in annotator; none when the mapping is empty."""
    if not node.pairs():
        return ()
    if kind is not Kind.CATEGORICAL:
        rules = [_rule(node, label=None)]
    else:
        labels = [str(label) for label in allowed]
        found = node.mapping(labels)
        missing = [label for label in labels if label not in found]
        if missing:
            raise node.error(f"no rule for the label '{missing[0]}', so it could never win", hint="one rule a label")
        rules = [_rule(found[label], label=label) for label in found]
    if not any(rule.weights for rule in rules):
        raise node.error("a bias alone would give every video the same label", hint="add a signal, or leave it out")
    return tuple(rules)


def _rule(node: Node, *, label: str | None) -> SignalWeights:
    keys = node.mapping(("bias", *Signal))
    values = {key: value.number(minimum=-MAX_WEIGHT, maximum=MAX_WEIGHT) for key, value in keys.items()}
    bias = values.pop("bias", 0.0)
    return SignalWeights(label=label, bias=bias, weights=tuple((Signal(key), w) for key, w in values.items()))


def _label_name(node: Node) -> str:
    label = node.text()
    fine = label[0].isalpha() and len(label) <= 64 and all(c.isalnum() or c in " _-" for c in label)
    if not fine or unicodedata.normalize("NFC", label) != label:
        raise node.error(
            f"'{label}' cannot be a label", hint="a letter, then letters, digits, spaces, _ or -; up to 64"
        )
    if label.casefold() in RESERVED_LABELS:
        raise node.error(f"'{label}' cannot be a label: the word means something else already")
    return label


def _meaning(node: Node) -> str:
    return "" if node.is_null else node.text(empty=True)


def _distinct(pairs: list[tuple[Node, Modality]]) -> tuple[Modality, ...]:
    seen: list[Modality] = []
    for node, value in pairs:
        if value in seen:
            raise node.error(f"'{value}' stands twice")
        seen.append(value)
    return tuple(seen)


def _shown(allowed: tuple[Label, ...]) -> str:
    return ", ".join(str(label).lower() if isinstance(label, bool) else str(label) for label in allowed)
