"""``--ablate``: the same videos are judged with less to go by, and the labels are compared with those of all of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vibekit.annotators.table import create
from vibekit.core.attribute import Kind, Modality
from vibekit.errors import InputError
from vibekit.formats.check_report import write_check
from vibekit.formats.library import find_attribute
from vibekit.stages.consistency.agreement import Rate, rate
from vibekit.stages.consistency.compare import Agreement, Pair, compare
from vibekit.stages.consistency.conditions import FULL, Conditions, conditions_of, has, needs_frames, withheld
from vibekit.stages.consistency.outcomes import Outcomes, read_outcomes
from vibekit.stages.consistency.sample import Sample, draw_files
from vibekit.stages.consistency.several import Part, Total, alike, run_parts
from vibekit.stages.consistency.source import Example, Source, source_of
from vibekit.stages.inputs import read_inputs
from vibekit.stages.progress import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.attribute import Attribute
    from vibekit.stages.annotate.config import AnnotateConfig
    from vibekit.stages.consistency.checks import AblateConfig

REPORT = "ablation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionResult:
    """How one attribute came out in one condition, compared with ``full``.

    Attributes:
        videos: Asked about.
        same_as: The condition that shows the same and was asked in its place; empty otherwise.
        kept: Of the videos with a label in ``full``: those with the same label here. No label is not the same.
        agreement: Of the pairs; ``before`` is ``full``.
    """

    videos: int
    same_as: str
    kept: Rate
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class AblatedAttribute:
    """Where the label of one attribute comes from.

    Attributes:
        kind: binary, ordinal or categorical.
        labels: Label in ``full`` -> how many.
        conditions: Condition -> how it came out.
        skipped: Condition -> why it was not asked.
        source: In plain words, and whether the words alone suffice.
        examples: Videos whose label follows the words against the pictures and the sound.
    """

    kind: Kind
    labels: dict[str, int]
    conditions: dict[str, ConditionResult]
    skipped: dict[str, str]
    source: Source
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AblateReport:
    """What ``--ablate`` found, or would ask.

    Attributes:
        out: The folder with a run for each condition.
        dry_run: True when nothing was asked or written.
        seed: Of the draw.
        files: Files that were named.
        drawn: Of these, drawn.
        videos: Different videos among them that can be judged.
        unusable: Path -> why a drawn file cannot be judged.
        media: How pictures are sent in all conditions.
        conditions: Condition -> the run that holds its answers.
        attributes: Name -> where its label comes from; empty in a dry run.
        total: Calls and money over all conditions.
        warnings: For people.
    """

    out: str
    dry_run: bool
    seed: int
    files: int
    drawn: int
    videos: int
    unusable: dict[str, str]
    media: str
    conditions: dict[str, str]
    attributes: dict[str, AblatedAttribute] = field(default_factory=dict)
    total: Total = field(default_factory=Total)
    warnings: tuple[str, ...] = ()


def ablate(config: AblateConfig, *, progress: Progress | None = None) -> AblateReport:
    """Ask about a sample with all there is, without and with only each modality, and compare.

    Raises:
        InputError: Nothing can be compared, or the annotator shows everything whatever is withheld.
        SetupError: A key or a package is missing.
        ServiceError: The service refuses; what was answered is kept.
        InterruptedRun: Ctrl-C twice; what was answered is kept.
    """
    asked = config.annotate
    attributes = _attributes(asked)
    _check_annotator(asked)
    _check_folder(config)
    inputs = read_inputs(asked.sources, metadata=asked.metadata, root=asked.root)
    sample = draw_files(asked, inputs, share=config.share, limit=config.limit)
    audio = asked.settings.audio
    offered = {name: has(v, audio=audio) for name, v in sample.videos.items()}
    conditions = {n: conditions_of(a, config.modalities, offered, audio=audio) for n, (a, _) in attributes.items()}
    _check_conditions(conditions)
    as_frames = needs_frames(conditions, offered) and asked.settings.media != "frames"
    if as_frames:
        asked = replace(asked, settings=replace(asked.settings, media="frames"))
    total = _ask(asked, attributes, conditions, sample, progress or Silent())
    report = AblateReport(
        out=str(asked.out),
        dry_run=asked.dry_run,
        seed=asked.settings.seed or 0,
        files=len(inputs.files),
        drawn=sample.drawn,
        videos=len(sample.videos),
        unusable=sample.unusable,
        media=asked.settings.media,
        conditions={name: str(asked.out / name) for name in _names(conditions)},
        total=total,
        warnings=(*inputs.warnings, *_warnings(sample, conditions, as_frames=as_frames), *total.warnings),
    )
    if asked.dry_run:
        return report
    report = replace(report, attributes=_compared(asked, attributes, conditions))
    write_check(asked.out / REPORT, report)
    return report


def _attributes(config: AnnotateConfig) -> dict[str, tuple[Attribute, str]]:
    """Return attribute name -> (definition, as the user named it)."""
    found = [(find_attribute(name, config.attributes_dir).attribute, name) for name in config.attributes]
    if not found:
        raise InputError(
            "no attribute named", hint="add one with -a, such as: -a calming; see: vibekit attributes list"
        )
    return {attribute.name: (attribute, name) for attribute, name in found}


def _check_annotator(config: AnnotateConfig) -> None:
    """Refuse an annotator that says the same whatever is withheld: all conditions would agree, and mean nothing.

    One that heeds it has it among the settings that shape its answers.
    """
    plain = create(config.annotator, config.settings).info.settings
    less = create(config.annotator, replace(config.settings, withhold=(str(Modality.TEXT),))).info.settings
    if dict(plain) == dict(less):
        raise InputError(
            f"the annotator '{config.annotator}' cannot withhold a modality",
            hint="--ablate works with --annotator gemini and openai, and with your own that heeds settings.withhold "
            "and names it in info.settings",
        )


def _check_folder(config: AblateConfig) -> None:
    out = config.annotate.out
    if out.exists() and not out.is_dir():
        raise InputError("is a file, not a folder", path=out, hint="choose another --out")
    there = {p.name for p in out.iterdir()} if out.is_dir() else set()
    if there and not there & {FULL, REPORT}:
        raise InputError("is not empty and not an ablation", path=out, hint="choose an empty or new folder with --out")


def _check_conditions(conditions: Mapping[str, Conditions]) -> None:
    if any(some.videos for some in conditions.values()):
        return
    why = "; ".join(dict.fromkeys(why for some in conditions.values() for why in some.skipped.values()))
    raise InputError(
        f"nothing can be compared: {why or 'no video can be judged'}",
        hint="name other modalities with --ablate, words about the videos with --metadata, or more videos",
    )


def _names(conditions: Mapping[str, Conditions]) -> list[str]:
    return list(dict.fromkeys(name for some in conditions.values() for name in some.videos))


def _ask(
    config: AnnotateConfig,
    attributes: Mapping[str, tuple[Attribute, str]],
    conditions: Mapping[str, Conditions],
    sample: Sample,
    progress: Progress,
) -> Total:
    parts: list[Part] = []
    for condition in _names(conditions):
        about = {n: set(some.videos.get(condition, ())) for n, some in conditions.items()}
        wanted = {v: frozenset(n for n, some in about.items() if v in some) for v in sample.videos}
        hidden = replace(config.settings, withhold=withheld(condition))
        for i, (names, inputs) in enumerate(alike(wanted, sample.files)):
            asked = replace(
                config,
                attributes=tuple(attributes[n][1] for n in names),
                out=config.out / condition,
                settings=hidden,
                force=config.force and i == 0,
            )
            parts.append(Part(config=asked, inputs=inputs, title=f"{condition}: {', '.join(names)}"))
    return run_parts(parts, max_cost_usd=config.max_cost_usd, progress=progress)


def _warnings(sample: Sample, conditions: Mapping[str, Conditions], *, as_frames: bool) -> tuple[str, ...]:
    out = [f"{len(sample.unusable)} of the drawn files cannot be judged"] if sample.unusable else []
    for name, some in conditions.items():
        rest = len(sample.videos) - len(some.videos.get(FULL, ()))
        if rest:
            out.append(f"{name}: {rest} of {len(sample.videos)} videos have nothing to withhold: not asked about")
    if as_frames:
        out.append("pictures are sent as frames in every condition: a video file would carry its sound along")
    return tuple(out)


def _compared(
    config: AnnotateConfig, attributes: Mapping[str, tuple[Attribute, str]], conditions: Mapping[str, Conditions]
) -> dict[str, AblatedAttribute]:
    runs = {n: read_outcomes(config.out / n) for n in _names(conditions) if (config.out / n / "run.json").exists()}
    return {name: _attribute(attribute, conditions[name], runs) for name, (attribute, _) in attributes.items()}


def _attribute(attribute: Attribute, conditions: Conditions, runs: Mapping[str, Outcomes]) -> AblatedAttribute:
    pairs = {c: _pairs(attribute.name, c, conditions, runs) for c in conditions.videos if c != FULL}
    results = {c: _result(some, attribute.kind) for c, some in pairs.items()}
    for name, other in conditions.same.items():
        results[name] = replace(results[other], same_as=other)
        pairs[name] = pairs[other]
    full = runs[FULL].of.get(attribute.name, {}) if FULL in runs else {}
    labels: dict[str, int] = {}
    for video_id in conditions.videos.get(FULL, ()):
        if video_id in full and full[video_id].label:
            labels[full[video_id].label] = labels.get(full[video_id].label, 0) + 1
    source, examples = source_of(labels, {c: r.kept for c, r in results.items()}, pairs)
    return AblatedAttribute(
        kind=attribute.kind,
        labels=dict(sorted(labels.items())),
        conditions=results,
        skipped=conditions.skipped,
        source=source,
        examples=examples,
    )


def _pairs(name: str, condition: str, conditions: Conditions, runs: Mapping[str, Outcomes]) -> list[Pair]:
    first = runs[FULL].annotations(name, conditions.videos[condition]) if FULL in runs else {}
    second = runs[condition].annotations(name, first) if condition in runs else {}
    return [Pair(video_id=v, first=a, second=second.get(v)) for v, a in first.items()]


def _result(pairs: list[Pair], kind: Kind) -> ConditionResult:
    """Compare a condition with ``full``; a video that was not asked to its end is left out of ``kept``."""
    asked = [p for p in pairs if p.first.answer.label is not None and p.second is not None]
    same = sum(p.labels is not None and p.labels[0] == p.labels[1] for p in asked)
    return ConditionResult(videos=len(pairs), same_as="", kept=rate(same, len(asked)), agreement=compare(pairs, kind))
