"""How vibekit talks: the result on stdout, everything else on stderr, one JSON envelope with ``--json``."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field, is_dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from vibekit import __version__
from vibekit.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vibekit.errors import VibekitError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One entry of the envelope's ``errors``: a stable code, what is wrong, what to do, and about what."""

    code: str
    message: str
    hint: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where a command's words go.

    Attributes:
        command: Name as typed, such as ``attributes check``.
        json_mode: One JSON envelope on stdout instead of text.
        quiet: No hints, warnings or progress on stderr.
        problems: Warnings so far; they go into the envelope.
    """

    command: str
    json_mode: bool = False
    quiet: bool = False
    problems: list[Problem] = field(default_factory=list)

    def text(self, line: str = "") -> None:
        """Write a line of the result to stdout; nothing in JSON mode."""
        if not self.json_mode:
            result(sys.stdout, line)

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write aligned columns to stdout; nothing in JSON mode."""
        if not self.json_mode:
            for line in aligned(headers, rows):
                result(sys.stdout, line)

    def hint(self, line: str) -> None:
        """Write advice to stderr."""
        if not self.quiet:
            say(sys.stderr, shown(line))

    def warn(self, message: str, *, hint: str = "", item: str = "") -> None:
        """Write a warning to stderr, and keep it for the envelope."""
        self.problems.append(Problem(code="warning", message=message, hint=hint, item=item))
        if not self.quiet:
            say(sys.stderr, f"warning: {shown(message)}")
            if hint:
                say(sys.stderr, f"hint: {shown(hint)}")

    def finish(
        self,
        report: object,
        *,
        render: Callable[[Output], None] | None = None,
        exit_code: ExitCode = ExitCode.DONE,
        problems: Sequence[Problem] = (),
    ) -> NoReturn:
        """End the command with its result.

        Args:
            report: A dataclass or JSON values: ``data`` of the envelope.
            render: Writes the same as text; called outside JSON mode only.
            exit_code: What the shell gets.
            problems: Failed items, for the envelope's ``errors``.
        """
        import typer

        if self.json_mode:
            errors = [*self.problems, *problems]
            result(sys.stdout, envelope(self.command, exit_code, plain(report), errors))
        elif render is not None:
            render(self)
        raise typer.Exit(int(exit_code))


def envelope(command: str, exit_code: ExitCode, data: object, errors: Sequence[Problem]) -> str:
    """Write the one JSON object that ``--json`` promises."""
    kept = exit_code in (ExitCode.PARTIAL, ExitCode.INTERRUPTED)
    status = "success" if exit_code is ExitCode.DONE else "partial" if kept else "error"
    return json.dumps(
        {
            "vibekit": __version__,
            "command": command,
            "status": status,
            "exit_code": int(exit_code),
            "data": data,
            "errors": [asdict(e) for e in errors],
        },
        ensure_ascii=True,
        allow_nan=False,
    )


def plain(value: Any) -> Any:  # noqa: ANN401 - any value in, any JSON value out
    """Turn dataclasses, enums, paths, sets and tuples into JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {str(plain(k)): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return os.fsencode(value).decode("utf-8", "backslashreplace")
    return value


def show_error(error: VibekitError, *, command: str, json_mode: bool) -> None:
    """Write one of our own errors: as an envelope on stdout, or as two lines on stderr."""
    if json_mode:
        problem = Problem(code=error.code, message=error.message, hint=error.hint, item=error.item)
        result(sys.stdout, envelope(command, error.exit_code, {}, [problem]))
        return
    say(sys.stderr, f"error: {shown(error.message)}")
    for line in error.context:
        say(sys.stderr, f"  {shown(line)}")
    if error.hint:
        say(sys.stderr, f"hint: {shown(error.hint)}")


def aligned(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lay out rows in columns two spaces apart; control characters are escaped so that a name cannot break a line."""
    table: list[Sequence[object]] = [headers, *rows]
    cells = [[shown(str(cell)) for cell in row] for row in table]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]


def shown(text: str) -> str:
    """Make text safe for one line of a terminal: control characters and lone surrogates are escaped."""
    out = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return out.encode("utf-8", "backslashreplace").decode("utf-8")


def say(stream: TextIO | None, line: str) -> None:
    """Write a line of talk; a reader that went away or a full disk must not end work that is paid for."""
    with suppress(OSError, ValueError):
        result(stream, line)


def result(stream: TextIO | None, line: str) -> None:
    """Write a line of the result; a reader that has seen enough (``| head``) is no error, a full disk is one."""
    if stream is None:
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        _mute(stream)
    except OSError:
        _mute(stream)
        raise


def _mute(stream: TextIO) -> None:
    """Let go of what is still buffered: Python would try to write it once more at its end, and fail with 120."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
