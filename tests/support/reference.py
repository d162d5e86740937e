"""The parts of the documents that are written by a program: the map, the settings, the text of every ``--help``."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from dataclasses import fields
from pathlib import Path
from unittest.mock import patch

from vibekit.cli.main import run
from vibekit.cli.table import COMMANDS, load
from vibekit.embedders.av_table import DIMENSIONS
from vibekit.formats.config import variable
from vibekit.stages.annotate.options import AnnotateOptions

ROOT = Path(__file__).parents[2]
COLUMN = 36


def documents() -> dict[Path, str]:
    """Every document with a generated part -> the whole text that it should have."""
    readme, configuration = ROOT / "README.md", ROOT / "docs" / "configuration.md"
    embedders = ROOT / "docs" / "embedders.md"
    return {
        readme: with_part(readme.read_text("utf-8"), "map", f"```\n{source_map()}\n```"),
        configuration: with_part(configuration.read_text("utf-8"), "settings", settings_table()),
        ROOT / "docs" / "cli.md": cli_reference(),
        embedders: with_part(embedders.read_text("utf-8"), "dimensions", dimensions_table()),
    }


def with_part(text: str, name: str, part: str) -> str:
    """Put a generated part between its two marks."""
    start, end = f"<!-- {name}: generated -->", f"<!-- end of {name} -->"
    assert text.count(start) == text.count(end) == 1, f"the marks of '{name}' are missing"
    before, _, rest = text.partition(start)
    return f"{before}{start}\n{part}\n{end}{rest.partition(end)[2]}"


def source_map() -> str:
    """The tree of src/vibekit: one line a file, the first line of its docstring."""
    return "\n".join(["src/vibekit/", *_folder(ROOT / "src" / "vibekit", depth=1)])


def _folder(folder: Path, *, depth: int) -> list[str]:
    files = sorted(p for p in folder.glob("*.py") if p.name != "__init__.py")
    lines = [_line("  " * depth + path.name, path) for path in files]
    for below in sorted(p.parent for p in folder.glob("*/__init__.py")):
        lines.append(_line("  " * depth + below.name + "/", below / "__init__.py"))
        lines += _folder(below, depth=depth + 1)
    return lines


def _line(name: str, path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return f"{name:<{COLUMN}}{said.splitlines()[0].replace('``', '')}"


def dimensions_table() -> str:
    """Every dimension of the embedder ``av``, in order."""
    rows = ["| # | dimension | unit | centre | scale | what it is |", "|---|---|---|---|---|---|"]
    for place, d in enumerate(DIMENSIONS):
        rows.append(f"| {place} | `{d.name}` | {d.unit} | {d.centre:g} | {d.scale:g} | {d.meaning} |")
    return "\n".join(rows)


def settings_table() -> str:
    """Every setting of ``annotate`` with its default, its variable and its flag."""
    rows = ["| in `vibekit.yaml` | default | in the environment | flag |", "|---|---|---|---|"]
    for field in fields(AnnotateOptions):
        flag = f"--{field.name.replace('_', '-')}"
        rows.append(f"| `{field.name}` | {_shown(field.default)} | `{variable(field.name)}` | `{flag}` |")
    return "\n".join(rows)


def _shown(default: object) -> str:
    if default is None:
        return "not set"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def cli_reference() -> str:
    """The text of every ``--help``, in the order of the commands."""
    parts = [
        "# Command reference",
        "",
        "Written by `python tests/test_docs.py --write` from the program itself; a test fails when it is not current.",
    ]
    for command in _commands():
        title = " ".join(["vibekit", *command])
        parts += ["", f"## {title}", "", "```", help_of(command), "```"]
    return "\n".join(parts) + "\n"


def _commands() -> list[list[str]]:
    found: list[list[str]] = [[]]
    for name in COMMANDS:
        found.append([name])
        found += [[name, sub] for sub in getattr(load(name), "commands", ())]
    return found


def help_of(command: list[str]) -> str:
    """Return what ``--help`` prints, on a terminal of 80 columns."""
    out = io.StringIO()
    with patch.dict("os.environ", {"COLUMNS": "80"}), contextlib.redirect_stdout(out):
        assert run([*command, "--help"]) == 0
    return re.sub(r"[ \t]+$", "", out.getvalue(), flags=re.MULTILINE).strip("\n")
