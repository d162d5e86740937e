"""YAML as vibekit writes it: keys in the order given, long texts folded, whatever a reader could mistake quoted."""

from __future__ import annotations

import re
from typing import Any

import yaml

WIDTH = 100
_FOLD_FROM = 84
_FOLDABLE = re.compile(r"[^\s#]\S*( \S+)+")
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")


class OneLine(list[Any]):
    """A list that is written as ``[a, b]``."""


def yaml_text(document: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return JSON values as YAML that ``strict_yaml`` reads."""
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False
    )


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, never writes aliases, folds long texts, quotes what a reader could mistake."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _EXPONENT.fullmatch(text):
        style = '"'
    elif len(text) > _FOLD_FROM and _FOLDABLE.fullmatch(text):
        style = ">"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _one_line(dumper: yaml.SafeDumper, items: OneLine) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(OneLine, _one_line)
