"""The output contract, as a table: what goes to stdout and stderr in text, JSON and quiet mode."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from vibekit.cli.output import Output, Problem, aligned, plain, shown
from vibekit.core.annotation import Status
from vibekit.errors import ExitCode


@dataclass(frozen=True)
class Report:
    path: Path
    status: Status
    counts: dict[Status, int]


REPORT = Report(Path("runs/r1"), Status.OK, {Status.OK: 2})
PLAIN = {"path": "runs/r1", "status": "ok", "counts": {"ok": 2}}


@pytest.mark.parametrize(
    ("json_mode", "quiet", "out_has", "err_has"),
    [
        (False, False, ["result"], ["warning: careful", "hint: do it", "advice"]),
        (False, True, ["result"], []),
        (True, False, [], ["warning: careful", "advice"]),
        (True, True, [], []),
    ],
)
def test_streams(
    capsys: pytest.CaptureFixture[str], json_mode: bool, quiet: bool, out_has: list[str], err_has: list[str]
) -> None:
    output = Output(command="x", json_mode=json_mode, quiet=quiet)
    output.warn("careful", hint="do it")
    output.hint("advice")
    with pytest.raises(typer.Exit) as stop:
        output.finish(REPORT, render=lambda o: o.text("result"), exit_code=ExitCode.PARTIAL)
    assert stop.value.exit_code == 6
    seen = capsys.readouterr()
    assert all(words in seen.out for words in out_has)
    assert all(words in seen.err for words in err_has)
    assert bool(seen.err) == bool(err_has)
    assert json_mode == seen.out.startswith("{")


def test_the_envelope(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(command="annotate", json_mode=True, quiet=True)
    output.warn("careful")
    failed = Problem(code="media_error", message="no picture", item="a.mp4")
    with pytest.raises(typer.Exit):
        output.finish(REPORT, exit_code=ExitCode.PARTIAL, problems=[failed])
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"vibekit", "command", "status", "exit_code", "data", "errors"}
    assert (said["command"], said["status"], said["exit_code"], said["data"]) == ("annotate", "partial", 6, PLAIN)
    assert [e["code"] for e in said["errors"]] == ["warning", "media_error"]
    assert set(said["errors"][1]) == {"code", "message", "hint", "item"}


def test_reports_become_json_values() -> None:
    assert plain(REPORT) == PLAIN


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "\x1b[31mred", "\udcff", "a\rb"])
def test_a_name_cannot_break_a_line_or_colour_the_terminal(name: str) -> None:
    line = shown(name)
    assert line.isprintable()
    line.encode("utf-8")
    assert len(aligned(("name",), [(name,)])) == 2


def test_columns_line_up() -> None:
    assert aligned(("a", "long"), [("wide one", 1), ("x", 22)]) == ["a         long", "wide one  1", "x         22"]
