"""The type of one setting, and its value from YAML, from a variable and from a flag."""

from __future__ import annotations

import math
import types
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from vibekit.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from vibekit.formats.yaml_node import Node

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingType:
    """What a setting takes.

    Attributes:
        base: bool, int, float, str, Path or a StrEnum.
        choices: The texts that are allowed; empty when any is.
        optional: Whether ``null`` is a value.
        several: Whether it is a tuple of texts.
    """

    base: type
    choices: tuple[str, ...] = ()
    optional: bool = False
    several: bool = False

    def from_node(self, node: Node, *, folder: Path) -> Any:  # noqa: ANN401 - the setting's own type
        """Read a YAML value; a relative path is seen from the file's folder.

        Raises:
            InputError: Another type stands there; names file and line.
        """
        if self.optional and node.is_null:
            return None
        if self.several:
            return node.texts()
        if self.choices:
            return self.base(node.choice(self.choices))
        if self.base is bool:
            return node.boolean()
        if self.base is int:
            return node.integer()
        if self.base is float:
            return node.number()
        text = node.text()
        return folder / Path(text).expanduser() if self.base is Path else text

    def from_text(self, text: str, *, where: str) -> Any:  # noqa: ANN401 - the setting's own type
        """Read a variable.

        Args:
            text: Its value, not empty.
            where: Its name, for the message.

        Raises:
            InputError: It is no such value; names the variable.
        """
        if self.several:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        if self.choices and text not in self.choices:
            near = did_you_mean(text, self.choices)
            raise InputError(f"{where}: {text!r} is not one of {', '.join(self.choices)}", hint=near)
        if self.base is bool:
            return self._boolean(text, where=where)
        try:
            value = self.base(text)
        except ValueError as error:
            what = "a whole number" if self.base is int else "a number"
            raise InputError(f"{where}: expected {what}, found {text!r}", hint=f"set another {where}") from error
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{where}: expected a finite number, found {text!r}", hint=f"set another {where}")
        return value

    def from_flag(self, value: object, *, where: str) -> Any:  # noqa: ANN401 - the setting's own type
        """Take a value that the command line has typed already, or read its text."""
        if isinstance(value, str) and not (self.base is str and not self.choices and not self.several):
            return self.from_text(value, where=where)
        if self.several and isinstance(value, (list, tuple)):
            return tuple(str(item) for item in value)
        return float(value) if self.base is float and isinstance(value, int) else value

    def _boolean(self, text: str, *, where: str) -> bool:
        if text.lower() in _TRUE + _FALSE:
            return text.lower() in _TRUE
        raise InputError(f"{where}: expected true or false, found {text!r}", hint=f"set {where}=true or {where}=false")


def setting_type(hint: Any) -> SettingType:  # noqa: ANN401 - any annotation
    """Turn the annotation of a field into what it takes.

    Raises:
        TypeError: No setting can have this type; a mistake in the code, not of the user.
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType) and len(args) == 2 and type(None) in args:
        inner = setting_type(args[0] if args[1] is type(None) else args[1])
        return SettingType(base=inner.base, choices=inner.choices, optional=True, several=inner.several)
    if origin is Literal and all(isinstance(arg, str) for arg in args):
        return SettingType(base=str, choices=args)
    if origin is tuple and args == (str, ...):
        return SettingType(base=str, several=True)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return SettingType(base=hint, choices=tuple(str(member) for member in hint))
    if hint in (bool, int, float, str, Path):
        return SettingType(base=hint)
    raise TypeError(f"a setting cannot be {hint}")
