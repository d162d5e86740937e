"""``golden.yaml``: which attributes a golden set has labels for, how it was drawn, who looked at its test split."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vibekit import __version__
from vibekit.core.attribute import Kind, Label
from vibekit.core.golden import GoldenAttribute, Use
from vibekit.errors import InputError
from vibekit.formats.atomic import write_text
from vibekit.formats.lock import locked
from vibekit.formats.run import now
from vibekit.formats.strict_yaml import Node, read
from vibekit.formats.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

VERSION = 1
GOLDEN_FILE = "golden.yaml"
LOCK_FILE = ".golden.lock"
MAX_BYTES = 1 << 24
PATIENCE_S = 10.0
"""How long a change waits for another one; each takes milliseconds."""

_KEYS = ("version", "vibekit", "created_at", "attributes", "draw", "uses")
_ATTRIBUTE_KEYS = ("kind", "fingerprint", "accepts", "allowed")
_USE_KEYS = ("ts", "command", "labels", "definitions", "forced")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenFile:
    """The content of ``golden.yaml``.

    Attributes:
        attributes: Name -> what was rated; without the definitions, which lie beside it in ``attributes/``.
        draw: How the sample was drawn; JSON values.
        uses: Looks at the test split.
        created_at: ISO 8601, UTC.
        vibekit: Version that wrote it first.
        version: Of this format.
    """

    attributes: Mapping[str, GoldenAttribute]
    draw: Mapping[str, Any] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    created_at: str = field(default_factory=now)
    vibekit: str = __version__
    version: int = VERSION


SAMPLE = """\
version: 1
vibekit: 0.1.0
created_at: '2026-11-21T10:00:00Z'
attributes:
  calming:
    kind: binary
    fingerprint: 0123456789abcdef
    accepts: []
draw:
  source:
    - clips
  method: random
  seed: 0
  videos: 1200
  drawn: 300
uses:
  - ts: '2026-11-21T12:00:00Z'
    command: score
    labels: runs/r1
    definitions:
      calming: 0123456789abcdef
    forced: false
"""


def write_golden(path: Path, golden: GoldenFile) -> None:
    """Replace ``golden.yaml`` at once.

    Args:
        path: The file.
        golden: Its content.
    """
    write_text(path, yaml_text(_printable(_document(golden))))


def read_golden(path: Path) -> GoldenFile:
    """Read ``golden.yaml``, hand edits included.

    Raises:
        InputError: It is not one (names the line), or a newer vibekit wrote it.
    """
    root = read(path, max_bytes=MAX_BYTES)
    newest = root.mapping().get("version")
    if newest is not None and newest.integer(minimum=1) > VERSION:
        raise newest.error(f"written by a newer vibekit; this one reads {VERSION}", hint="pip install -U vibekit")
    nodes = root.mapping(_KEYS, required=("version", "attributes"))
    attributes = {name: _attribute(name, node) for name, node in nodes["attributes"].mapping().items()}
    if "draw" in nodes and not nodes["draw"].is_null:
        nodes["draw"].pairs()
    return GoldenFile(
        attributes=attributes,
        draw=nodes["draw"].value() or {} if "draw" in nodes else {},
        uses=tuple(_use(node) for node in nodes["uses"].sequence()) if "uses" in nodes else (),
        created_at=nodes["created_at"].text(empty=True) if "created_at" in nodes else "",
        vibekit=nodes["vibekit"].text(empty=True) if "vibekit" in nodes else "",
    )


def change_golden(path: Path, change: Callable[[GoldenFile], GoldenFile]) -> GoldenFile:
    """Read, change and replace ``golden.yaml``; changes of several processes follow one another.

    Args:
        path: The file.
        change: From the present content to the next.

    Raises:
        InputError: It cannot be read, or another process held it for ten seconds.
    """
    with _turn(path.parent / LOCK_FILE):
        changed = change(read_golden(path))
        write_golden(path, changed)
    return changed


def add_use(path: Path, *uses: Use, check: Callable[[tuple[Use, ...]], None] | None = None) -> int:
    """Note looks at the test split; returns how many there are now.

    Args:
        path: The file.
        uses: New looks.
        check: Is shown the looks that are there, another process's too, before the new ones; may refuse by raising.
    """

    def added(golden: GoldenFile) -> GoldenFile:
        if check is not None:
            check(golden.uses)
        return replace(golden, uses=(*golden.uses, *uses))

    return len(change_golden(path, added).uses)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Hold the lock, waiting for whoever holds it now."""
    until = time.monotonic() + PATIENCE_S
    while True:
        lock = locked(path, holder=lambda: "it is changing golden.yaml")
        try:
            lock.__enter__()
        except InputError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
            continue
        try:
            yield
        finally:
            lock.__exit__(None, None, None)
        return


def _document(golden: GoldenFile) -> dict[str, Any]:
    return {
        "version": golden.version,
        "vibekit": golden.vibekit,
        "created_at": golden.created_at,
        "attributes": {name: _attribute_row(a) for name, a in golden.attributes.items()},
        "draw": dict(golden.draw),
        "uses": [
            {
                "ts": use.ts, "command": use.command, "labels": use.labels,
                "definitions": dict(use.definitions), "forced": use.forced,
            }
            for use in golden.uses
        ],
    }  # fmt: skip


def _attribute_row(attribute: GoldenAttribute) -> dict[str, Any]:
    row: dict[str, Any] = {
        "kind": str(attribute.kind),
        "fingerprint": attribute.fingerprint,
        "accepts": list(attribute.accepts),
    }
    return row if attribute.kind is Kind.BINARY else {**row, "allowed": list(attribute.allowed)}


def _attribute(name: str, node: Node) -> GoldenAttribute:
    fields = node.mapping(_ATTRIBUTE_KEYS, required=("kind",))
    kind = fields["kind"].choice(Kind)
    return GoldenAttribute(
        name=name,
        kind=kind,
        allowed=_allowed(node, fields.get("allowed"), kind),
        fingerprint=fields["fingerprint"].text(empty=True) if "fingerprint" in fields else "",
        accepts=fields["accepts"].texts() if "accepts" in fields else (),
    )


def _allowed(attribute: Node, node: Node | None, kind: Kind) -> tuple[Label, ...]:
    if kind is Kind.BINARY:
        return (True, False)
    if node is None:
        raise attribute.error("missing 'allowed'", hint="list the labels in their order: allowed: [1, 2, 3]")
    if kind is Kind.ORDINAL:
        return tuple(item.integer() for item in node.sequence())
    return node.texts()


def _use(node: Node) -> Use:
    fields = node.mapping(_USE_KEYS, required=("ts", "command"))
    definitions = fields["definitions"].mapping() if "definitions" in fields else {}
    return Use(
        ts=fields["ts"].text(),
        command=fields["command"].text(),
        labels=fields["labels"].text(empty=True) if "labels" in fields else "",
        definitions={name: value.text(empty=True) for name, value in definitions.items()},
        forced=fields["forced"].boolean() if "forced" in fields else False,
    )


def _printable(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Escape what YAML cannot hold or a reader would refuse: control characters and lone surrogates, as in names."""
    if isinstance(value, dict):
        return {_printable(key): _printable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(inner) for inner in value]
    if isinstance(value, str):
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in value)
    return value
