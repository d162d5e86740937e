"""``vibekit index search``, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vibekit.cli.index_options import IndexArg, bytes_of
from vibekit.cli.options import ConfigOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem, shown
from vibekit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from vibekit.core.search import SearchReport, SearchResult
    from vibekit.embedders.base import EmbedderSettings

EXAMPLE = """Examples:

  vibekit index search indexes/i1 --id clips/rain.mp4 --restrict 'calming & !sad'

  vibekit index search indexes/i1 --vectors q.npy --restrict 'calming >= 0.8 & language == "en"' -k 20 --json

  vibekit index search indexes/i1 --video new.mp4 --diverse 0.3 --html found.html

  vibekit index search indexes/i1 --text "rain on a window" --exclude seen.csv

  vibekit index search indexes/i1 --batch queries.csv --out found.parquet
"""
SHOWN_QUERIES = 20
"""In the terminal; all of them are in --json and --out."""
SHOWN_COLUMNS = 4
"""Attributes in the terminal."""


def search(
    index: IndexArg,
    ids: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="VIDEO", help="A video of the index: its id, or its file; repeatable."),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            "--vectors", metavar="FILE", help=".npy, .npz, .parquet, .safetensors, or a folder of embeddings."
        ),
    ] = None,
    vector_ids: Annotated[
        Path | None,
        typer.Option("--vector-ids", metavar="FILE", help="With --vectors: a name for each row, one a line."),
    ] = None,
    videos: Annotated[
        list[Path] | None, typer.Option("--video", metavar="FILE", help="Any video, embedded on the fly; repeatable.")
    ] = None,
    texts: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="WORDS", help="Words, where the index's embedder reads; repeatable."),
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option("--batch", metavar="FILE", help="CSV or JSON Lines: id or text, and restrict, k, exclude."),
    ] = None,
    restrict: Annotated[
        str, typer.Option("--restrict", "-r", metavar="EXPR", help="What may be found, such as 'calming & !sad'.")
    ] = "",
    k: Annotated[int, typer.Option("-k", metavar="K", help="Results a query.")] = 10,
    exact: Annotated[bool, typer.Option("--exact", help="Compare every video that matches.")] = False,
    diverse: Annotated[
        float, typer.Option("--diverse", metavar="X", help="0 is the nearest; up to 1, the more unlike one another.")
    ] = 0.0,
    exclude: Annotated[
        Path | None, typer.Option("--exclude", metavar="FILE", help="Ids that are not to be found: .txt, .csv, .npy …")
    ] = None,
    allow: Annotated[
        Path | None, typer.Option("--allow", metavar="FILE", help="The only ids that may be found.")
    ] = None,
    with_self: Annotated[
        bool, typer.Option("--with-self", help="A video that is searched by may find itself.")
    ] = False,
    out_file: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write results as .parquet, .csv or .json.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a contact sheet with pictures.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="With --video, --text: as at vibekit embed. [the embedder's]")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Likewise. [the newest]")] = None,
    frames: Annotated[int | None, typer.Option(help="Likewise. [the embedder's]")] = None,
    dim: Annotated[int | None, typer.Option(help="Likewise. [its own]")] = None,
    option: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Likewise; repeatable.")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Address of the service. [its own]")] = None,
    max_memory: Annotated[
        str, typer.Option("--max-memory", metavar="SIZE", help="What prepared restrictions may take. [2GB]")
    ] = "",
    config: ConfigOpt = None,
    json_mode: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Find the nearest videos among those that a restriction lets through."""
    given = {"--id": ids, "--vectors": vectors, "--video": videos, "--text": texts, "--batch": batch}
    _one_of(given)
    if vector_ids is not None and vectors is None:
        raise UsageError("--vector-ids goes with --vectors", hint="add --vectors q.npy")
    memory = bytes_of("--max-memory", max_memory)
    from vibekit.cli.progress import progress_for
    from vibekit.stages.index.search import search as stage
    from vibekit.stages.index.search_config import SearchConfig

    report = stage(
        SearchConfig(
            index=index,
            ids=tuple(ids or ()),
            vectors=vectors,
            vector_ids=vector_ids,
            videos=tuple(videos or ()),
            texts=tuple(texts or ()),
            batch=batch,
            restrict=restrict,
            k=k,
            exact=exact,
            diverse=diverse,
            exclude=exclude,
            allow=allow,
            with_self=with_self,
            settings=_settings(
                config, option or [], model=model, revision=revision, frames=frames, dim=dim, base_url=base_url
            ),
            out=out_file,
            html=html,
            memory=memory,
        ),
        progress=progress_for(quiet=quiet),
    )
    _finish(report, Output(command="index search", json_mode=json_mode, quiet=quiet))


