"""Settings: code default < vibekit.yaml < ``VIBEKIT_*`` < flag; keys come from the environment only.

``vibekit.yaml`` holds one mapping a command::

    annotate:
      frames: 16
      max_cost: 5.0

The same setting is ``VIBEKIT_FRAMES`` in the environment and ``--frames`` on the command line.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from vibekit.errors import InputError, did_you_mean
from vibekit.formats import strict_yaml
from vibekit.formats.secrets import secret_name, secret_value
from vibekit.formats.setting_type import SettingType, setting_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed import DataclassInstance

    from vibekit.formats.yaml_node import Node

    Settings = TypeVar("Settings", bound=DataclassInstance)

DEFAULT_FILE = Path("vibekit.yaml")
"""Read when it lies in the working folder and no other file is named."""

SECTIONS = ("annotate", "embed", "distill")
"""Commands that have a mapping in ``vibekit.yaml``."""

PREFIX = "VIBEKIT_"
NOT_SETTINGS = frozenset({"VIBEKIT_BENCH_DATA", "VIBEKIT_BENCH_TOOLS", "VIBEKIT_CACHE_DIR"})
"""Variables with our prefix that are no settings."""


def load_settings(
    section: str,
    defaults: Settings,
    *,
    flags: Mapping[str, object],
    env: Mapping[str, str],
    config: Path | None = None,
) -> Settings:
    """Return the settings of one command.

    Args:
        section: The command, and the mapping in ``vibekit.yaml``.
        defaults: A dataclass; its fields name the settings and their types.
        flags: Field name -> value from the command line; None where the flag was not given.
        env: The environment; an empty variable counts as not set.
        config: The settings file; by default ``vibekit.yaml`` of the working folder, if there is one.

    Raises:
        InputError: A value or a key is wrong, or the file holds a secret; names the file and line, variable or flag.
    """
    types = _types(defaults)
    changes: dict[str, Any] = {}
    changes |= _from_file(config, section=section, types=types)
    for name, kind in types.items():
        text = env.get(variable(name), "").strip()
        if text:
            changes[name] = kind.from_text(text, where=variable(name))
    for name, value in flags.items():
        if value is not None:
            changes[name] = types[name].from_flag(value, where=f"--{name.replace('_', '-')}")
    return replace(defaults, **changes)


def variable(name: str) -> str:
    """Return the environment variable of a setting: ``max_cost`` -> ``VIBEKIT_MAX_COST``."""
    return PREFIX + name.upper()


def unknown_variables(env: Mapping[str, str], known: Iterable[str]) -> tuple[str, ...]:
    """Return one warning for each ``VIBEKIT_*`` variable that nothing reads; values are never shown.

    Args:
        env: The environment.
        known: Names of all settings, as fields are named.
    """
    names = {variable(name) for name in known} | NOT_SETTINGS
    unknown = sorted(name for name in env if name.startswith(PREFIX) and name not in names)
    return tuple(
        f"{name} is set, but nothing reads it. {did_you_mean(name, sorted(names))}".strip() for name in unknown
    )


def read_config(path: Path | None = None) -> Node | None:
    """Read and check the outline of a settings file; None when none is named and there is none here.

    Raises:
        InputError: It is not strict YAML, has an unknown section, or holds a secret.
    """
    if path is None:
        if not DEFAULT_FILE.is_file():
            return None
        path = DEFAULT_FILE
    root = strict_yaml.read(path)
    _refuse_secrets(root)
    root.mapping(SECTIONS)
    return root


def _from_file(config: Path | None, *, section: str, types: Mapping[str, SettingType]) -> dict[str, Any]:
    root = read_config(config)
    if root is None:
        return {}
    node = root.mapping().get(section)
    if node is None or node.is_null:
        return {}
    folder = Path(root.path).parent
    return {name: types[name].from_node(value, folder=folder) for name, value in node.mapping(types).items()}


def _refuse_secrets(node: Node) -> None:
    """Raise on anything that looks like a key; its value is not repeated."""
    if node.kind == "scalar" and secret_value(node.raw):
        raise _secret(node)
    for item in node.items:
        _refuse_secrets(item)
    for key, value in node.entries:
        if secret_name(key.raw):
            raise _secret(key)
        _refuse_secrets(value)


def _secret(node: Node) -> InputError:
    return InputError(
        "looks like a secret; secrets are read from the environment only", path=node.path, line=node.line,
        hint="delete the line, make a new key if the file was ever shared, then: export GEMINI_API_KEY=...",
    )  # fmt: skip


def _types(defaults: DataclassInstance) -> dict[str, SettingType]:
    hints = get_type_hints(type(defaults), localns={"Path": Path})
    return {field.name: setting_type(hints[field.name]) for field in fields(defaults)}
