"""``vibekit golden adjudicate``, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output
from vibekit.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from vibekit.stages.golden.adjudicate_report import AdjudicateReport, AttributeReport, ModelReport
    from vibekit.stages.golden.precedent import PrecedentReport

EXAMPLE = "Example: vibekit golden adjudicate golden/g1 --method majority"
METHODS = ("majority", "expert", "dawid-skene")
MOST_RATERS = 20

GoldenArg = Annotated[Path, typer.Argument(metavar="GOLDEN", help="The golden set, a folder.")]


def adjudicate(
    golden: GoldenArg,
    method: Annotated[
        str, typer.Option(metavar="METHOD", help="How votes become a label: majority, expert or dawid-skene.")
    ] = "majority",
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", "-a", metavar="NAME", help="Only this attribute; repeatable.")
    ] = None,
    min_raters: Annotated[
        int, typer.Option(metavar="N", help="A video that fewer raters gave a label gets none, unless an expert ruled.")
    ] = 1,
    over_imported: Annotated[
        bool, typer.Option("--over-imported", help="Let ratings replace labels that were imported.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
    queue: Annotated[
        bool, typer.Option("--queue", help="List the videos that raters disagree about, worst first.")
    ] = False,
    limit: Annotated[int, typer.Option(metavar="N", help="Of the queue, list or open so many.")] = 20,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the queue on the labelling page, for an expert to rule on.")
    ] = False,
    precedents: Annotated[
        bool, typer.Option("--precedents", help="List the rulings on tune videos that could become precedents.")
    ] = False,
    precedent: Annotated[
        str,
        typer.Option(
            metavar="VIDEO", help="Add the expert's ruling on this tune video to the examples of the definition."
        ),
    ] = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason of the precedent.")] = "",
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Turn ratings into golden labels, and list what should be looked at again."""
    _check(method, min_raters=min_raters, limit=limit, precedent=precedent, why=why)
    out = Output(command="golden adjudicate", json_mode=json_mode, quiet=quiet)
    names = tuple(attribute or ())
    if precedent:
        from vibekit.stages.golden.precedent import PrecedentConfig, add_precedent

        if len(names) > 1:
            raise UsageError("a precedent belongs to one attribute", hint="name it with one --attribute")
        added = add_precedent(
            PrecedentConfig(
                golden=golden, video=precedent, why=why, attribute="".join(names), attributes_dir=attributes_dir
            )
        )
        out.finish(added, render=lambda o: _show_precedent(added, o))
    from vibekit.stages.golden.adjudicate import AdjudicateConfig, Method
    from vibekit.stages.golden.adjudicate import adjudicate as stage

    report = stage(
        AdjudicateConfig(
            golden=golden,
            method=Method(method),
            attributes=names,
            min_raters=min_raters,
            over_imported=over_imported,
            dry_run=dry_run,
        )
    )
    for warning in report.warnings:
        out.warn(warning)
    if open_page:
        _open(report, out, limit=limit, attributes_dir=attributes_dir)
    out.finish(report, render=lambda o: _show(report, o, limit=limit, queue=queue, precedents=precedents))


def _check(method: str, *, min_raters: int, limit: int, precedent: str, why: str) -> None:
    if method not in METHODS:
        raise UsageError(f"--method {method}: one of {', '.join(METHODS)}", hint=did_you_mean(method, METHODS))
    if min_raters < 1:
        raise UsageError(f"--min-raters {min_raters}: from 1 on")
    if limit < 1:
        raise UsageError(f"--limit {limit}: from 1 on")
    if bool(precedent) != bool(why.strip()):
        raise UsageError(
            "--precedent and --why go together",
            hint='--precedent VIDEO --why "what decides, and why": the model reads it',
        )


