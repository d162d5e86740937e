"""``--repeat``: a sample of a run is asked about once more, and both answers are compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.annotation import ANSWERED
from vibekit.core.attribute import Kind
from vibekit.errors import InputError
from vibekit.formats.attribute import read_attribute
from vibekit.formats.check_report import write_check
from vibekit.formats.run import read_run
from vibekit.formats.videos import read_videos
from vibekit.stages.consistency.agreement import Rate
from vibekit.stages.consistency.compare import Agreement, Flip, Pair, compare, flips, kept_of_each
from vibekit.stages.consistency.differ import differences
from vibekit.stages.consistency.draw import Drawn, draw_with_every_label, size_of
from vibekit.stages.consistency.found import Found, find_again
from vibekit.stages.consistency.outcomes import Outcomes, read_outcomes
from vibekit.stages.consistency.several import Part, Total, alike, run_parts
from vibekit.stages.consistency.verdict import of_repeat
from vibekit.stages.inputs import read_inputs
from vibekit.stages.progress import Progress, Silent

if TYPE_CHECKING:
    from vibekit.stages.consistency.checks import RepeatConfig

REPORT = "repeat.json"
SHARE = 0.02
AT_LEAST = 50
"""Videos that are drawn when the user names neither a share nor a limit: fewer show next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedAttribute:
    """How one attribute came out twice.

    Attributes:
        kind: binary, ordinal or categorical.
        agreement: Over the videos that were drawn blindly, so that it speaks for the whole run.
        kept: First label -> how many kept it, over all videos that were asked about.
        flips: Every changed label, over all videos that were asked about.
        asked_otherwise: Pairs whose questions differ, by the settings below or by the words about the video.
        left_out: Videos of the run whose answers were made with other settings than its ``run.json`` names.
        differences: What the two runs were made with that is not the same.
        verdict: What it comes to, in plain words.
        moved: Labels changed in one direction more than chance makes them.
        answers_moved: Videos lost their label, or won one, more than chance makes them.
        drifted: The 95 % interval of the mean change of the probabilities leaves 0 out.
    """

    kind: Kind
    agreement: Agreement
    kept: dict[str, Rate]
    flips: tuple[Flip, ...]
    asked_otherwise: int
    left_out: int
    differences: tuple[str, ...]
    verdict: str
    moved: bool
    answers_moved: bool
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatReport:
    """What ``--repeat`` found, or would ask.

    Attributes:
        run: The run that was repeated.
        out: The run that holds the second answers.
        dry_run: True when nothing was asked or written.
        seed: Of the draw.
        videos: Videos of the run that have an answer.
        drawn: Videos that were drawn blindly.
        added: Videos on top, so that every label is among them.
        gone: Of these, files that are not there any more, or hold something else now: not asked about.
        attributes: Name -> how it came out twice; empty in a dry run.
        total: Calls and money.
        warnings: For people.
    """

    run: str
    out: str
    dry_run: bool
    seed: int
    videos: int
    drawn: int
    added: int
    gone: dict[str, str]
    attributes: dict[str, RepeatedAttribute] = field(default_factory=dict)
    total: Total = field(default_factory=Total)
    warnings: tuple[str, ...] = ()


def repeat(config: RepeatConfig, *, progress: Progress | None = None) -> RepeatReport:
    """Ask about a sample of a run once more, into a run of its own, and compare.

    Raises:
        InputError: There is no such run, it has no answers, or none of the files is left.
        SetupError: A key or a package is missing.
        ServiceError: The service refuses; what was answered is kept.
        InterruptedRun: Ctrl-C twice; what was answered is kept.
    """
    before = read_outcomes(config.run)
    _check_out(config)
    definitions = _definitions(config, before)
    drawn, videos = _draw(config, before, tuple(definitions))
    found = find_again(config.run, (*drawn.random, *drawn.added))
    if not found.files:
        raise InputError(
            f"none of the {len(found.gone)} videos that were drawn is where the run found it",
            path=config.run,
            hint=f"run this from the folder that the run was made in; the first: {next(iter(found.gone.values()))}",
        )
    total = _ask(config, before, definitions, found, progress or Silent())
    report = RepeatReport(
        run=str(config.run),
        out=str(config.annotate.out),
        dry_run=config.annotate.dry_run,
        seed=_seed(config),
        videos=videos,
        drawn=len(drawn.random),
        added=len(drawn.added),
        gone=found.gone,
        total=total,
        warnings=(*before.warnings, *_warnings(before, found), *total.warnings),
    )
    if config.annotate.dry_run:
        return report
    report = replace(report, attributes=_compared(config, before, definitions, drawn, found))
    write_check(config.annotate.out / REPORT, report)
    return report


def _check_out(config: RepeatConfig) -> None:
    """Refuse a folder whose answers may be copies of the run's: they would agree whatever the model says today."""
    out = config.annotate.out
    if config.annotate.force or not (out / "run.json").exists():
        return
    if read_run(out / "run.json").settings.get("cache") is not False:
        raise InputError(
            "a run that may hold answers from the response cache, so it shows nothing about a repetition",
            path=out,
            hint="choose another --out, or leave it away",
        )


