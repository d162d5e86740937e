"""``vibekit distill``, from the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, ConfigOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem
from vibekit.core.number import finite
from vibekit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from vibekit.core.distill import DistillReport

EXAMPLE = """Examples:

  vibekit distill runs/r1 --embeddings embeddings/e1 --golden golden/g1 --out students/s1

  vibekit distill silver.csv --embeddings embeddings/e1 --cv 5 --suggest 500 --out students/s2

  vibekit distill runs/r2 --embeddings embeddings/e1 --golden golden/g1 --from students/s1 --out students/s3
"""


class HeadOption(StrEnum):
    """Which head is trained."""

    AUTO = "auto"
    MLP = "mlp"
    LINEAR = "linear"


def distill(
    silver: Annotated[
        list[Path], typer.Argument(metavar="RUN_OR_SILVER...", help="Runs, or tables with a probability a column.")
    ],
    embeddings: Annotated[Path, typer.Option("--embeddings", "-e", metavar="E", help="Folder of vibekit embed.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="S", help="Folder of the student.")],
    golden: Annotated[
        Path | None, typer.Option("--golden", "-g", metavar="GOLDEN", help="Hold student and teacher against it.")
    ] = None,
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", "-a", metavar="NAME", help="Only these; may be repeated.")
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option("--weight", metavar="RUN=X", help="How much a label of a source counts.")
    ] = None,
    groups: Annotated[
        Path | None, typer.Option("--groups", metavar="TABLE", help="video_id,group: what stays together.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--from", metavar="S", help="Add labels or an attribute to this student.")
    ] = None,
    suggest: Annotated[
        int, typer.Option("--suggest", metavar="N", help="List the next N videos worth paying the teacher for.")
    ] = 0,
    cv: Annotated[int | None, typer.Option("--cv", metavar="K", help="Cross-validate by group in K folds.")] = None,
    head: Annotated[
        HeadOption | None, typer.Option("--head", help="Network or linear (default: auto, mlp with torch).")
    ] = None,
    hidden: Annotated[
        str | None, typer.Option("--hidden", metavar="W-W", help="Widths of the hidden layers (default: by size).")
    ] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", metavar="N", help="Most passes (default 30).")] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", metavar="N", help="Videos in a step (default: by size).")
    ] = None,
    lr: Annotated[float | None, typer.Option("--lr", metavar="X", help="Learning rate (default 0.001).")] = None,
    weight_decay: Annotated[
        float | None, typer.Option("--weight-decay", metavar="X", help="Of AdamW (default 0.01).")
    ] = None,
    dropout: Annotated[float | None, typer.Option("--dropout", metavar="X", help="Share (default 0.2).")] = None,
    patience: Annotated[
        int | None, typer.Option("--patience", metavar="N", help="Passes without gain until it ends (default 5).")
    ] = None,
    balance: Annotated[
        bool | None, typer.Option("--balance/--no-balance", help="Weigh rare positives up (default: no).")
    ] = None,
    l2: Annotated[
        float | None, typer.Option("--l2", metavar="X", help="Penalty of the linear head (default: chosen).")
    ] = None,
    smoothing: Annotated[
        float | None, typer.Option("--smoothing", metavar="X", help="Doubt in a label without probability (0.05).")
    ] = None,
    held_out: Annotated[
        float | None, typer.Option("--held-out", metavar="X", help="Share that stops and calibrates (default 0.1).")
    ] = None,
    test: Annotated[
        float | None, typer.Option("--test", metavar="X", help="Share that is only measured on (default 0.1).")
    ] = None,
    abstain_precision: Annotated[
        float | None, typer.Option("--abstain-precision", metavar="X", help="Abstain where less would be right.")
    ] = None,
    near: Annotated[
        float | None, typer.Option("--near", metavar="X", help="Cosine of near-duplicates (default 0.98).")
    ] = None,
    curve: Annotated[bool | None, typer.Option("--curve/--no-curve", help="Learning curve (default: yes).")] = None,
    ablation: Annotated[
        bool | None, typer.Option("--ablation/--no-ablation", help="Measure every block (default: yes).")
    ] = None,
    cpu_hour: Annotated[
        float | None, typer.Option("--cpu-hour", metavar="USD", help="Price of a core an hour (default 0.05).")
    ] = None,
    draws: Annotated[int | None, typer.Option("--draws", metavar="N", help="Bootstrap draws (default 1000).")] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Of split and training (default 0).")] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", metavar="N", help="Of the CPU in training (default 2).")
    ] = None,
    id_column: Annotated[
        str, typer.Option("--id-column", metavar="NAME", help="Column of a table that names the video.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a student that was made of something else.")] = False,
    allow_stale: Annotated[
        bool, typer.Option("--allow-stale", help="Go on though a definition changed between the sides.")
    ] = False,
    i_know: Annotated[
        bool, typer.Option("--i-know", help="Go on though the definition may be tuned on the test split.")
    ] = False,
    attributes_dir: AttributesDirOpt = None,
    config: ConfigOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Train a small student on a model's labels and probabilities, and say what it loses."""
    flags = {
        "cv": cv,
        "head": None if head is None else head.value,
        "hidden": hidden,
        "epochs": epochs,
        "batch_size": batch_size,
        "lr": lr,
        "weight_decay": weight_decay,
        "dropout": dropout,
        "patience": patience,
        "balance": balance,
        "l2": l2,
        "smoothing": smoothing,
        "held_out": held_out,
        "test": test,
        "abstain_precision": abstain_precision,
        "near": near,
        "curve": curve,
        "ablation": ablation,
        "cpu_hour": cpu_hour,
        "draws": draws,
        "seed": seed,
        "threads": threads,
    }
    if suggest < 0:
        raise UsageError(f"--suggest {suggest} is below 0")
    from vibekit.cli.progress import progress_for
    from vibekit.formats.config import load_settings
    from vibekit.stages.distill import DistillConfig, DistillOptions
    from vibekit.stages.distill import distill as stage

    output = Output(command="distill", json_mode=json_mode, quiet=quiet)
    report = stage(
        DistillConfig(
            sources=tuple(silver),
            embeddings=embeddings,
            out=out,
            golden=golden,
            attributes=tuple(attribute or ()),
            weights=_weights(weight or [], silver),
            groups=groups,
            start=start,
            suggest=suggest,
            force=force,
            allow_stale=allow_stale,
            i_know=i_know,
            id_column=id_column,
            attributes_dir=attributes_dir,
            options=load_settings("distill", DistillOptions(), flags=flags, env={}, config=config),
        ),
        progress=progress_for(quiet=quiet),
    )
    for warning in report.warnings:
        output.warn(warning)
    fallen = report.warm.fallen if report.warm else ()
    output.finish(
        report,
        render=lambda o: _show(o, report, embeddings),
        exit_code=ExitCode.GATE if fallen else ExitCode.DONE,
        problems=[_fallen(name, report) for name in fallen],
    )


