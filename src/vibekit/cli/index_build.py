"""``vibekit index build``, from the command line."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.index_options import LabelsOpt, MetadataOpt, ThresholdOpt, bytes_of, thresholds_of
from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output
from vibekit.errors import UsageError

if TYPE_CHECKING:
    from vibekit.stages.index.reports import BuildReport

EXAMPLE = "Example: vibekit index build embeddings/e1 --labels labels/l1 --out indexes/i1"


class StorageOption(StrEnum):
    """How a vector is stored."""

    FP32 = "fp32"
    FP16 = "fp16"
    SQ8 = "sq8"


class MetricOption(StrEnum):
    """What a score is."""

    COSINE = "cosine"
    IP = "ip"


def build(
    embeddings: Annotated[Path, typer.Argument(metavar="EMBEDDINGS", help="A folder of embeddings.")],
    out_folder: Annotated[
        Path, typer.Option("--out", "-o", metavar="INDEX", help="The index; the same one again goes on with it.")
    ],
    labels: LabelsOpt = None,
    metadata: MetadataOpt = None,
    attributes_dir: AttributesDirOpt = None,
    threshold: ThresholdOpt = None,
    storage: Annotated[
        StorageOption, typer.Option("--storage", help="Bytes of a number of a vector: 4, 2 or 1.")
    ] = StorageOption.FP32,
    metric: Annotated[
        MetricOption, typer.Option("--metric", help="What a score is: cosine or inner product.")
    ] = MetricOption.COSINE,
    recall: Annotated[
        float, typer.Option("--recall", metavar="P", help="Share of the true nearest that searches have to find.")
    ] = 0.95,
    max_memory: Annotated[
        str, typer.Option("--max-memory", metavar="SIZE", help="Refuse before any work if more is needed, such as 8GB.")
    ] = "",
    max_disk: Annotated[
        str, typer.Option("--max-disk", metavar="SIZE", help="Refuse before any work if more is needed, such as 20GB.")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the clusters and samples.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Build a new generation, whatever is there.")] = False,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Build an index of embeddings, their labels and metadata; a killed build goes on where it stopped."""
    if not 0 < recall < 1:
        raise UsageError(f"--recall {recall:g}: above 0 and below 1", hint="1 is what --exact gives at a search")
    if seed < 0:
        raise UsageError(f"--seed {seed}: 0 or more", hint="leave it out")
    thresholds = thresholds_of(threshold or ())
    budget = {"memory": bytes_of("--max-memory", max_memory), "disk": bytes_of("--max-disk", max_disk)}
    from vibekit.cli.progress import progress_for
    from vibekit.core.index import Metric, Storage
    from vibekit.stages.index.build import build as stage
    from vibekit.stages.index.config import BuildConfig

    report = stage(
        BuildConfig(
            embeddings=embeddings,
            out=out_folder,
            labels=tuple(labels or ()),
            metadata=tuple(metadata or ()),
            attributes_dir=attributes_dir,
            thresholds=thresholds,
            storage=Storage(storage.value),
            metric=Metric(metric.value),
            recall=recall,
            max_memory=budget["memory"],
            max_disk=budget["disk"],
            seed=seed,
            force=force,
            argv=("vibekit", *sys.argv[1:]),
        ),
        progress=progress_for(quiet=quiet),
    )
    out = Output(command="index build", json_mode=json_mode, quiet=quiet)
    for warning in report.warnings:
        out.warn(warning)
    out.finish(report, render=lambda o: _show(report, o))


def _show(report: BuildReport, out: Output) -> None:
    from vibekit.cli.index_text import show_attributes, size_text

    manifest = report.index
    if report.nothing_to_do:
        out.text(f"nothing to do: {report.path} was built from the same ({manifest.generation})")
    show_attributes(manifest, out)
    how = f"{manifest.clusters:,} clusters" if manifest.clusters else "exact search only: under 20,000 videos"
    out.text(
        f"{manifest.videos:,} videos of {manifest.dim} dimensions, {manifest.storage}, {how}; "
        f"{size_text(report.bytes)}, {report.bytes_per_video:,.0f} bytes a video"
    )
    if not report.nothing_to_do:
        peak = f", at most {size_text(report.peak_memory)} of memory" if report.peak_memory else ""
        out.text(f"built in {report.seconds:,.1f} s{peak}")
    out.text(f"index in {report.path}, {manifest.generation}")
    restrict = f" --restrict {manifest.attributes[0].name}" if manifest.attributes else ""
    out.hint(f"next: vibekit index search {report.path} --id VIDEO{restrict}")
