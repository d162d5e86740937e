"""The commands: name -> where it is and what it does; a module is imported only when its command is typed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter

COMMANDS: dict[str, str] = {
    "init": "Make a working project: settings, definitions, prompts, a Makefile and a CI workflow.",
    "demo": "Run the whole chain on small generated clips, from a definition to restricted search, and write a page.",
    "doctor": "Check what vibekit needs and say what to type to mend it.",
    "attributes": "List, show, write, check and compare attribute definitions.",
    "annotate": "Judge videos by attributes and write an honest outcome for every one of them into a run.",
    "golden": "Draw, rate, bring in, agree upon and adjudicate golden sets.",
    "score": "Hold labels against a golden set: metrics with intervals, people beside, thresholds, gates.",
    "compare": "Compare two runs on the same golden videos, and say which videos flipped and why.",
    "embed": "Turn videos, or vectors of your own, into embeddings.",
    "distill": "Train a small student on a model's labels and probabilities, and say what it loses.",
    "predict": "Label any number of embeddings with a student.",
    "index": "Find the nearest videos among those that carry an attribute.",
    "status": "Show the chain of a project: what is stale or unfinished, and the command that mends it.",
    "cache": "Show or clear the answers that are kept across runs.",
}
"""Command -> its line in ``vibekit --help``. Its module is ``vibekit.cli.NAME``, with a function of that name (and an
``EXAMPLE``), or with an ``app`` when it has commands of its own."""


def load(name: str) -> Command:
    """Import a command's module and build it."""
    module = import_module(f"vibekit.cli.{name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        app.command(name, epilog=module.EXAMPLE)(getattr(module, name))
    command = typer.main.get_command(app)
    command.name = name
    return command


class LazyGroup(TyperGroup):
    """Shows the table as help, and builds the one command that is asked for."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(**attributes)
        self._built: dict[str, Command] = {}
        # typer takes its suggestions for a misspelt command from here
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - typer's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002 - typer's signature
        """Build a command when it is first asked for."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in self._built:
            self._built[cmd_name] = load(cmd_name)
        return self._built[cmd_name]

    def invoke(self, ctx: Context) -> Any:  # noqa: ANN401 - typer's signature
        """Run the command that was typed; Ctrl-C goes on to ``main``, where typer would end without a word."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise typer.Abort from stop

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - typer's signature
        """Write the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