def _weights(texts: list[str], sources: list[Path]) -> tuple[tuple[str, float], ...]:
    names = {str(path) for path in sources} | {path.name for path in sources}
    found = []
    for text in texts:
        name, _, number = text.rpartition("=")
        value = finite(number)
        if not name or value is None or value <= 0:
            raise UsageError(f"--weight {text!r} is not RUN=X with X above 0", hint="such as: --weight runs/r1=0.5")
        name = name.rstrip("/")
        if name not in names:
            raise UsageError(f"--weight {text!r} names no source", hint=f"the sources are: {', '.join(sorted(names))}")
        found.append((name, value))
    return tuple(found)


def _fallen(name: str, report: DistillReport) -> Problem:
    assert report.warm is not None
    change = report.warm.changes[name]
    return Problem(
        code="gate",
        message=f"'{name}' fell by {-(change.value or 0):.3f} against people, beyond noise: no student was written",
        hint="look at the new labels, or train anew without --from",
        item=name,
    )


def _show(output: Output, report: DistillReport, embeddings: Path) -> None:
    from vibekit.reports.distill_tables import tables

    silver = report.silver
    output.text(
        f"{silver.used:,} of {silver.videos:,} labelled videos used ({silver.without_embedding:,} without embedding, "
        f"{silver.failed:,} failed, {silver.bad_vectors:,} bad vectors); {silver.groups:,} groups; head: {report.head}"
    )
    for example in silver.examples:
        output.text(f"  not used: {example}")
    for one in tables(report):
        output.text()
        output.text(f"{one.title} ({report.evaluation})" if "eacher" in one.title else one.title)
        output.table(one.headers, one.rows)
    output.text()
    for name, attribute in report.attributes.items():
        for note in attribute.notes:
            output.text(f"{name}: {note}")
    if report.warm is not None:
        warm = report.warm
        output.text(
            f"from {warm.student}: kept {', '.join(warm.kept) or 'none'}; updated {', '.join(warm.updated) or 'none'}; "
            f"added {', '.join(warm.added) or 'none'}"
        )
        for name in warm.fallen:
            output.text(_fallen(name, report).message)
    if report.student:
        output.text(f"written: {', '.join(report.files)}")
        if report.suggestions:
            told = f"{report.suggestions} videos worth paying the teacher for"
            output.hint(f"{told}: vibekit annotate {report.student}/suggest.csv -a {' -a '.join(report.attributes)}")
        output.hint(f"next: vibekit predict {report.student} --embeddings {embeddings} --out labels/l1")
