"""``vibekit distill``: from silver labels and embeddings to a student and an honest report."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit import __version__
from vibekit.core.distill import DistillReport
from vibekit.core.distill_parts import WarmStart
from vibekit.errors import InputError, UsageError
from vibekit.formats.embeddings import open_embeddings
from vibekit.formats.folder_kind import STUDENT, refuse_foreign
from vibekit.formats.lock import locked
from vibekit.formats.run import now
from vibekit.metrics.relative_loss import relative_loss
from vibekit.stages.distill.attribute import attribute_report
from vibekit.stages.distill.checks import check_counts, data_recipe, refuse_other
from vibekit.stages.distill.costs import cascade, costs_of
from vibekit.stages.distill.curve import ablation, learning_curve
from vibekit.stages.distill.data import data_of
from vibekit.stages.distill.golden import open_beside
from vibekit.stages.distill.group_table import read_groups, without_group
from vibekit.stages.distill.join import join
from vibekit.stages.distill.learn import decider, learn
from vibekit.stages.distill.measure import golden_pair
from vibekit.stages.distill.options import settings_of
from vibekit.stages.distill.silver import read_silver
from vibekit.stages.distill.suggest import suggest
from vibekit.stages.distill.summary import silver_summary
from vibekit.stages.distill.teacher import calibrated_teacher
from vibekit.stages.distill.warm import changes, learn_on, open_before, seen_before
from vibekit.stages.distill.write import heads_of, write_all
from vibekit.stages.progress import Silent
from vibekit.stages.score.lock import check_lock, record_looks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.distill import AttributeReport
    from vibekit.core.distill_parts import BlockScore, CurvePoint, Suggestion
    from vibekit.core.student import AttributeHead
    from vibekit.formats.embeddings import EmbeddingSet
    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.golden import Golden
    from vibekit.stages.distill.join import Joined
    from vibekit.stages.distill.learn import Learnt
    from vibekit.stages.distill.options import DistillConfig
    from vibekit.stages.distill.silver import SilverSet
    from vibekit.stages.distill.teacher import Teacher
    from vibekit.stages.distill.warm import Before
    from vibekit.stages.progress import Progress
    from vibekit.student.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What was read, before anything is trained."""

    silver: SilverSet
    embeddings: EmbeddingSet
    golden: Golden | None
    found: Joined
    data: Data
    teachers: Mapping[str, Teacher]
    before: Before | None


def distill(config: DistillConfig, *, progress: Progress | None = None) -> DistillReport:
    """Train a student and measure it.

    Whatever of the request is wrong ends it before training. Nothing is written under the student's name until all is
    measured; a run that is killed leaves nothing that looks like a student, and the same command gives the same one.

    Args:
        config: What is asked for.
        progress: Is told how far it is.

    Raises:
        InputError: A side is wrong, the sides do not fit together, or the folder holds something else.
        UsageError: Settings do not go together.
        SetupError: The mlp head is asked for and torch is not installed.
    """
    settings = settings_of(config.options)
    progress = progress or Silent()
    refuse_foreign(config.out, STUDENT)
    if config.start is not None and config.options.cv:
        raise UsageError("--cv does not go with --from", hint="a warm start is measured on the test part: --cv 0")
    config.out.mkdir(parents=True, exist_ok=True)
    with locked(config.out / ".lock", holder=lambda: "another vibekit distill"):
        return _distill(config, settings, progress)