def _seed(config: RepeatConfig) -> int:
    return config.annotate.settings.seed or 0


def _definitions(config: RepeatConfig, before: Outcomes) -> dict[str, tuple[str, Kind]]:
    """Return attribute name -> (its file, its kind) for what is asked again."""
    out: dict[str, tuple[str, Kind]] = {}
    for file in config.annotate.attributes:
        attribute = read_attribute(Path(file))
        there = before.run.attributes.get(attribute.name)
        if there is None or there.kind != attribute.kind:
            what = "has no such attribute" if there is None else f"has '{attribute.name}' as {there.kind}"
            raise InputError(f"the run {config.run} {what}", path=file, item=attribute.name)
        out[attribute.name] = (file, attribute.kind)
    return out


def _draw(config: RepeatConfig, before: Outcomes, names: tuple[str, ...]) -> tuple[Drawn, int]:
    """Draw among the videos that have an answer; returns the sample and how many there are."""
    answered = {v for name in names for v, where in before.of[name].items() if where.status in ANSWERED}
    if config.annotate.sources:
        answered &= _named(config)
    if not answered:
        raise InputError(
            f"no video of the run {config.run} has an answer about {', '.join(names)} made with its last settings",
            path=config.run,
        )
    strata: dict[object, list[str]] = {}
    for name in names:
        for video_id, where in before.of[name].items():
            if video_id in answered and where.status in ANSWERED:
                strata.setdefault((name, where.stratum), []).append(video_id)
    default = max(AT_LEAST, round(SHARE * len(answered)))
    size = size_of(len(answered), share=config.share, limit=config.limit, default=default)
    drawn = draw_with_every_label(answered, size, strata=strata, seed=_seed(config), limit=config.limit)
    return drawn, len(answered)


def _named(config: RepeatConfig) -> set[str]:
    """Return the videos of the run whose files the user named beside it."""
    named = {f.path.absolute() for f in read_inputs(config.annotate.sources, root=config.annotate.root).files}
    return {v.video_id for v in read_videos(config.run / "videos.jsonl") if v.video_id and v.path.absolute() in named}


def _ask(
    config: RepeatConfig,
    before: Outcomes,
    definitions: dict[str, tuple[str, Kind]],
    found: Found,
    progress: Progress,
) -> Total:
    # attributes that share a call are asked together about every video, as each answer depends on all of a call
    together = config.annotate.attributes_per_call > 1
    wanted = {v: frozenset(n for n in definitions if together or v in before.of[n]) for v in found.files}
    parts = [
        Part(
            config=replace(
                config.annotate,
                attributes=tuple(definitions[name][0] for name in names),
                force=config.annotate.force and i == 0,
            ),
            inputs=inputs,
        )
        for i, (names, inputs) in enumerate(alike(wanted, found.files))
    ]
    return run_parts(parts, max_cost_usd=config.annotate.max_cost_usd, progress=progress)


def _warnings(before: Outcomes, found: Found) -> tuple[str, ...]:
    out = [f"{len(found.gone)} of the drawn videos are gone or changed: not asked about"] if found.gone else []
    for name, n in before.other.items():
        if n:
            out.append(f"{name}: {n} videos of the run were answered with other settings than its last: left out")
    return tuple(out)


def _compared(
    config: RepeatConfig,
    before: Outcomes,
    definitions: dict[str, tuple[str, Kind]],
    drawn: Drawn,
    found: Found,
) -> dict[str, RepeatedAttribute]:
    now = read_outcomes(config.annotate.out)
    out: dict[str, RepeatedAttribute] = {}
    for name, (_, kind) in definitions.items():
        pairs = {p.video_id: p for p in _pairs(name, before, now, found)}
        agreement = compare([pairs[v] for v in drawn.random if v in pairs], kind)
        changed = differences(before.run, now.run, name) if name in now.run.attributes else ["not asked"]
        verdict = of_repeat(agreement, kind, attributes=len(definitions))
        out[name] = RepeatedAttribute(
            kind=kind,
            agreement=agreement,
            kept=kept_of_each(list(pairs.values())),
            flips=flips(list(pairs.values())),
            asked_otherwise=sum(p.second is not None and p.second.key != p.first.key for p in pairs.values()),
            left_out=before.other.get(name, 0),
            differences=tuple(changed),
            verdict=verdict.text,
            moved=verdict.moved,
            answers_moved=verdict.answers_moved,
            drifted=verdict.drifted,
        )
    return out


def _pairs(name: str, before: Outcomes, now: Outcomes, found: Found) -> list[Pair]:
    first = before.annotations(name, found.files)
    second = now.annotations(name, first)
    return [Pair(video_id=v, first=a, second=second.get(v)) for v, a in first.items()]
