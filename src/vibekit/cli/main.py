"""The ``vibekit`` command: mounts the commands and catches what they raise."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from vibekit import __version__
from vibekit.cli.output import Problem, envelope, show_error
from vibekit.cli.table import LazyGroup
from vibekit.errors import ExitCode, InputError, UsageError, VibekitError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    name="vibekit",
    cls=LazyGroup,
    help="From a sentence about a video attribute to labels you can trust: define, annotate, judge, distil, retrieve.",
    epilog="Start with: vibekit demo   then: vibekit init my-project",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"vibekit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Log everything, show tracebacks.")] = False,
) -> None:
    """From a sentence about a video attribute to labels you can trust."""
    if verbose or debug:
        import logging

        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
        logging.getLogger("vibekit").setLevel(logging.DEBUG if debug else logging.INFO)


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with vibekit's exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    sys.exit(run(args))


def run(args: list[str]) -> int:
    """Run one command; every exception that may reach the user ends here."""
    options = args[: args.index("--")] if "--" in args else args
    json_mode, debug = "--json" in options, "--debug" in options
    command = _command(args)
    try:
        code = app(args, standalone_mode=False, prog_name="vibekit")
    except VibekitError as error:
        if debug:
            raise
        show_error(error, command=command, json_mode=json_mode)
        return int(error.exit_code)
    except typer.TyperException as error:
        return _usage(error, command=command, json_mode=json_mode)
    except (KeyboardInterrupt, typer.Abort):
        if json_mode:
            stop = Problem(code="interrupted", message="interrupted")
            typer.echo(envelope(command, ExitCode.INTERRUPTED, {}, [stop]))
        else:
            typer.echo("interrupted", err=True)
        return int(ExitCode.INTERRUPTED)
    except OSError as error:
        if debug or (error.filename is None and error.strerror is None):
            raise
        hint = "what is done is kept; mend this, or choose another place, and run the same command again"
        shown = InputError(error.strerror or str(error), path=_text(error.filename), hint=hint)
        # the error may be that of stdout itself
        show_error(shown, command=command, json_mode=json_mode and error.filename is not None)
        return int(ExitCode.INPUT)
    return code if isinstance(code, int) else int(ExitCode.DONE)


def _text(name: object) -> str | None:
    return os.fsdecode(name) if isinstance(name, (str, bytes)) else None


def _usage(error: typer.TyperException, *, command: str, json_mode: bool) -> int:
    if isinstance(error, typer.BadParameter):
        error.message = _choices(error.message)
    if json_mode:
        show_error(UsageError(error.format_message()), command=command, json_mode=True)
    else:
        show = getattr(error, "show", None)
        if show is not None:
            show()
        else:
            typer.echo(f"error: {error.format_message()}", err=True)
    return int(ExitCode.USAGE)


def _choices(message: str) -> str:
    """Say which of the choices was meant; the parser names itself first, which helps nobody."""
    message = message.removeprefix("Value error, ")
    found = re.fullmatch(r"'(.*)' is not one of (.*)\.", message)
    near = did_you_mean(found[1], re.findall(r"'([^']*)'", found[2])) if found else ""
    return f"{message} {near[:1].upper()}{near[1:]}".rstrip()


def _command(args: Sequence[str]) -> str:
    words = [a for a in args if not a.startswith("-")]
    return " ".join(words[: 2 if words[:1] in (["attributes"], ["cache"], ["golden"], ["index"]) else 1])
