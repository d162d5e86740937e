"""The file that ``vibekit attributes new`` writes: every key, with a comment that says what to put there."""

from __future__ import annotations

from vibekit.core.attribute import Kind
from vibekit.formats.attribute_text import SCHEMA_LINE

_HEAD = """\
# Write it for a stranger who sees the video once. Then: vibekit attributes check {name}
name: {name}
version: 1
title: {title}
kind: {kind}

# One question, answered by looking and listening. Not two in one.
question: {question}

# Three to six sentences: what it is, how one sees or hears it, and what decides when in doubt.
definition: >-
  Replace this text by what the attribute means.

{choices}# What counts, one observable case a line.
include:
  - Replace this by a case that counts.

# What looks like it and does not count. Most wrong labels come from here.
exclude:
  - Replace this by a case that does not count.

# Cases on which two people disagreed, the ruling, and the reason that carries over to the next one.
# label: {label_hint}, or abstain (it cannot be told).
edge_cases:
  - case: Replace this by a hard case.
    label: {first}
    why: Replace this by the reason.
  - case: Replace this by a hard case that goes the other way.
    label: {second}
    why: Replace this by the reason.

# What may be looked at and listened to.
modalities: [frames, audio, text]

# Outside the fingerprint from here on: a change does not ask about any video again.
# threshold: probability from which later stages count it as present; never used to label.
threshold: 0.5
owner: ""
changelog:
  - version: 1
    date: {date}
    why: First draft.

# Weights for the built-in annotator, which needs no key; it abstains when there are none. Signals: motion, cut_rate,
# brightness, colourfulness, contrast, loudness, dynamics, onset_rate, speech_share.
# signals:
{signals}"""

_SCALE = """\
# The steps, rising, each with what one sees at that step.
scale:
  1: Replace this by what the lowest step looks like.
  2: Replace this by what the middle looks like.
  3: Replace this by what the highest step looks like.

"""

_LABELS = """\
# The answers, each with when it applies; keep one for "none of these".
labels:
  - label: first
    meaning: Replace this by when it applies.
  - label: second
    meaning: Replace this by when it applies.
  - label: other
    meaning: None of the others applies.

"""

_RULE = "#   bias: 0.0\n#   motion: -1.0\n#   loudness: -0.5\n"
_RULES = "".join(f"#   {label}: {{bias: 0.0, motion: 0.5}}\n" for label in ("first", "second", "other"))


def skeleton(name: str, kind: Kind, *, date: str) -> str:
    """Return a definition that is valid and that ``check`` still complains about until it is filled in.

    Args:
        name: Name of the attribute.
        kind: Which answers it allows.
        date: Of the first changelog entry, ``YYYY-MM-DD``.
    """
    words = name.replace("_", " ")
    questions = {
        Kind.BINARY: f"Is this video {words}?",
        Kind.ORDINAL: f"How far up the scale of {words} is this video?",
        Kind.CATEGORICAL: f"Which {words} does this video have?",
    }
    labels = {
        Kind.BINARY: ("true or false", "true", "false"),
        Kind.ORDINAL: ("a step of the scale", "1", "3"),
        Kind.CATEGORICAL: ("one of the labels", "first", "second"),
    }
    hint, first, second = labels[kind]
    choices = {Kind.BINARY: "", Kind.ORDINAL: _SCALE, Kind.CATEGORICAL: _LABELS}
    return SCHEMA_LINE + _HEAD.format(
        name=name,
        title=words.capitalize(),
        kind=str(kind),
        question=questions[kind],
        choices=choices[kind],
        label_hint=hint,
        first=first,
        second=second,
        date=date,
        signals=_RULES if kind is Kind.CATEGORICAL else _RULE,
    )