def _open(report: AdjudicateReport, out: Output, *, limit: int, attributes_dir: Path | None) -> None:
    """Serve the queue to an expert until Ctrl-C; ends the command."""
    from vibekit.cli.golden_label import serve
    from vibekit.core.golden import Role
    from vibekit.stages.golden.label_config import LabelConfig

    queued = [(q.video_id, q.attribute) for found in report.attributes.values() for q in found.queue][:limit]
    if not queued:
        out.text("nothing to rule on: raters agree, or experts have ruled")
        return
    config = LabelConfig(
        path=Path(report.golden), role=Role.EXPERT, queue=tuple(queued), repeats=0.0, attributes_dir=attributes_dir
    )
    out.hint(f"{len(queued)} videos are open; afterwards run: vibekit golden adjudicate {report.golden}")
    serve(config, out, open_page=True)


def _show(report: AdjudicateReport, out: Output, *, limit: int, queue: bool, precedents: bool) -> None:
    for found in report.attributes.values():
        _show_attribute(found, out)
        if queue:
            _show_queue(found, out, limit=limit)
        elif found.queue:
            out.text(
                f"  {len(found.queue)} videos to look at again: --queue lists them, --open shows them to an expert"
            )
        out.text()
    if precedents:
        rows = [(f"  {p.attribute}", p.path or p.video_id, p.label, p.note) for p in report.precedents]
        out.table(("  precedents", "video", "ruling", "note"), rows)
        if not rows:
            out.text("  none: no expert has ruled on a tune video that the definition does not name")
    if report.backup:
        out.text(f"the labels before are kept in {report.backup}")
    out.text(f"wrote {report.labels}" if report.labels else "nothing was written")


def _show_attribute(found: AttributeReport, out: Output) -> None:
    given = ", ".join(f"{label} {n}" for label, n in found.labels.items())
    out.text(f"{found.name}: {found.decided} of {found.n_items} videos have a label ({given})")
    out.text(
        f"  {found.undecided} undecided, {found.without} without an answer, {found.experts} by experts,"
        f" {found.imported} as imported, {found.new} new, {len(found.changed)} changed"
    )
    if found.changed:
        rows = [(f"  {c.path or c.video_id}", c.before, c.after) for c in found.changed[:MOST_RATERS]]
        out.table(("  changed", "before", "now"), rows)
        if len(found.changed) > len(rows):
            out.text(f"  ... and {len(found.changed) - len(rows)} more (--json has them)")
    if found.model is not None:
        _show_model(found.model, out)


def _show_model(model: ModelReport, out: Output) -> None:
    rows = [
        (f"  {r.rater}", r.n, f"{r.error_rate:.3f}", *(f"{of[label]:.2f}" for label, of in r.confusion.items()))
        for r in model.raters[:MOST_RATERS]
    ]
    out.table(("  rater", "labels", "error rate", *(f"right on {label}" for label in model.prior)), rows)
    if len(model.raters) > len(rows):
        out.text(f"  ... and {len(model.raters) - len(rows)} raters who err less (--json has them)")
    for warning in model.warnings:
        out.text(f"  note: {warning}")


def _show_queue(found: AttributeReport, out: Output, *, limit: int) -> None:
    rows = [
        (
            f"  {q.path or q.video_id}",
            q.split,
            ", ".join(f"{label} {n}" for label, n in q.votes.items()) or "-",
            q.label,
            "-" if q.probability is None else f"{q.probability:.2f}",
            q.why,
        )
        for q in found.queue[:limit]
    ]
    out.table(("  to look at again", "split", "votes", "label", "probability", "why"), rows)
    if len(found.queue) > limit:
        out.text(f"  ... and {len(found.queue) - limit} more: --limit {len(found.queue)}")


def _show_precedent(added: PrecedentReport, out: Output) -> None:
    out.text(f"{added.definition}: {added.video} is a precedent of {added.attribute} now, label {added.label}")
    out.text(f"fingerprint {added.before} -> {added.after}: labels made before are those of another definition")
    out.text(f"{added.accepts} accepts the new fingerprint; score leaves the video out")
    out.text("write into the definition, as its owner:")
    for line in added.suggestion:
        out.text(f"  {line}")
