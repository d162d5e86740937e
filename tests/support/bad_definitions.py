"""Small definitions of every kind, and what must be refused."""

from __future__ import annotations

HEAD = "name: x\nversion: 1\ntitle: X\nkind: {kind}\nquestion: Is it?\ndefinition: It is.\n"
ORDINAL = HEAD.format(kind="ordinal") + "scale:\n  1: low\n  2: mid\n  5: high\n"
CATEGORICAL = HEAD.format(kind="categorical") + "labels:\n  - {label: calm, meaning: slow}\n  - {label: upbeat}\n"
BINARY = HEAD.format(kind="binary")

BAD = {
    "no such kind": BINARY.replace("binary", "binry"),
    "a version below 1": BINARY.replace("version: 1", "version: 0"),
    "a boolean title": BINARY.replace("title: X", "title: no"),
    "an empty question": BINARY.replace("Is it?", '""'),
    "a missing definition": BINARY.replace("definition: It is.\n", ""),
    "an unknown key": BINARY + "lables: []\n",
    "an upper-case name": BINARY.replace("name: x", "name: Calm"),
    "a name with a path": BINARY.replace("name: x", "name: ../x"),
    "a reserved name": BINARY.replace("name: x", "name: video_id"),
    "a name kept for a device": BINARY.replace("name: x", "name: con"),
    "a long name": BINARY.replace("name: x", "name: " + "x" * 65),
    "labels on binary": BINARY + "labels: [{label: a}, {label: b}]\n",
    "a scale on binary": BINARY + "scale: {1: a, 2: b}\n",
    "a scale on categorical": CATEGORICAL + "scale: {1: a, 2: b}\n",
    "no scale": HEAD.format(kind="ordinal"),
    "no labels": HEAD.format(kind="categorical"),
    "a scale of one step": HEAD.format(kind="ordinal") + "scale: {1: a}\n",
    "a scale of words": HEAD.format(kind="ordinal") + "scale: {low: a, high: b}\n",
    "one label": HEAD.format(kind="categorical") + "labels: [{label: a}]\n",
    "a label with a comma": HEAD.format(kind="categorical") + 'labels: [{label: "a,b"}, {label: c}]\n',
    "a label called abstain": HEAD.format(kind="categorical") + "labels: [{label: abstain}, {label: c}]\n",
    "a label called True": HEAD.format(kind="categorical") + 'labels: [{label: "True"}, {label: c}]\n',
    "a boolean label": HEAD.format(kind="categorical") + "labels: [{label: no}, {label: c}]\n",
    "a numeric label": HEAD.format(kind="categorical") + 'labels: [{label: "1"}, {label: c}]\n',
    "labels as words": HEAD.format(kind="categorical") + "labels: [a, b]\n",
    "a threshold above 1": BINARY + "threshold: 1.1\n",
    "a threshold in words": BINARY + "threshold: high\n",
    "no modality": BINARY + "modalities: []\n",
    "an unknown modality": BINARY + "modalities: [video]\n",
    "a modality twice": BINARY + "modalities: [audio, audio]\n",
    "an inclusion that is a mapping": BINARY + "include:\n  - People: at work\n",
    "an inclusion that is a boolean": BINARY + "include: [no]\n",
    "a ruling without a reason": BINARY + "edge_cases: [{case: c, label: true}]\n",
    "a ruling with a new key": BINARY + "edge_cases: [{case: c, label: true, why: w, note: n}]\n",
    "an unknown signal": BINARY + "signals: {bias: 0, motoin: 1}\n",
    "a weight in words": BINARY + "signals: {motion: high}\n",
    "an infinite weight": BINARY + "signals: {motion: .inf}\n",
    "rules by label on binary": BINARY + "signals: {calm: {motion: 1}}\n",
    "a changelog without a date": BINARY + "changelog: [{version: 1, why: w}]\n",
    "a date in words": BINARY + "changelog: [{version: 1, date: today, why: w}]\n",
    "a list": "- a\n- b\n",
    "a word": "calming\n",
}
"""Files that the parser and the JSON Schema both refuse."""

ONLY_PARSER = {
    "an unknown label with a rule": CATEGORICAL + "signals: {calm: {motion: 1}, upbeet: {motion: 1}}\n",
    "falling steps": HEAD.format(kind="ordinal") + "scale: {2: a, 1: b}\n",
    "two labels alike": HEAD.format(kind="categorical") + "labels: [{label: a}, {label: A}]\n",
    "a decomposed label": HEAD.format(kind="categorical") + 'labels: [{label: "cafe\u0301"}, {label: c}]\n',
    "a label that nobody can get": CATEGORICAL + "signals: {calm: {motion: 1}}\n",
    "a bias alone": BINARY + "signals: {bias: 1.0}\n",
    "a day that is none": BINARY + "changelog: [{version: 1, date: 2026-02-30, why: w}]\n",
    "an octal version": BINARY.replace("version: 1", "version: 010"),
}
"""Files that only the parser can refuse."""
