"""``vibekit attributes check``: every error and every weakness of a set of definitions, with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.errors import InputError, did_you_mean
from vibekit.formats.attribute import SUFFIX, examine
from vibekit.formats.library import list_attributes, user_folder
from vibekit.formats.shipped import shipped_dir
from vibekit.formats.strict_yaml import read
from vibekit.stages.attribute_lints import lint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vibekit.formats.yaml_node import Node


class Level(StrEnum):
    """How bad a finding is: an error stops the definition from being used."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConfig:
    """What to check.

    Attributes:
        targets: Files, folders or names; none means the user's folder, or else the ready-made definitions.
        folder: The user's definitions; None for ``./attributes``.
        strict: Count weaknesses as errors.
    """

    targets: tuple[str, ...] = ()
    folder: Path | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or weak.

    Attributes:
        path: The file.
        line: Counted from 1; None when it is about the whole file.
        level: Error or warning.
        code: ``invalid``, ``wrong-ending`` or the lint's code.
        message: What is wrong, without file and line.
        hint: What to write instead.
    """

    path: str
    line: int | None
    level: Level
    code: str
    message: str
    hint: str

    @property
    def where(self) -> str:
        """``file:line``, or the file alone."""
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was found.

    Attributes:
        files: The files that were checked.
        errors: How many findings are errors.
        warnings: How many are warnings.
        findings: All of them, by file and line.
    """

    files: tuple[str, ...]
    errors: int
    warnings: int
    findings: tuple[Finding, ...]


def check_attributes(config: CheckConfig) -> CheckReport:
    """Check definitions; what is wrong inside a file is a finding, never an exception.

    Raises:
        InputError: A target is neither a file, a folder nor a known name, or there is nothing to check.
    """
    paths = _paths(config)
    findings = tuple(finding for path in paths for finding in sorted(_check(path, config.strict), key=_line))
    errors = sum(finding.level is Level.ERROR for finding in findings)
    files = tuple(str(path) for path in paths)
    return CheckReport(files=files, errors=errors, warnings=len(findings) - errors, findings=findings)


def _paths(config: CheckConfig) -> tuple[Path, ...]:
    if config.targets:
        found = [path for target in config.targets for path in _target(target, config.folder)]
    else:
        found = _folder(user_folder(config.folder) or shipped_dir("attributes"))
    return tuple(dict.fromkeys(found))


def _target(target: str, folder: Path | None) -> list[Path]:
    path = Path(target)
    if path.is_dir():
        return _folder(path)
    if path.exists() or "/" in target or target.endswith((SUFFIX, ".yml")):
        return [path]
    listed = {entry.name: entry.path for entry in list_attributes(folder)}
    if target not in listed:
        hint = f"{did_you_mean(target, listed)} known: {', '.join(listed)}".strip()
        raise InputError(f"'{target}' is neither a file, a folder nor a known attribute", item=target, hint=hint)
    return [listed[target]]


def _folder(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.iterdir() if path.suffix in (SUFFIX, ".yml") and path.name[0] != ".")
    if not paths:
        raise InputError("there are no definitions", path=folder, hint="write one with: vibekit attributes new NAME")
    return paths


def _check(path: Path, strict: bool) -> Iterator[Finding]:
    if path.suffix != SUFFIX:
        message = "is not found by its name, for its ending is not .yaml"
        yield _finding(path, None, "wrong-ending", message, f"rename it to {path.stem}{SUFFIX}")
    try:
        root = read(path)
    except InputError as error:
        yield _invalid(path, error)
        return
    parsed = examine(root, stem=path.stem)
    for wrong in parsed.errors:
        yield _invalid(path, wrong)
    if parsed.attribute is not None:
        lines = _lines(root)
        level = Level.ERROR if strict else Level.WARNING
        for weak in lint(parsed.attribute):
            message = f"{weak.key}: {weak.message}"
            yield _finding(path, lines.get(weak.key, 1), weak.code, message, weak.hint, level=level)


def _lines(root: Node) -> dict[str, int]:
    return {key.raw: key.line for key, _ in root.pairs()}


def _line(finding: Finding) -> int:
    return finding.line or 0


def _invalid(path: Path, error: InputError) -> Finding:
    where = f"{error.path}:{error.line}: " if error.line is not None else f"{error.path}: "
    return _finding(path, error.line, "invalid", error.message.removeprefix(where), error.hint)


def _finding(
    path: Path, line: int | None, code: str, message: str, hint: str, *, level: Level = Level.ERROR
) -> Finding:
    return Finding(path=str(path), line=line, level=level, code=code, message=message, hint=hint)
