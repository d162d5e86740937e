"""The flat settings of ``vibekit annotate`` as they stand in vibekit.yaml, the environment and flags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from vibekit.annotators.settings import AnnotatorSettings, MediaChoice, Resolution, Thinking
from vibekit.core.media import WHOLE, FrameSampling, SamplingMode, Window
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.prices import load_prices
from vibekit.stages.annotate.config import AnnotateConfig, BatchConfig, BatchRetry
from vibekit.stages.ranges import check_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable

Sampling = Literal["near", "exact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateOptions:
    """One field a flag; None leaves the choice to the model, the machine or the service."""

    annotator: str = "gemini"
    model: str = AnnotatorSettings().model
    media: str = "auto"
    frames: int = 16
    sampling: str = "near"
    near: float = 0.5
    frame_size: int = 512
    jpeg_quality: int = 85
    fps: float = 1.0
    start: float = 0.0
    end: float | None = None
    audio: bool | None = None
    decoder: str = "pyav"
    thinking: str | None = None
    media_resolution: str = "low"
    temperature: float | None = None
    seed: int = 0
    max_output_tokens: int | None = None
    samples: int = 1
    attributes_per_call: int = 1
    concurrency: int = 64
    rpm: int | None = None
    tpm: int | None = None
    order: str = "manifest"
    cache: bool = True
    workers: int | None = None
    decode_timeout: float = 60.0
    timeout: float = 120.0
    max_attempts: int = 6
    max_cost: float | None = None
    payload_mb: int = 256
    inline_limit_mb: float = 20.0
    vertex: bool = False
    project: str | None = None
    location: str | None = None
    prompt: Path | None = None
    prices: Path | None = None
    source: Path | None = None
    base_url: str | None = None
    extra_body: str | None = None
    deadline: float = 24.0
    batch_requests: int = 500
    batch_mb: float = 100.0
    batch_retry: str = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateRequest:
    """What names the work of one command, and is never taken from a settings file."""

    sources: tuple[str, ...]
    attributes: tuple[str, ...]
    out: Path | None
    metadata: tuple[Path, ...] = ()
    root: Path | None = None
    attributes_dir: Path | None = None
    limit: int | None = None
    dry_run: bool = False
    force: bool = False
    batch: bool = False
    wait: bool = True
    status: bool = False
    cancel: bool = False
    repeat: Path | None = None
    share: float | None = None
    ablate: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()


def to_config(request: AnnotateRequest, options: AnnotateOptions) -> AnnotateConfig:
    """Check the options and turn them into a config.

    Raises:
        InputError: A value is out of range or not one of the known ones.
    """
    _check(options)
    if options.end is not None and options.end <= options.start:
        raise InputError(f"--end {options.end:g} is not after --start {options.start:g}", hint="both in seconds")
    if request.limit is not None and request.limit < 1:
        raise InputError(f"--limit {request.limit}: at least 1")
    settings = AnnotatorSettings(
        model=options.model,
        media=cast("MediaChoice", _one_of("media", options.media, get_args(MediaChoice))),
        sampling=FrameSampling(
            frames=options.frames,
            mode=SamplingMode(_one_of("sampling", options.sampling, get_args(Sampling))),
            near=options.near,
            long_side=options.frame_size,
            quality=options.jpeg_quality,
            window=Window(start_s=options.start, end_s=options.end),
        ),
        decoder=options.decoder,
        fps=options.fps,
        # most models behind such servers are deaf, and a server may refuse what it cannot use
        audio=options.annotator != "openai" if options.audio is None else options.audio,
        thinking=cast(
            "Thinking | None", options.thinking and _one_of("thinking", options.thinking, get_args(Thinking))
        ),
        media_resolution=_resolution(options.media_resolution),
        temperature=options.temperature,
        seed=options.seed,
        max_output_tokens=options.max_output_tokens,
        vertex=options.vertex,
        project=options.project,
        location=options.location,
        timeout_s=options.timeout,
        inline_limit_bytes=int(options.inline_limit_mb * 1e6),
        prompt=options.prompt,
        prices=load_prices(options.prices),
        source=options.source,
        base_url=options.base_url,
        extra_body=options.extra_body,
        connections=options.concurrency,
    )
    if options.annotator == "signals" and settings.sampling.window != WHOLE:
        raise InputError("--start and --end do not work with --annotator signals", hint="it measures whole videos")
    defaults = AnnotateConfig(sources=(), attributes=(), out=Path(), settings=settings)
    return AnnotateConfig(
        sources=request.sources,
        attributes=request.attributes,
        out=request.out or default_out(request.sources),
        settings=settings,
        annotator=options.annotator,
        metadata=request.metadata,
        root=request.root,
        attributes_dir=request.attributes_dir,
        attributes_per_call=options.attributes_per_call,
        samples=options.samples,
        concurrency=options.concurrency,
        rpm=options.rpm,
        tpm=options.tpm,
        order=options.order,
        cache=options.cache,
        batch=_batch(request, options),
        workers=options.workers or defaults.workers,
        decode_timeout_s=options.decode_timeout,
        max_attempts=options.max_attempts,
        max_cost_usd=options.max_cost,
        limit=request.limit,
        payload_bytes=options.payload_mb * 1_000_000,
        dry_run=request.dry_run,
        force=request.force,
        argv=request.argv,
    )


def cautions(options: AnnotateOptions) -> tuple[str, ...]:
    """Return what to tell people before anything is paid."""
    if options.samples > 1 and options.temperature == 0:
        return (
            f"--samples {options.samples} with --temperature 0: a model then gives much the same answer every time, "
            "and the votes agree whether it is sure or not; leave --temperature away",
        )
    return ()


def _batch(request: AnnotateRequest, options: AnnotateOptions) -> BatchConfig | None:
    if not request.batch:
        return None
    return BatchConfig(
        wait=request.wait,
        status=request.status,
        cancel=request.cancel,
        deadline_s=options.deadline * 3600,
        requests=options.batch_requests,
        payload_bytes=int(options.batch_mb * 1e6),
        retry=cast("BatchRetry", _one_of("batch-retry", options.batch_retry, get_args(BatchRetry))),
    )


def default_out(sources: tuple[str, ...]) -> Path:
    """Name the run after its first source: ``clips/`` and ``clips/*.mp4`` -> ``runs/clips``."""
    first = Path(sources[0]).resolve() if sources else Path()
    name = next((p.stem for p in (first, *first.parents) if not set(p.name) & set("*?[")), "")
    clean = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-.")
    return Path("runs") / (clean or "run")


def _resolution(value: str) -> Resolution | None:
    known = (*get_args(Resolution), "default")
    chosen = _one_of("media-resolution", value, known)
    return None if chosen == "default" else cast("Resolution", chosen)


def _one_of(name: str, value: str, known: Iterable[str]) -> str:
    choices = list(known)
    if value not in choices:
        hint = f"{did_you_mean(value, choices)} choose one of: {', '.join(choices)}".strip()
        raise InputError(f"--{name} '{value}' is not known", hint=hint)
    return value


def _check(o: AnnotateOptions) -> None:
    ranges: tuple[tuple[str, float | None, float, float], ...] = (
        ("frames", o.frames, 1, 1000),
        ("near", o.near, 0.01, 1),
        ("frame-size", o.frame_size, 16, 4096),
        ("jpeg-quality", o.jpeg_quality, 1, 100),
        ("fps", o.fps, 0.01, 24),
        ("start", o.start, 0, 86_400),
        ("end", o.end, 0.001, 86_400),
        ("temperature", o.temperature, 0, 2),
        ("max-output-tokens", o.max_output_tokens, 1, 10_000_000),
        ("samples", o.samples, 1, 100),
        ("attributes-per-call", o.attributes_per_call, 1, 50),
        ("concurrency", o.concurrency, 1, 1000),
        ("rpm", o.rpm, 1, 10_000_000),
        ("tpm", o.tpm, 1, 1e12),
        ("deadline", o.deadline, 0.0001, 720),
        ("batch-requests", o.batch_requests, 1, 100_000),
        ("batch-mb", o.batch_mb, 0.01, 2000),
        ("workers", o.workers, 1, 256),
        ("decode-timeout", o.decode_timeout, 0.1, 86_400),
        ("timeout", o.timeout, 0.1, 3600),
        ("max-attempts", o.max_attempts, 1, 100),
        ("max-cost", o.max_cost, 0, 1e9),
        ("payload-mb", o.payload_mb, 1, 1_000_000),
        ("inline-limit-mb", o.inline_limit_mb, 0, 100),
    )
    check_ranges("annotate", ranges, environment=True)
