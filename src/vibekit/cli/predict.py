"""``vibekit predict``, from the command line."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem, shown
from vibekit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from vibekit.core.labels import PredictReport

EXAMPLE = "Example: vibekit predict students/s1 --embeddings embeddings/e1 --out labels/l1"


class RuntimeOption(StrEnum):
    """Who computes; the names of the table of runtimes."""

    AUTO = "auto"
    NUMPY = "numpy"
    ONNX = "onnx"
    ONNX_INT8 = "onnx-int8"
    TORCH = "torch"


class EngineOption(StrEnum):
    """What runs the parts."""

    LOCAL = "local"
    RAY = "ray"


def predict(
    student: Annotated[Path, typer.Argument(metavar="STUDENT", help="A student's folder.")],
    embeddings: Annotated[Path, typer.Option("--embeddings", "-e", metavar="E", help="A folder of embeddings.")],
    out_folder: Annotated[
        Path, typer.Option("--out", "-o", metavar="L", help="The labels folder; the same one again goes on with it.")
    ],
    runtime: Annotated[
        RuntimeOption, typer.Option("--runtime", help="What computes; auto is onnx where installed, else numpy.")
    ] = RuntimeOption.AUTO,
    threads: Annotated[
        int,
        typer.Option("--threads", metavar="N", help="Threads (default: all processors; on Ray: of each worker, 1)."),
    ] = 0,
    engine: Annotated[EngineOption, typer.Option("--engine", help="What runs the parts.")] = EngineOption.LOCAL,
    ray_address: Annotated[
        str, typer.Option("--ray-address", metavar="ADDRESS", help="A running Ray cluster, such as auto or ray://host.")
    ] = "",
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", help="Processes on Ray (default: as many as fit).")
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="Overwrite labels of another student or runtime.")] = False,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Label any number of embeddings with a student."""
    if threads < 0 or workers < 0:
        raise UsageError("--threads and --workers are counts: 0 or more", hint="leave them out for all processors")
    if engine is EngineOption.LOCAL and (ray_address or workers):
        raise UsageError("--ray-address and --workers are for Ray", hint="add --engine ray")
    from vibekit.cli.progress import progress_for
    from vibekit.stages.predict import Engine, PredictConfig
    from vibekit.stages.predict import predict as stage

    report = stage(
        PredictConfig(
            student=student,
            embeddings=embeddings,
            out=out_folder,
            runtime=runtime.value,
            threads=threads or (1 if engine is EngineOption.RAY else 0),
            engine=Engine(engine.value),
            ray_address=ray_address,
            workers=workers,
            force=force,
            argv=("vibekit", *sys.argv[1:]),
        ),
        progress=progress_for(quiet=quiet),
    )
    out = Output(command="predict", json_mode=json_mode, quiet=quiet)
    for warning in report.warnings:
        out.warn(warning)
    bad = report.labels.not_finite
    problem = Problem(code="not_finite", message=f"{bad} vectors are not finite", hint="see: vibekit embed --help")
    out.finish(
        report,
        render=lambda o: _show(report, o),
        exit_code=ExitCode.PARTIAL if bad else ExitCode.DONE,
        problems=[problem] if bad else [],
    )


def _show(report: PredictReport, out: Output) -> None:
    labels = report.labels
    rows = []
    for head in labels.heads:
        counts = labels.counts.get(head.name, {})
        total = sum(counts.values())
        for label, n in counts.items():
            if label == "false" or (label == "abstain" and not n):
                continue
            cut = f"{head.threshold:.3f}" if label == "true" else ""
            rows.append((head.name, label, cut, f"{n:,}", f"{n / total:.1%}" if total else ""))
    out.table(("attribute", "label", "from", "videos", "share"), rows)
    out.text()
    made = f", {report.rows_per_second:,.0f} a second" if report.rows_per_second else ""
    kept = f" ({report.skipped} of {len(labels.parts)} parts were there already)" if report.skipped else ""
    out.text(f"{labels.rows:,} videos, {labels.without:,} without labels, by {labels.runtime}{made}{kept}")
    check = labels.check
    if check.decisions:
        out.text(
            f"against numpy on {check.rows:,} videos: probabilities differ by up to {check.difference:.2g}, "
            f"{check.flips:,} of {check.decisions:,} labels turn around"
        )
    folder = shown(report.out)
    out.text(f"written: {folder}/labels.json and part-*.parquet")
    out.hint(f"next: vibekit score {folder} --golden GOLDEN")
