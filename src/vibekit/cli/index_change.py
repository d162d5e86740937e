"""``vibekit index add``, ``remove`` and ``update-labels``, from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.index_options import IndexArg, LabelsOpt, MetadataOpt, ThresholdOpt, thresholds_of
from vibekit.cli.options import AttributesDirOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output
from vibekit.errors import UsageError

if TYPE_CHECKING:
    from vibekit.stages.index.reports import ChangeReport

ADD_EXAMPLE = "Example: vibekit index add indexes/i1 embeddings/new --labels labels/new"
REMOVE_EXAMPLE = "Example: vibekit index remove indexes/i1 gone.csv"
LABELS_EXAMPLE = "Example: vibekit index update-labels indexes/i1 --labels labels/l2"


def add(
    index: IndexArg,
    embeddings: Annotated[Path, typer.Argument(metavar="EMBEDDINGS", help="A folder of embeddings of the same space.")],
    labels: LabelsOpt = None,
    metadata: MetadataOpt = None,
    attributes_dir: AttributesDirOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Add videos; one that is there already is replaced, and keeps what the new labels do not say anew."""
    from vibekit.cli.progress import progress_for
    from vibekit.stages.index.add import add as stage
    from vibekit.stages.index.config import AddConfig

    report = stage(
        AddConfig(
            index=index,
            embeddings=embeddings,
            labels=tuple(labels or ()),
            metadata=tuple(metadata or ()),
            attributes_dir=attributes_dir,
            argv=("vibekit", *sys.argv[1:]),
        ),
        progress=progress_for(quiet=quiet),
    )
    _finish("index add", report, json_mode=json_mode, quiet=quiet)


def remove(
    index: IndexArg,
    ids_file: Annotated[
        Path | None, typer.Argument(metavar="IDS", help="A table with video_id, or a text file with an id a line.")
    ] = None,
    ids: Annotated[
        list[str] | None, typer.Option("--id", metavar="VIDEO_ID", help="A video to remove; repeatable.")
    ] = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Remove videos: they are found no more at once, and their space is freed when it is worth it."""
    if ids_file is None and not ids:
        raise UsageError("nothing to remove", hint="name a file of ids, or give --id VIDEO_ID")
    from vibekit.cli.progress import progress_for
    from vibekit.stages.index.config import RemoveConfig
    from vibekit.stages.index.remove import remove as stage

    report = stage(
        RemoveConfig(index=index, ids_file=ids_file, ids=tuple(ids or ()), argv=("vibekit", *sys.argv[1:])),
        progress=progress_for(quiet=quiet),
    )
    _finish("index remove", report, json_mode=json_mode, quiet=quiet)


def update_labels(
    index: IndexArg,
    labels: LabelsOpt = None,
    attributes_dir: AttributesDirOpt = None,
    threshold: ThresholdOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Put other labels in, for attributes that are there or new ones; vectors are not touched."""
    if not labels:
        raise UsageError("no labels given", hint=LABELS_EXAMPLE)
    thresholds = thresholds_of(threshold or ())
    from vibekit.cli.progress import progress_for
    from vibekit.stages.index.config import UpdateLabelsConfig
    from vibekit.stages.index.update_labels import update_labels as stage

    report = stage(
        UpdateLabelsConfig(
            index=index,
            labels=tuple(labels),
            attributes_dir=attributes_dir,
            thresholds=thresholds,
            argv=("vibekit", *sys.argv[1:]),
        ),
        progress=progress_for(quiet=quiet),
    )
    _finish("index update-labels", report, json_mode=json_mode, quiet=quiet)


def _finish(command: str, report: ChangeReport, *, json_mode: bool, quiet: bool) -> None:
    out = Output(command=command, json_mode=json_mode, quiet=quiet)
    for warning in report.warnings:
        out.warn(warning)
    out.finish(report, render=lambda o: _show(report, o))


def _show(report: ChangeReport, out: Output) -> None:
    from vibekit.cli.index_text import show_attributes

    if report.labelled:
        show_attributes(report.index, out)
    for words, n in (("added", report.added), ("replaced", report.replaced), ("removed", report.removed)):
        if n:
            out.text(f"{n:,} videos {words}")
    if report.kept_labels:
        out.text(f"{report.kept_labels:,} of them have another vector and the labels that they had")
    if report.labelled:
        out.text(f"new labels of {', '.join(report.labelled)}")
    if report.compacted:
        out.text("merged into cluster order: the rows that were added or removed since had become many")
    if report.nothing_to_do:
        out.text("nothing to do")
    out.text(f"{report.index.videos:,} videos in {report.path}, {report.index.generation}, {report.seconds:,.1f} s")
    out.hint(f"next: vibekit index verify {report.path}")
