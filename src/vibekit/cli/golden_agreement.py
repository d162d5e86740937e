"""``vibekit golden agreement``, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, plain
from vibekit.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from vibekit.core.estimate import Estimate
    from vibekit.stages.golden.agreement_report import AgreementReport, AttributeAgreement

EXAMPLE = "Example: vibekit golden agreement golden/g1"
METRICS = ("nominal", "ordinal", "interval", "ratio")
MOST_ROWS = 20

RatingsArg = Annotated[
    Path,
    typer.Argument(metavar="RATINGS", help="A golden set, or a table with the columns video,rater,attribute,value."),
]


def agreement(
    ratings: RatingsArg,
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", "-a", metavar="NAME", help="Only this attribute; repeatable.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC",
            help="How alpha weighs a disagreement: nominal, ordinal, interval or ratio"
            " (default: ordinal for ordinal attributes, nominal for others).",
        ),
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="List every pair of raters, however many there are.")] = False,
    out_file: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write the numbers as JSON into a new file.")
    ] = None,
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Show how far raters agree, and how sure that is."""
    if metric is not None and metric not in METRICS:
        raise UsageError(f"--metric {metric}: one of {', '.join(METRICS)}", hint=did_you_mean(metric, METRICS))
    if out_file is not None and out_file.exists():
        raise UsageError(f"--out {out_file}: is there already", hint="name a new file, or remove it first")
    from vibekit.stages.golden.agreement import AgreementConfig
    from vibekit.stages.golden.agreement import agreement as stage

    out = Output(command="golden agreement", json_mode=json_mode, quiet=quiet)
    report = stage(
        AgreementConfig(
            ratings=ratings,
            attributes=tuple(attribute or ()),
            metric=metric,
            pairs=pairs,
            attributes_dir=attributes_dir,
        )
    )
    for warning in report.warnings:
        out.warn(warning)
    if out_file is not None:
        from vibekit.formats.atomic import write_json

        write_json(out_file, plain(report))
    out.finish(report, render=lambda o: _show(report, o))


def _show(report: AgreementReport, out: Output) -> None:
    for found in report.attributes.values():
        _show_attribute(found, out)
    out.text(f"intervals: {report.interval}")


def _show_attribute(found: AttributeAgreement, out: Output) -> None:
    out.text(f"{found.name} ({found.kind}): {found.verdict}")
    out.text(
        f"  {found.n_items} videos, {found.n_raters} raters, {found.n_ratings} labels"
        f" ({found.n_pairable} on videos with two or more), {found.abstained} abstentions, {found.skipped} skips"
    )
    rows = [
        (f"  {name}", *estimate_cells(estimate))
        for name, estimate in _lines(found)
        if estimate.note == "" or _told(estimate)
    ]
    out.table(("  ", "value", "95 % interval", ""), rows)
    _show_rows(found, out)
    for note in found.notes:
        out.text(f"  note: {note}")
    out.text()


def _lines(found: AttributeAgreement) -> list[tuple[str, Estimate]]:
    lines = [
        (f"Krippendorff's alpha ({found.metric})", found.krippendorff_alpha),
        ("percent agreement", found.percent_agreement),
        ("Fleiss' kappa", found.fleiss_kappa),
        ("Cohen's kappa" + ("" if found.n_raters <= 2 else " (mean of pairs)"), found.cohen_kappa),
        ("weighted kappa (quadratic)", found.weighted_kappa),
        ("Gwet's AC1", found.gwet_ac1),
        ("positive agreement", found.positive_agreement),
        ("negative agreement", found.negative_agreement),
        ("prevalence", found.prevalence),
    ]
    if found.kind != "binary":
        lines += [(f"agreement on {label}", e) for label, e in list(found.specific_agreement.items())[:MOST_ROWS]]
    if found.repeats:
        lines += [
            (f"same again ({found.repeats} repeats)", found.repeat_percent),
            ("kappa of repeats", found.repeat_kappa),
        ]
    return lines


def _told(estimate: Estimate) -> bool:
    return not estimate.note.endswith("attributes only")


def estimate_cells(estimate: Estimate) -> tuple[str, str, str]:
    """Return value, interval and note of a number, as cells."""
    if estimate.value is None:
        return "-", "", estimate.note
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}", "", estimate.note
    return f"{estimate.value:.3f}", f"{estimate.low:.3f} to {estimate.high:.3f}", estimate.note


def _show_rows(found: AttributeAgreement, out: Output) -> None:
    if found.rounds:
        cells = [(f"  {r.round}", r.n_items, r.n_ratings, *estimate_cells(r.krippendorff_alpha)) for r in found.rounds]
        out.table(("  round", "videos", "labels", "alpha", "95 % interval", ""), cells)
    if found.n_raters > 1:
        # by the upper end: first those of whom it is sure that they agree little
        low = sorted(found.raters, key=lambda r: (r.agreement.high is None, r.agreement.high or 0.0))
        head = ("  rater", "labels", "abstained", "agrees with others", "", "same again")
        out.table(head, [_rater_cells(r) for r in low[:MOST_ROWS]])
        if len(low) > MOST_ROWS:
            out.text(f"  ... and {len(low) - MOST_ROWS} raters who agree more (--json has them)")
    if found.n_raters > 2 and found.pairs:
        pairs = [
            (f"  {p.first} - {p.second}", p.n, estimate_cells(p.percent)[0], *estimate_cells(p.cohen))
            for p in found.pairs
        ]
        out.table(("  pair", "videos", "percent", "Cohen's kappa", "95 % interval", ""), pairs)


def _rater_cells(row: object) -> tuple[object, ...]:
    from vibekit.stages.golden.agreement_report import RaterRow

    assert isinstance(row, RaterRow)
    value, interval, _ = estimate_cells(row.agreement)
    again = f"{estimate_cells(row.repeat_percent)[0]} of {row.repeats}" if row.repeats else "-"
    return f"  {row.rater}", row.n, row.abstained, value, interval, again