def _one_of(given: dict[str, Any]) -> None:
    named = [name for name, value in given.items() if value]
    if len(named) == 1:
        return
    said = " and ".join(named) + " at once" if named else "nothing to search by"
    raise UsageError(said, hint=f"give one of {', '.join(given)}")


def _settings(config: Path | None, extra: list[str], **flags: str | int | None) -> EmbedderSettings:
    """Read the embedder's settings as ``vibekit embed`` does: flags, then vibekit.yaml."""
    from vibekit.formats.config import load_settings
    from vibekit.stages.embed.options import EmbedOptions, checked, embedder_settings

    return embedder_settings(checked(load_settings("embed", EmbedOptions(), flags=flags, env={}, config=config)), extra)


def _finish(report: SearchReport, out: Output) -> None:
    for warning in report.warnings:
        out.warn(warning)
    problems = [Problem(code="not_found", message=one.problem, item=one.query) for one in report.results if one.problem]
    out.finish(
        report,
        render=lambda o: _show(report, o),
        exit_code=ExitCode.PARTIAL if report.failed else ExitCode.DONE,
        problems=problems,
    )


def _show(report: SearchReport, out: Output) -> None:
    for number, one in enumerate(report.results[:SHOWN_QUERIES]):
        if number:
            out.text()
        _show_result(one, out, several=len(report.results) > 1)
    more = len(report.results) - SHOWN_QUERIES
    if more > 0:
        out.text(f"… and {more:,} more queries: see them all with --out found.parquet")
    for path in filter(None, (report.out, report.html)):
        out.text(f"written: {shown(path)}")


def _show_result(one: SearchResult, out: Output, *, several: bool) -> None:
    if several or one.problem:
        out.text(shown(f"{one.by} {one.query}" + (f": {one.problem}" if one.problem else "")))
    if one.problem:
        return
    names = _columns(one)
    files = ("file",) if any(video.path for video in one.found) else ()
    rows = []
    for rank, (video_id, score) in enumerate(zip(one.ids, one.scores, strict=True), 1):
        video = one.found[rank - 1] if one.found else None
        labels = [_cell(video.labels[name].label, video.labels[name].chance) for name in names] if video else []
        rows.append((rank, f"{score:.4f}", video_id, *labels, *([video.path] if files and video else [])))
    if rows:
        out.table(("rank", "score", "video_id", *names, *files), rows)
    recall = "" if one.expected_recall in (None, 1) else f", expected recall {one.expected_recall:.1%}"
    restricted = f" match {one.restrict}" if one.restrict else " can be found"
    out.text(shown(f"{one.matched:,} videos{restricted}; {one.scanned:,} compared, plan {one.plan}{recall}"))
    if one.note:
        out.text(shown(f"note: {one.note}"))


def _columns(one: SearchResult) -> list[str]:
    """Return the attributes that the restriction speaks of, else the first ones of the index."""
    from vibekit.core.restriction_names import names_in
    from vibekit.core.restriction_text import parse

    known = list(one.found[0].labels) if one.found else []
    asked = [name for name in names_in(parse(one.restrict)) if name in known]
    return (asked or known)[:SHOWN_COLUMNS]


def _cell(label: str, chance: float | None) -> str:
    return label if chance is None else f"{label} {chance:.2f}"
