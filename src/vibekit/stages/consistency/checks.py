"""What ``--repeat`` and ``--ablate`` are asked for, checked before anything is read or paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.attribute import Modality
from vibekit.errors import InputError, UsageError, did_you_mean
from vibekit.stages.annotate.options import default_out, to_config
from vibekit.stages.consistency.like import definitions_like, options_like
from vibekit.stages.consistency.outcomes import run_at

if TYPE_CHECKING:
    from vibekit.formats.run import RunFile
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.annotate.options import AnnotateOptions, AnnotateRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatConfig:
    """One ``vibekit annotate --repeat`` command.

    Attributes:
        run: The run whose answers are asked for again.
        annotate: How, and into which folder; ``sources`` are empty or narrow the videos down.
        share: Of the run's videos, 0-1; None for the default.
        limit: At most so many videos; None for no limit.
    """

    run: Path
    annotate: AnnotateConfig
    share: float | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AblateConfig:
    """One ``vibekit annotate --ablate`` command.

    Attributes:
        annotate: How; its ``out`` holds a run for each condition.
        modalities: What is withheld, and shown alone, one after the other.
        share: Of the videos, 0-1; None for the default.
        limit: At most so many videos; None for no limit.
    """

    annotate: AnnotateConfig
    modalities: tuple[Modality, ...]
    share: float | None = None
    limit: int | None = None


def repeat_config(request: AnnotateRequest, options: AnnotateOptions, *, given: frozenset[str]) -> RepeatConfig:
    """Turn a command line with ``--repeat`` into a config.

    Args:
        request: What names the work.
        options: The settings as for any command.
        given: Options that were typed; all others that can change an answer are those of the run.

    Raises:
        InputError: There is no such run, or a value is wrong.
        UsageError: The options do not go together.
    """
    _check(request)
    assert request.repeat is not None
    if request.metadata:
        raise UsageError("--repeat takes the words about a video from the run", hint="leave --metadata away")
    run = run_at(request.repeat)
    out = request.out or _beside(request.repeat)
    if out.resolve() == request.repeat.resolve():
        raise InputError(
            "the answers would be compared with themselves", path=out, hint="choose another --out, or leave it away"
        )
    asked = replace(request, attributes=definitions_like(request.repeat, request.attributes), out=out)
    config = to_config(asked, options_like(run, request.repeat, options, given=given))
    if "model" not in given:
        _check_models(run, request.attributes, config.settings.model)
    withhold = tuple(run.settings.get("withhold") or ())
    return RepeatConfig(
        run=request.repeat,
        annotate=replace(
            _direct(config), cache=False, metadata=(), settings=replace(config.settings, withhold=withhold)
        ),
        share=request.share,
        limit=request.limit,
    )


def ablate_config(request: AnnotateRequest, options: AnnotateOptions) -> AblateConfig:
    """Turn a command line with ``--ablate`` into a config.

    Raises:
        InputError: A modality or another value is wrong.
        UsageError: The options do not go together.
    """
    _check(request)
    names = tuple(dict.fromkeys(name.strip() for name in request.ablate))
    known = list(Modality)
    for name in names:
        if name not in known:
            hint = f"{did_you_mean(name, known)} choose from: {', '.join(known)}".strip()
            raise InputError(f"--ablate '{name}' is not known", hint=hint)
    base = default_out(request.sources)
    out = request.out or base.with_name(f"{base.name}-ablation")
    config = to_config(replace(request, out=out), options)
    return AblateConfig(
        annotate=_direct(config),
        modalities=tuple(m for m in Modality if m in names),
        share=request.share,
        limit=request.limit,
    )


def _check_models(run: RunFile, names: tuple[str, ...], model: str) -> None:
    """Refuse to ask one model again about what another had answered: a run keeps the settings of its last command."""
    for name, attribute in run.attributes.items():
        asked = str(attribute.parts.get("model") or "")
        if asked and asked != model and (not names or name in names):
            raise InputError(
                f"'{name}' was answered by {asked}, and the last command of the run used {model}",
                item=name,
                hint=f"repeat it by itself: -a {name} --model {asked}",
            )


def _direct(config: AnnotateConfig) -> AnnotateConfig:
    """Leave to the check which videos are asked about, and in which order."""
    return replace(config, limit=None, order="manifest")


def _check(request: AnnotateRequest) -> None:
    if request.repeat is not None and request.ablate:
        raise UsageError("--repeat and --ablate are two checks", hint="give one of them")
    if request.batch or request.status or request.cancel:
        raise UsageError("--repeat and --ablate ask directly", hint="leave --batch, --status and --cancel away")
    if request.share is not None and not 0 < request.share <= 1:
        raise InputError(f"--share {request.share:g} is out of range", hint="above 0, up to 1: 0.02 is 2 %")


def _beside(run: Path) -> Path:
    """Name a new folder after the run and the day, so that the same command of the same day resumes."""
    whole = run.resolve() if run.name in ("", "..") else run
    return whole.with_name(f"{whole.name}-repeat-{datetime.now().astimezone():%Y-%m-%d}")
