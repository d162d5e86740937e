"""``vibekit annotate``: options in, a run and a table out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibekit.cli.options import AttributesDirOpt, ConfigOpt, ForceOpt, JsonOpt, QuietOpt
from vibekit.cli.output import Output, Problem, shown
from vibekit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.stages.annotate import AnnotateReport, Failure

EXAMPLE = """Examples:

  vibekit annotate clips/ -a calming

  vibekit annotate clips/ -a calming -a energetic --metadata clips.csv --out runs/r1

  vibekit annotate clips/ -a calming --dry-run

  vibekit annotate clips/ -a calming --annotator signals   (no key, no network)

Running the same command again resumes: what was answered is never paid for again.
"""
LISTED = 20
"""Failures shown in the terminal; all of them are in the run."""


def annotate(
    ctx: typer.Context,
    videos: Annotated[
        list[str] | None, typer.Argument(help="Folders, files, globs, or manifests (CSV, TSV, JSONL, Parquet).")
    ] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", "-a", metavar="NAME", help="What to judge: a name or a YAML file; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The run folder (default: runs/NAME-OF-THE-VIDEOS).")] = None,
    metadata: Annotated[
        list[Path] | None,
        typer.Option(help="CSV, JSONL or Parquet with titles, descriptions, hashtags …; repeatable."),
    ] = None,
    root: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the relative paths of a manifest are looked for too.")
    ] = None,
    annotator: Annotated[
        str | None, typer.Option(help="gemini, openai, signals, replay, scripted, or package.module:Class. [gemini]")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model id. [gemini-3.8-flash]")] = None,
    media: Annotated[
        str | None, typer.Option(help="What is sent: auto (fewer tokens), video (original bytes), frames. [auto]")
    ] = None,
    frames: Annotated[int | None, typer.Option(help="Frames per video. [16]")] = None,
    sampling: Annotated[
        str | None, typer.Option(help="near (cheap frames close to the target) or exact. [near]")
    ] = None,
    near: Annotated[float | None, typer.Option(help="How far near may go, as a share of half a segment. [0.5]")] = None,
    frame_size: Annotated[int | None, typer.Option(help="Longest side of a frame, pixels. [512]")] = None,
    jpeg_quality: Annotated[int | None, typer.Option(help="JPEG quality. [85]")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second that the service takes from a video. [1]")] = None,
    start: Annotated[
        float | None, typer.Option(metavar="S", help="Look at every video from here on, seconds. [0]")
    ] = None,
    end: Annotated[float | None, typer.Option(metavar="S", help="... and only up to here. [the end]")] = None,
    audio: Annotated[
        bool | None, typer.Option("--audio/--no-audio", help="Send the sound with frames. [audio; no-audio for openai]")
    ] = None,
    decoder: Annotated[str | None, typer.Option(help="pyav, or decord (pip install 'vibekit[decord]'). [pyav]")] = None,
    thinking: Annotated[str | None, typer.Option(help="minimal, low, medium, high or xhigh. [the model's]")] = None,
    media_resolution: Annotated[str | None, typer.Option(help="low, medium, high or default. [low]")] = None,
    temperature: Annotated[float | None, typer.Option(help="[the model's]")] = None,
    seed: Annotated[int | None, typer.Option(help="[0]")] = None,
    max_output_tokens: Annotated[int | None, typer.Option(help="Thinking counts against it. [the model's]")] = None,
    samples: Annotated[int | None, typer.Option(help="Answers per question; more than one vote. [1]")] = None,
    attributes_per_call: Annotated[
        int | None, typer.Option(help="Attributes that share one call and its video tokens. [1]")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Calls in flight at most. [64]")] = None,
    rpm: Annotated[int | None, typer.Option(help="Requests a minute at most. [what the service bears]")] = None,
    tpm: Annotated[int | None, typer.Option(help="Input tokens a minute at most. [what the service bears]")] = None,
    order: Annotated[
        str | None, typer.Option(help="Who goes first: manifest, newest, or column:NAME (largest first). [manifest]")
    ] = None,
    cache: Annotated[
        bool | None, typer.Option("--cache/--no-cache", help="Use and keep answers across runs. [cache]")
    ] = None,
    batch: Annotated[bool, typer.Option("--batch", help="Ask through the Batch API: half the price, hours.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="With --batch: wait for the jobs, or let a later command collect.")
    ] = True,
    status: Annotated[bool, typer.Option("--status", help="With --batch: show the jobs of the run.")] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="With --batch: cancel the jobs, and collect what they answered.")
    ] = False,
    deadline: Annotated[
        float | None, typer.Option(metavar="HOURS", help="With --batch: cancel a job after so long. [24]")
    ] = None,
    batch_requests: Annotated[int | None, typer.Option(help="Questions per batch job at most. [500]")] = None,
    batch_mb: Annotated[float | None, typer.Option(help="Size of a batch job at most, MB. [100]")] = None,
    batch_retry: Annotated[
        str | None, typer.Option(help="What a job failed to answer is asked: direct, batch or none. [direct]")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Decoder processes. [one a core]")] = None,
    decode_timeout: Annotated[float | None, typer.Option(help="Seconds until a decoder is killed. [60]")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds until a call is given up. [120]")] = None,
    max_attempts: Annotated[int | None, typer.Option(help="Requests per question at most. [6]")] = None,
    max_cost: Annotated[float | None, typer.Option(metavar="USD", help="Stop before this command costs more.")] = None,
    payload_mb: Annotated[int | None, typer.Option(help="Media held in memory at once, MB. [256]")] = None,
    inline_limit_mb: Annotated[
        float | None, typer.Option(help="Larger videos go through the Files API, MB. [20]")
    ] = None,
    vertex: Annotated[bool | None, typer.Option("--vertex/--no-vertex", help="Use Vertex AI.")] = None,
    project: Annotated[str | None, typer.Option(help="Google Cloud project, for Vertex AI.")] = None,
    location: Annotated[str | None, typer.Option(help="Google Cloud location, for Vertex AI. [global]")] = None,
    prompt: Annotated[Path | None, typer.Option(help="Your own prompt template.")] = None,
    prices: Annotated[Path | None, typer.Option(help="Your own price table, laid over ours.")] = None,
    source: Annotated[Path | None, typer.Option(help="File of the replay and scripted annotators.")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Address of the service. [its own]")] = None,
    extra_body: Annotated[
        str | None, typer.Option(metavar="JSON", help="Added to every request of the openai annotator.")
    ] = None,
    repeat: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Ask a sample of a run again, and report how far it agrees.")
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(help="Part that --repeat and --ablate ask about, 0-1. [50 videos; --repeat: 0.02 if more]"),
    ] = None,
    ablate: Annotated[
        str | None, typer.Option(metavar="LIST", help="Ask without, and with only, each of text,audio,frames.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many videos.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count calls, tokens and money; ask nothing.")] = False,
    attributes_dir: AttributesDirOpt = None,
    config: ConfigOpt = None,
    force: ForceOpt = False,
    quiet: QuietOpt = False,
    json_mode: JsonOpt = False,
) -> None:
    """Judge videos by attributes and write an honest outcome for every one of them into a run."""
    import os

    from vibekit.cli.annotate_batch import check_batch
    from vibekit.cli.progress import progress_for
    from vibekit.formats.config import load_settings, unknown_variables
    from vibekit.stages.annotate import annotate as stage
    from vibekit.stages.annotate.options import AnnotateOptions, AnnotateRequest, cautions, to_config

    ablated = None if ablate is None else tuple(name.strip() for name in ablate.split(",") if name.strip())
    request = AnnotateRequest(
        sources=tuple(videos or ()),
        attributes=tuple(attribute or ()),
        out=out,
        metadata=tuple(metadata or ()),
        root=root,
        attributes_dir=attributes_dir,
        limit=limit,
        dry_run=dry_run,
        force=force,
        batch=batch,
        wait=wait,
        status=status,
        cancel=cancel,
        repeat=repeat,
        share=share,
        ablate=ablated or (),
        argv=("vibekit", *sys.argv[1:]),
    )
    if repeat is None and not ablated:
        check_batch(request)
    _check_together(named=bool(videos), repeat=repeat, ablated=ablated, share=share, batch=batch)
    defaults = AnnotateOptions()
    flags = {name: ctx.params[name] for name in defaults.__dataclass_fields__}
    options = load_settings("annotate", defaults, flags=flags, env=os.environ, config=config)
    output = Output(command="annotate", json_mode=json_mode, quiet=quiet)
    for warning in (*unknown_variables(os.environ, defaults.__dataclass_fields__), *cautions(options)):
        output.warn(warning)
    if repeat is not None:
        from vibekit.cli.annotate_checks import run_repeat

        given = frozenset(name for name, value in flags.items() if value is not None)
        run_repeat(output, request, options, given=given, progress=progress_for(quiet=quiet))
    if ablated:
        from vibekit.cli.annotate_checks import run_ablate

        run_ablate(output, request, options, progress=progress_for(quiet=quiet))
    if status:
        from vibekit.cli.annotate_batch import run_status

        run_status(output, to_config(request, options))
    report = stage(to_config(request, options), progress=progress_for(quiet=quiet))
    for warning in report.warnings:
        output.warn(warning)
    output.finish(
        report,
        render=lambda o: _show(o, report),
        exit_code=exit_code(report),
        problems=problems_of(report.failures),
    )


def problems_of(failures: Iterable[Failure]) -> list[Problem]:
    """Return failed outcomes as entries of the envelope."""
    return [
        Problem(code=str(f.status), message=f.reason, item=f.path, hint="" if f.attribute == "*" else f.attribute)
        for f in failures
    ]


def _check_together(
    *, named: bool, repeat: Path | None, ablated: tuple[str, ...] | None, share: float | None, batch: bool
) -> None:
    """Refuse options that would be ignored, and a command that names no videos and no run to take them from."""
    if not named and repeat is None and not batch:
        raise UsageError("Missing argument 'VIDEOS...'.", hint="name a folder: vibekit annotate clips/ -a calming")
    if ablated == ():
        raise UsageError("--ablate names nothing to withhold", hint="such as: --ablate text,audio,frames")
    if share is not None and repeat is None and ablated is None:
        raise UsageError("--share goes with --repeat and --ablate", hint="to ask about some videos only: --limit N")


def exit_code(report: AnnotateReport) -> ExitCode:
    """Choose what the shell gets."""
    if report.stopped == "interrupted":
        return ExitCode.INTERRUPTED
    if report.dry_run:
        return ExitCode.DONE
    return ExitCode.PARTIAL if report.failures or report.stopped not in ("", "waiting") else ExitCode.DONE


def _show(output: Output, report: AnnotateReport) -> None:
    if report.dry_run:
        _show_forecast(output, report)
    else:
        _show_outcome(output, report)
    if report.ignored:
        others = ", ".join(f"{n} {suffix or 'without a suffix'}" for suffix, n in report.ignored.items())
        output.text(f"no videos, and left alone: {shown(others)}")
    for failure in report.failures[:LISTED]:
        what = "" if failure.attribute == "*" else f" [{failure.attribute}]"
        output.text(f"  {failure.status}: {shown(failure.path)}{what}: {shown(failure.reason)}")
    if len(report.failures) > LISTED:
        output.text(f"  … and {len(report.failures) - LISTED} more, all in {shown(report.out)}/annotations.jsonl")


def _show_forecast(output: Output, report: AnnotateReport) -> None:
    tokens = report.tokens
    output.text(
        f"{report.files} files, {report.videos} different videos, {report.answered_before} answers already there"
    )
    for media, n in report.media.items():
        why = report.media_why.get(media)
        output.text(f"  {n} calls as {media}" + (f" (the first: {why})" if why else ""))
    out = f"{tokens['output']:,} out and {tokens['thoughts']:,} for thinking"
    output.text(f"{report.calls} requests, about {tokens['prompt']:,} tokens in, {out}")
    if report.from_cache:
        output.text(f"{report.from_cache} replies are known from other runs, and cost nothing (--no-cache asks anew)")
    if report.estimate_usd is None:
        output.text("no price is known for this model: add it to a file and name it with --prices FILE")
    else:
        output.text(f"about ${report.estimate_usd:.4f}")
    output.hint("nothing was asked and nothing was written; leave --dry-run away to start")


def _show_outcome(output: Output, report: AnnotateReport) -> None:
    from vibekit.cli.annotate_batch import left_in_jobs

    rows = []
    for name, counts in report.attributes.items():
        labels = ", ".join(f"{label} {n}" for label, n in counts.labels.items())
        rest = ", ".join(f"{status} {n}" for status, n in counts.statuses.items() if status != "ok")
        rows.append((name, counts.definition, counts.statuses.get("ok", 0), labels or "-", rest or "-"))
    output.table(("attribute", "definition", "labelled", "labels", "other outcomes"), rows)
    money = f", ${report.spent_usd:.4f} now, ${report.run_cost_usd:.4f} in all" if report.run_cost_usd else ""
    output.text(
        f"{report.files} files, {report.videos} different videos; {report.requests} requests, "
        f"{report.answered_before} answers were there already{money}"
    )
    if report.from_cache:
        output.text(f"{report.from_cache} replies are known from other runs, and cost nothing (--no-cache asks anew)")
    if report.partial_media:
        output.text(f"{report.partial_media} files gave fewer frames than asked: see media_verdict")
    output.text(f"written: {shown(report.out)}/annotations.jsonl, annotations.parquet, videos.jsonl, run.json")
    left = list(left_in_jobs(report))
    for hint in left:
        output.hint(hint)
    if not left and not report.stopped:
        output.hint(f"next: vibekit score {shown(report.out)} --golden GOLDEN")
    if report.stopped == "max-cost":
        output.hint("stopped by --max-cost; the same command with a higher limit goes on where this one ended")
    if report.stopped == "interrupted":
        output.hint("interrupted; the same command goes on where this one ended")
