"""``vibekit golden``: the commands around golden sets."""

from __future__ import annotations

import typer

from vibekit.cli import golden_adjudicate, golden_agreement, golden_exchange, golden_label, golden_sample

app = typer.Typer(
    help="Draw, rate, bring in, agree upon and adjudicate golden sets.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("sample", epilog=golden_sample.EXAMPLE)(golden_sample.sample)
app.command("label", epilog=golden_label.EXAMPLE)(golden_label.label)
app.command("import", epilog=golden_exchange.IMPORT_EXAMPLE)(golden_exchange.import_)
app.command("export", epilog=golden_exchange.EXPORT_EXAMPLE)(golden_exchange.export)
app.command("agreement", epilog=golden_agreement.EXAMPLE)(golden_agreement.agreement)
app.command("adjudicate", epilog=golden_adjudicate.EXAMPLE)(golden_adjudicate.adjudicate)
