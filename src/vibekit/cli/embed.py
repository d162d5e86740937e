"""``vibekit embed``: videos, or vectors of your own, in; a set of embeddings out."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vibekit.cli.options import ConfigOpt, ForceOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem, shown
from vibekit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from vibekit.stages.embed import EmbedReport
    from vibekit.stages.progress import Progress

EXAMPLE = """Examples:

  vibekit embed clips/ --embedder av --out embeddings/e1

  vibekit embed clips/ --embedder av+effnet-lite0 --out embeddings/e2

  vibekit embed --embedder import --vectors X.npy --ids ids.txt --out embeddings/e3

  vibekit embed --export embeddings/e1 --out e1.parquet

Running the same command again resumes, and adds videos that are new.
"""
LISTED = 20
"""Failures shown in the terminal; all of them are in the set."""


class EngineOption(StrEnum):
    """What runs the shards."""

    LOCAL = "local"
    RAY = "ray"


def embed(
    ctx: typer.Context,
    videos: Annotated[
        list[str] | None, typer.Argument(help="Folders, files, globs, or manifests (CSV, TSV, JSONL, Parquet).")
    ] = None,
    embedder: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[+NAME…]",
            help="av, effnet-lite0, siglip2, text, gemini, import, package.module:Class; joined by +. [av]",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The folder of the set; with --export, the Parquet file.")] = None,
    metadata: Annotated[
        list[Path] | None, typer.Option(help="CSV, JSONL or Parquet with titles, descriptions …; repeatable.")
    ] = None,
    root: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the relative paths of a manifest are looked for too.")
    ] = None,
    vectors: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="With import: .npy, .npz, .parquet or .safetensors; repeatable."),
    ] = None,
    ids: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="With import: the ids, one a line (or .npy, .csv, .parquet); repeatable."),
    ] = None,
    id_column: Annotated[str, typer.Option(metavar="NAME", help="With import: column or array of the ids.")] = "",
    vector_column: Annotated[
        str, typer.Option(metavar="NAME", help="With import: column or array of the vectors.")
    ] = "",
    binary: Annotated[str, typer.Option(metavar="TYPE", help="With import: what bytes hold, float32 or float16.")] = "",
    normalise: Annotated[bool, typer.Option("--normalise", help="With import: bring vectors to length 1.")] = False,
    dtype: Annotated[
        str | None, typer.Option(help="Storage: float16 or float32. [float16; import: as they are]")
    ] = None,
    frames: Annotated[int | None, typer.Option(help="Frames per video. [the embedder's]")] = None,
    model: Annotated[
        str | None, typer.Option(help="Model name or folder; with import: what made the vectors. [the embedder's]")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Of the model. [the newest]")] = None,
    dim: Annotated[int | None, typer.Option(help="Dimensions, where the model lets one choose. [its own]")] = None,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What else an embedder takes; repeatable.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Address of the service. [its own]")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds until a call is given up. [120]")] = None,
    max_attempts: Annotated[int | None, typer.Option(help="Requests per video at most. [6]")] = None,
    shard_rows: Annotated[
        int | None, typer.Option(metavar="N", help="Videos in a shard: what a kill can cost. [1000; import: 128 MB]")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Decoder processes. [one a core]")] = None,
    decode_timeout: Annotated[float | None, typer.Option(help="Seconds until a decoder is killed. [60]")] = None,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", help="Stop before this command costs more, where vectors cost.")
    ] = None,
    prices: Annotated[Path | None, typer.Option(help="Your own price table, laid over ours.")] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try the videos again that have no vector.")
    ] = False,
    limit: Annotated[int | None, typer.Option(help="Only the first so many videos.")] = None,
    engine: Annotated[
        EngineOption, typer.Option("--engine", help="What runs the shards: this machine, or Ray Data.")
    ] = EngineOption.LOCAL,
    ray_address: Annotated[
        str, typer.Option("--ray-address", metavar="ADDRESS", help="A running Ray cluster, such as auto or ray://host.")
    ] = "",
    export: Annotated[
        Path | None, typer.Option(metavar="E", help="Write a finished set as one Parquet file to --out.")
    ] = None,
    config: ConfigOpt = None,
    force: ForceOpt = False,
    quiet: QuietOpt = False,
    json_mode: JsonOpt = False,
) -> None:
    """Turn videos, or vectors of your own, into embeddings."""
    if out is None:
        raise UsageError("Missing option '--out'.", hint="name a folder: --out embeddings/e1")
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit}: at least 1")
    if ray_address and engine is EngineOption.LOCAL:
        raise UsageError("--ray-address is for Ray", hint="add --engine ray")
    from vibekit.cli.progress import progress_for
    from vibekit.embedders.table import IMPORT, SETTINGS, names_in, refuse_untaken
    from vibekit.formats.config import load_settings
    from vibekit.stages.embed import EmbedConfig, ImportConfig, import_vectors
    from vibekit.stages.embed import embed as stage
    from vibekit.stages.embed.options import (
        EmbedOptions,
        binary_of,
        checked,
        dtype_of,
        embedder_settings,
        rows_of,
        workers_of,
    )

    output = Output(command="embed", json_mode=json_mode, quiet=quiet)
    progress = progress_for(quiet=quiet)
    if export is not None:
        _export(export, out, output, progress, named=bool(videos or vectors))
    defaults = EmbedOptions()
    flags = {name: ctx.params[name] for name in defaults.__dataclass_fields__}
    options = checked(load_settings("embed", defaults, flags=flags, env={}, config=config))
    names = names_in(options.embedder)
    argv = ("vibekit", *sys.argv[1:])
    if names == (IMPORT,):
        _refuse(
            videos=videos, metadata=metadata, limit=limit, retry_failed=retry_failed, option=option,
            engine=engine is EngineOption.RAY, frames=frames, revision=revision, dim=dim, base_url=base_url,
            max_cost=max_cost is not None, prices=prices,
        )  # fmt: skip
        report = import_vectors(
            ImportConfig(
                vectors=tuple(vectors or ()),
                ids=tuple(ids or ()),
                out=out,
                model=options.model,
                dtype=dtype_of(options),
                normalise=normalise,
                id_column=id_column,
                vector_column=vector_column,
                binary=binary_of(binary),
                shard_rows=options.shard_rows,
                force=force,
                argv=argv,
            ),
            progress=progress,
        )
    else:
        _refuse_of_import(
            vectors=vectors, ids=ids, id_column=id_column, vector_column=vector_column, binary=binary,
            normalise=normalise,
        )  # fmt: skip
        if not videos:
            hint = "name a folder: vibekit embed clips/ --embedder av --out embeddings/e1"
            raise UsageError("Missing argument 'VIDEOS...'.", hint=hint)
        settings = embedder_settings(options, option or ())
        refuse_untaken(names, [n for n in SETTINGS if ctx.params[n] is not None], list(settings.options))
        report = stage(
            EmbedConfig(
                sources=tuple(videos),
                out=out,
                embedders=names,
                settings=settings,
                dtype=dtype_of(options) or "float16",
                metadata=tuple(metadata or ()),
                root=root,
                limit=limit,
                shard_rows=rows_of(options),
                workers=workers_of(options),
                decode_timeout_s=options.decode_timeout,
                retry_failed=retry_failed,
                engine="ray" if engine is EngineOption.RAY else "local",
                ray_address=ray_address,
                max_cost_usd=options.max_cost,
                prices=options.prices,
                force=force,
                argv=argv,
            ),
            progress=progress,
        )
    _finish(report, output)


def _export(path: Path, out: Path, output: Output, progress: Progress, *, named: bool) -> None:
    from vibekit.stages.embed import export_parquet

    if named:
        raise UsageError("--export takes no videos and no vectors", hint="vibekit embed --export E --out X.parquet")
    if out.suffix.lower() != ".parquet":
        raise UsageError(f"--out {out} does not end in .parquet", hint="vibekit embed --export E --out X.parquet")
    report = export_parquet(path, out, progress=progress)
    left_out = f"; {report.left_out} rows without a vector left out" if report.left_out else ""
    output.finish(
        report, render=lambda o: o.text(f"{shown(str(out))}: {report.rows} rows of {report.dim} dimensions{left_out}")
    )


def _refuse(**given: Any) -> None:  # noqa: ANN401 - options of any type
    for name, value in given.items():
        if value:
            what = "VIDEOS" if name == "videos" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{what} does not go with --embedder import", hint="give --vectors and --ids")


def _refuse_of_import(**given: Any) -> None:  # noqa: ANN401 - options of any type
    for name, value in given.items():
        if value:
            raise UsageError(f"--{name.replace('_', '-')} goes with --embedder import", hint="add --embedder import")


def _finish(report: EmbedReport, output: Output) -> None:
    for warning in report.warnings:
        output.warn(warning)
    problems = [Problem(code="failed", message=f.reason, item=f.path) for f in report.failures]
    output.finish(
        report,
        render=lambda o: _show(o, report),
        exit_code=ExitCode.PARTIAL if report.failed or report.stopped else ExitCode.DONE,
        problems=problems,
    )


def _show(output: Output, report: EmbedReport) -> None:
    blocks = ", ".join(f"{name} {dim}" for name, dim in report.blocks.items())
    shards = "1 shard" if report.shards == 1 else f"{report.shards} shards"
    output.text(f"{report.ok} vectors of {report.dim} dimensions ({blocks}), {report.dtype}, {shards}")
    again = f", {report.duplicates} duplicates" if report.duplicates else ""
    output.text(f"{report.new} rows made now, {report.kept} were there{again}; {report.failed} without a vector")
    for failure in report.failures[:LISTED]:
        output.text(f"  failed: {shown(failure.path)}: {shown(failure.reason)}")
    more = report.failed - min(len(report.failures), LISTED)
    if more > 0:
        output.text(f"  … and {more} more")
    if report.ignored:
        others = ", ".join(f"{n} {suffix or 'without a suffix'}" for suffix, n in report.ignored.items())
        output.text(f"no videos, and left alone: {shown(others)}")
    if report.cost_usd is not None:
        output.text(f"paid now: ${report.cost_usd:.4f}")
    if report.stopped:
        output.hint("stopped by --max-cost; what was paid for is kept, and a higher limit goes on where this one ended")
    output.text(f"written: {shown(str(report.out))}/embeddings.json and part-*.arrow")
    output.hint(f"next: vibekit distill RUN --embeddings {shown(str(report.out))} --out students/s1")
