"""``vibekit index``: the commands around a retrieval index."""

from __future__ import annotations

import typer

from vibekit.cli import index_build, index_change, index_info, index_search

app = typer.Typer(
    help="Find the nearest videos among those that carry an attribute.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("build", epilog=index_build.EXAMPLE)(index_build.build)
app.command("search", epilog=index_search.EXAMPLE)(index_search.search)
app.command("add", epilog=index_change.ADD_EXAMPLE)(index_change.add)
app.command("remove", epilog=index_change.REMOVE_EXAMPLE)(index_change.remove)
app.command("update-labels", epilog=index_change.LABELS_EXAMPLE)(index_change.update_labels)
app.command("info", epilog=index_info.INFO_EXAMPLE)(index_info.info)
app.command("verify", epilog=index_info.VERIFY_EXAMPLE)(index_info.verify)
