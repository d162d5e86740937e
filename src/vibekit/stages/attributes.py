"""``vibekit attributes list | show | new | schema``: finding, reading and starting definitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vibekit.core.attribute import Kind
from vibekit.errors import InputError
from vibekit.formats.atomic import write_text
from vibekit.formats.attribute import SUFFIX, read_attribute
from vibekit.formats.attribute_fields import name_problem
from vibekit.formats.attribute_schema import SCHEMA_FILE, attribute_schema, schema_text
from vibekit.formats.attribute_skeleton import skeleton
from vibekit.formats.attribute_text import document
from vibekit.formats.library import DEFAULT_FOLDER, Listed, find_attribute, list_attributes, user_folder
from vibekit.formats.shipped import shipped_dir

if TYPE_CHECKING:
    from vibekit.core.attribute import Attribute
    from vibekit.formats.library import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the list.

    Attributes:
        name: Name.
        kind: Empty when the file is wrong, as are title and fingerprint.
        version: 0 when the file is wrong.
        title: Display name.
        fingerprint: 16 hex digits.
        origin: The user's, or ready-made.
        path: The file.
        problem: What is wrong with the file; empty when nothing is.
    """

    name: str
    kind: str
    version: int
    title: str
    fingerprint: str
    origin: Origin
    path: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReport:
    """Every definition that can be used by its name."""

    attributes: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReport:
    """One definition.

    Attributes:
        path: Its file.
        fingerprint: 16 hex digits.
        definition: Keys and values as in the file.
        text: The file as it is, comments included.
    """

    path: str
    fingerprint: str
    definition: dict[str, Any]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConfig:
    """What to start.

    Attributes:
        name: Name of the attribute.
        kind: Which answers it allows.
        folder: Where to write; None for ``./attributes``, which is made when it is not there.
    """

    name: str
    kind: Kind = Kind.BINARY
    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """What was written.

    Attributes:
        path: The definition.
        schema: The schema beside it, for editors.
        hides: File of the ready-made definition that this one now stands in for; empty when there is none.
    """

    path: str
    schema: str
    hides: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaReport:
    """The JSON Schema, and the file that it was written to (empty when to none)."""

    path: str
    schema: dict[str, Any]


def list_definitions(folder: Path | None = None) -> ListReport:
    """List every definition; a broken file is an entry with a problem."""
    return ListReport(attributes=tuple(_entry(listed) for listed in list_attributes(folder)))


def show_definition(name: str, folder: Path | None = None) -> ShowReport:
    """Read one definition.

    Raises:
        InputError: There is no such definition, or it is wrong.
    """
    attribute, path = find_attribute(_just_emptied(name, folder) or name, folder)
    text = path.read_text(encoding="utf-8-sig")
    return ShowReport(path=str(path), fingerprint=attribute.fingerprint, definition=document(attribute), text=text)


def _just_emptied(name: str, folder: Path | None) -> str:
    """Return the ready-made file when the user's is empty.

    With ``show calming --yaml > attributes/calming.yaml`` the shell has emptied that file before we are asked.
    """
    mine, shipped = user_folder(folder), shipped_dir("attributes") / f"{name}{SUFFIX}"
    own = None if mine is None else mine / f"{name}{SUFFIX}"
    empty = own is not None and own.is_file() and own.stat().st_size == 0
    return str(shipped) if empty and shipped.is_file() else ""


def new_definition(config: NewConfig) -> NewReport:
    """Write a commented skeleton, and the schema beside it when it is not there yet.

    Raises:
        InputError: The name cannot be used, or the file is there already.
    """
    problem = name_problem(config.name)
    if problem:
        raise InputError(problem, item=config.name, hint="use lower-case letters, digits and _, such as calm_cooking")
    folder = config.folder or DEFAULT_FOLDER
    path = folder / f"{config.name}{SUFFIX}"
    if path.exists():
        raise InputError("is there already; it is not overwritten", path=path, hint="choose another name, or edit it")
    hidden = [e.path for e in list_attributes() if e.name == config.name and e.path.resolve() != path.resolve()]
    write_text(path, skeleton(config.name, config.kind, date=_today()))
    schema = folder / SCHEMA_FILE
    if not schema.exists():
        write_text(schema, schema_text())
    return NewReport(path=str(path), schema=str(schema), hides=str(hidden[0]) if hidden else "")


def write_schema(out: Path | None = None) -> SchemaReport:
    """Return the schema, and write it to ``out`` when one is given; an old one is replaced."""
    if out is not None:
        write_text(out, schema_text())
    return SchemaReport(path="" if out is None else str(out), schema=attribute_schema())


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _entry(listed: Listed) -> Entry:
    try:
        attribute: Attribute | None = read_attribute(listed.path)
        problem = ""
    except InputError as error:
        attribute, problem = None, error.message
    return Entry(
        name=listed.name,
        kind="" if attribute is None else str(attribute.kind),
        version=0 if attribute is None else attribute.version,
        title="" if attribute is None else attribute.title,
        fingerprint="" if attribute is None else attribute.fingerprint,
        origin=listed.origin,
        path=str(listed.path),
        problem=problem,
    )
