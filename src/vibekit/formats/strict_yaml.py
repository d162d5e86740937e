"""YAML without surprises: no duplicate keys, no aliases, no tags, one document, and a line for every error.

The parser's events are turned into ``Node`` objects; no Python object is ever built from a tag, and since
aliases are refused a small file cannot grow into a large document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from yaml.resolver import Resolver

from vibekit.errors import InputError
from vibekit.formats.yaml_node import Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MAX_BYTES", "Node", "Scalar", "load", "read"]

MAX_BYTES = 1 << 18
"""Largest file that is read; a definition has a few kilobytes."""

MAX_DEPTH = 20
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]{1,3}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_TAG_PREFIX = "tag:yaml.org,2002:"


def read(path: Path, *, max_bytes: int = MAX_BYTES) -> Node:
    """Read a YAML file.

    Raises:
        InputError: It cannot be read, is too large, empty, not UTF-8 or not the YAML that ``load`` takes.
    """
    try:
        # opening a named pipe would wait for ever
        if path.exists() and not path.is_file():
            raise InputError("not a file", path=path)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError as exc:
        raise InputError("no such file", path=path) from exc
    except OSError as exc:
        raise InputError(f"cannot be read: {exc.strerror or exc}", path=path) from exc
    if len(data) > max_bytes:
        raise InputError(f"larger than {max_bytes // 1024} KiB; is this the right file?", path=path)
    return load(_decode(data, path=path), path=str(path))


def load(text: str, *, path: str = "<text>", first_line: int = 1) -> Node:
    """Read one YAML document.

    Args:
        text: The document.
        path: Named in errors.
        first_line: Line of the file on which ``text`` begins (for a header inside another file).

    Raises:
        InputError: Malformed, empty, several documents, too deep; a duplicate key, an anchor, a tag.
    """
    return _Builder(text, path=path, offset=first_line).document()


def _decode(data: bytes, *, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise InputError("not UTF-8 text", path=path, line=line, hint="save the file as UTF-8") from exc


_Entries = tuple[tuple[Node, Node], ...]


_CUT = re.compile(r"[ \t]+#\w")


class _Builder:
    """Turns the events of one document into nodes."""

    def __init__(self, text: str, *, path: str, offset: int) -> None:
        self._text = text
        self._path = path
        self._offset = offset
        self._resolver = Resolver()

    def document(self) -> Node:
        """Return the only document's root."""
        try:
            return self._document(self._events())
        except yaml.MarkedYAMLError as exc:
            raise self._syntax(exc) from exc
        except yaml.reader.ReaderError as exc:
            line = self._text.count("\n", 0, max(exc.position, 0)) + self._offset
            raise self._error("a character that YAML does not allow", line) from exc
        except (ValueError, OverflowError) as exc:
            # The parser turns a \U escape beyond Unicode into chr() and says neither line nor YAMLError.
            raise InputError(f"not valid YAML: {exc}", path=self._path) from exc

    def _events(self) -> Iterator[yaml.Event]:
        for event in yaml.parse(self._text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise self._at(event, "anchors (&) and aliases (*) are refused", "write the text out; quote it")
            if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None):
                raise self._at(event, "tags (!) are not allowed", "quote the text if it begins with '!'")
            yield event

    def _document(self, events: Iterator[yaml.Event]) -> Node:
        next(events)
        start = next(events)
        if isinstance(start, yaml.StreamEndEvent):
            raise InputError("the file is empty", path=self._path)
        root = self._node(next(events), events, name="", depth=0)
        next(events)
        end = next(events)
        if not isinstance(end, yaml.StreamEndEvent):
            raise self._at(end, "a second document (---) begins here", "one document a file")
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], *, name: str, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._at(event, f"nested more than {MAX_DEPTH} levels deep", "")
        line = self._line(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items = self._items(events, name=name, depth=depth)
            return Node(path=self._path, line=line, name=name, kind="list", items=items)
        if isinstance(event, yaml.MappingStartEvent):
            entries = self._entries(events, name=name, depth=depth)
            return Node(path=self._path, line=line, name=name, kind="mapping", entries=entries)
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event, name=name)

    def _items(self, events: Iterator[yaml.Event], *, name: str, depth: int) -> tuple[Node, ...]:
        items: list[Node] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, name=f"{name}[{len(items) + 1}]", depth=depth + 1))
        return tuple(items)

    def _entries(self, events: Iterator[yaml.Event], *, name: str, depth: int) -> _Entries:
        entries: list[tuple[Node, Node]] = []
        seen: dict[str, int] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._at(event, "a key must be one word or number", 'quote braces: "{...}"')
            key = self._scalar(event, name="")
            if key.raw in seen:
                raise self._error(f"duplicate key '{key.raw}' (first on line {seen[key.raw]})", key.line)
            seen[key.raw] = key.line
            inner = f"{name}.{key.raw}" if name else key.raw
            entries.append((key, self._node(next(events), events, name=inner, depth=depth + 1)))
        return tuple(entries)

    def _scalar(self, event: yaml.ScalarEvent, *, name: str) -> Node:
        raw = event.value
        if _CONTROL.search(raw):
            raise self._at(event, "a control character in the text", "remove the escape")
        tag = self._tag(raw) if event.implicit[0] else "str"
        if (
            tag == "str"
            and event.style is None
            and _CUT.match(self._text, event.end_mark.index if event.end_mark else 0)
        ):
            raise self._at(event, "YAML takes the text after ' #' for a comment", "quote the text; a comment is '# '")
        if tag == "merge":
            raise self._at(event, "merge keys (<<) are not allowed", "write the keys out")
        return Node(path=self._path, line=self._line(event), name=name, kind="scalar", raw=raw, tag=tag)

    def _tag(self, raw: str) -> str:
        tag = self._resolver.resolve(yaml.ScalarNode, raw, (True, False)).removeprefix(_TAG_PREFIX)  # type: ignore[no-untyped-call]
        if tag == "value":
            return "str"
        return "exponent" if tag == "str" and _EXPONENT.fullmatch(raw) else str(tag)

    def _syntax(self, exc: yaml.MarkedYAMLError) -> InputError:
        marks = [mark for mark in (exc.problem_mark, exc.context_mark) if mark is not None]
        problem = " ".join(str(exc.problem or exc.context or "malformed").split())
        hint = "quote text that holds ': ' or begins with one of - ? : , [ ] { } # & * ! | > ' \" % @ `"
        if "\\t" in problem:
            problem, hint = "a tab where YAML wants spaces", "indent with spaces, never with tabs"
        line = marks[0].line if marks else 0
        return self._error(f"not valid YAML: {problem}", line + self._offset, hint=hint)

    def _line(self, event: yaml.Event) -> int:
        return self._offset + (event.start_mark.line if event.start_mark is not None else 0)

    def _at(self, event: yaml.Event, message: str, hint: str) -> InputError:
        return self._error(message, self._line(event), hint=hint)

    def _error(self, message: str, line: int, *, hint: str = "") -> InputError:
        return InputError(message, path=self._path, line=line, hint=hint)