def _distill(config: DistillConfig, settings: Settings, progress: Progress) -> DistillReport:
    start = time.perf_counter()
    given = _read(config)
    warnings = check_counts(given.data, settings, given.silver, cv=config.options.cv)
    if given.before is not None:
        warnings += seen_before(given.before, seed=config.options.seed, golden=config.golden)
    recipe = data_recipe(config, settings, given.data)
    if not config.force:
        refuse_other(config.out, recipe)
    look = None
    if given.golden is not None:
        definitions = {n: d for n, d in given.silver.definitions.items() if n in given.golden.truth.attributes}
        look = check_lock(given.golden.truth, given.golden.split, definitions, i_know=config.i_know)
    learnt = _learn(config, given, settings, progress)
    draws, seed = config.options.draws, config.options.seed
    uses = None
    if given.golden is not None and look is not None:
        sources = ", ".join(map(str, config.sources))
        uses = record_looks(given.golden.truth, [(look, sources, definitions)], command="distill")
        warnings += look.notes
    reports = {
        name: attribute_report(given.data, teacher, learnt, given.silver.definitions[name], draws=draws, seed=seed)
        for name, teacher in given.teachers.items()
    }
    warm = _warm(config, given, learnt)
    report = _report(config, given, learnt, reports, settings)
    report = replace(report, warm=warm, recipe=recipe, uses=uses, warnings=(*report.warnings, *warnings))
    if warm is not None and warm.fallen:
        return replace(report, seconds=time.perf_counter() - start)
    report = _more(config, given, learnt, settings, progress, report)
    listed: tuple[Suggestion, ...] = ()
    if config.suggest:
        listed = suggest(
            given.embeddings, given.silver.ids, learnt.network, learnt.decision, given.data.targets,
            n=config.suggest, seed=seed,
        )  # fmt: skip
        if len(listed) < config.suggest:
            few = f"--suggest {config.suggest}: {len(listed)} listed; no other video with a vector lacks a silver label"
            report = replace(report, warnings=(*report.warnings, few))
        if lacking := sum(not one.path for one in listed):
            blank = f"{lacking} suggested videos have no path: vibekit annotate needs column path of suggest.csv"
            report = replace(report, warnings=(*report.warnings, blank))
    report = replace(report, seconds=time.perf_counter() - start, suggestions=len(listed))
    heads = _heads(given, learnt)
    return write_all(config, report, learnt.network, heads, given.embeddings.space, listed, seed=settings.seed)


def _read(config: DistillConfig) -> _Given:
    embeddings = open_embeddings(config.embeddings)
    silver = read_silver(
        config.sources,
        attributes=config.attributes,
        weights=dict(config.weights),
        smoothing=config.options.smoothing,
        id_column=config.id_column,
        attributes_dir=config.attributes_dir,
        allow_stale=config.allow_stale,
    )
    before = None
    if config.start is not None:
        before = open_before(
            config.start, embeddings.space, silver.targets, silver.definitions, stale=config.allow_stale
        )
    golden = None
    if config.golden is not None:
        golden = open_beside(
            config.golden,
            silver,
            embeddings,
            attributes_dir=config.attributes_dir,
            run_folders=config.sources,
            allow_stale=config.allow_stale,
        )
    found = join(silver, embeddings, more=() if golden is None else [name for name in golden.ids if name])
    groups = dict(silver.creators)
    if config.groups is not None:
        own = read_groups(config.groups, id_column=config.id_column)
        warnings = without_group(own, found.ids, path=config.groups)
        silver = replace(silver, warnings=(*silver.warnings, *warnings))
        groups |= own
    blocks = tuple(block.dim for block in embeddings.space.blocks)
    data = data_of(found, golden, creators=groups, options=config.options, blocks=blocks)
    teachers = {target.name: calibrated_teacher(data, target) for target in data.targets}
    data = data.with_targets([teacher.target for teacher in teachers.values()])
    return _Given(
        silver=silver,
        embeddings=embeddings,
        golden=golden,
        found=found,
        data=data,
        teachers=teachers,
        before=before,
    )


def _learn(config: DistillConfig, given: _Given, settings: Settings, progress: Progress) -> Learnt:
    options, data = config.options, given.data
    if given.before is not None:
        return learn_on(given.before, data, settings=settings, decision_of=decider(data, options.abstain_precision))
    if not options.cv and min(len(data.parts.train), len(data.parts.held_out), len(data.parts.test)) == 0:
        parts = data.parts
        raise InputError(
            f"{len(np.unique(data.group))} groups are too few to split: {len(parts.train)} videos would train, "
            f"{len(parts.held_out)} calibrate, {len(parts.test)} test", path=config.sources[0],
            hint="cross-validate instead: --cv 5; when near-duplicates tie too much together: --near 0.999",
        )  # fmt: skip
    count = len(np.unique(data.group))
    if options.cv > count:
        raise InputError(
            f"{count} groups are too few for --cv {options.cv}: a group is never torn", path=config.sources[0],
            hint=f"give --cv {count}" if count > 1 else
            "label videos of other groups; when near-duplicates tie too much together: --near 0.999",
        )  # fmt: skip
    return learn(data, settings=settings, cv=options.cv, precision=options.abstain_precision, progress=progress)


def _warm(config: DistillConfig, given: _Given, learnt: Learnt) -> WarmStart | None:
    before = given.before
    if before is None:
        return None
    found, fallen = changes(
        before, given.data, given.teachers, learnt, draws=config.options.draws, seed=config.options.seed
    )
    old = [head.name for head in before.student.heads]
    return WarmStart(
        student=str(before.path),
        kept=tuple(name for name in old if name not in given.teachers),
        updated=tuple(name for name in old if name in given.teachers),
        added=tuple(name for name in given.teachers if name not in old),
        changes=found,
        fallen=fallen,
    )


def _report(
    config: DistillConfig,
    given: _Given,
    learnt: Learnt,
    reports: Mapping[str, AttributeReport],
    settings: Settings,
) -> DistillReport:
    from vibekit.formats.dataclass_row import to_row

    pairs = [
        pair
        for teacher in given.teachers.values()
        if teacher.target.is_binary and (pair := golden_pair(given.data, teacher, learnt)) is not None
    ]
    loss = relative_loss(pairs, draws=config.options.draws, seed=config.options.seed)
    kinds = dict.fromkeys(str(place.head) for place in learnt.network.places)
    return DistillReport(
        student="",
        embeddings=str(config.embeddings),
        embedder=given.embeddings.space.name,
        space=given.embeddings.space.fingerprint,
        dim=given.embeddings.space.dim,
        head=" and ".join(kinds),
        hidden=tuple(len(layer.bias) for layer in learnt.network.hidden),
        silver=silver_summary(given.silver, given.found, given.data, learnt.parts),
        attributes=reports,
        evaluation=learnt.evaluation,
        macro_loss=loss.loss,
        macro_verdict=loss.verdict if pairs else "",
        golden="" if config.golden is None else str(config.golden),
        settings=to_row(replace(settings, hidden=settings.hidden)),
        created_at=now(),
        vibekit=__version__,
        warnings=(*given.silver.warnings, *(given.golden.warnings if given.golden else ())),
    )


def _more(
    config: DistillConfig, given: _Given, learnt: Learnt, settings: Settings, progress: Progress, report: DistillReport
) -> DistillReport:
    """Add the parts that take further training: they are left out of a warm start, which trains one layer."""
    options, data = config.options, given.data
    costs = costs_of(given.silver, learnt.network, data.x, cpu_hour=options.cpu_hour)
    curve: tuple[CurvePoint, ...] = ()
    blocks: tuple[BlockScore, ...] = ()
    if options.curve and not options.cv and given.before is None:
        curve = learning_curve(
            data, given.teachers, learnt, settings=settings, decision_of=decider(data, options.abstain_precision),
            progress=progress,
        )  # fmt: skip
    if options.ablation and given.before is None:
        blocks = ablation(
            data, given.teachers, learnt, blocks=given.embeddings.space.blocks, settings=settings, cv=options.cv,
            progress=progress,
        )  # fmt: skip
    return replace(
        report, costs=costs, curve=curve, blocks=blocks, cascade=cascade(data, given.teachers, learnt, costs)
    )


def _heads(given: _Given, learnt: Learnt) -> tuple[AttributeHead, ...]:
    return heads_of(learnt, given.data, given.silver.definitions, given.before)
