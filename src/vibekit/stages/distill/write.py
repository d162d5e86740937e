"""The student's folder: report and card first, the student itself last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vibekit.core.student import AttributeHead, Student
from vibekit.formats.atomic import write_json, write_text
from vibekit.formats.dataclass_row import to_row
from vibekit.formats.student import STUDENT_FILE, WEIGHTS_FILE, write_student
from vibekit.reports.model_card import model_card
from vibekit.stages.distill.checks import METRICS_FILE
from vibekit.stages.distill.suggest import FILE as SUGGEST_FILE
from vibekit.stages.distill.suggest import write_suggestions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.core.distill import DistillReport
    from vibekit.core.distill_parts import Suggestion
    from vibekit.core.embedding import EmbeddingSpace
    from vibekit.stages.distill.data import Data
    from vibekit.stages.distill.learn import Learnt
    from vibekit.stages.distill.options import DistillConfig
    from vibekit.stages.distill.warm import Before
    from vibekit.student.network import Network

CARD_FILE = "MODEL_CARD.md"


def heads_of(
    learnt: Learnt, data: Data, definitions: Mapping[str, str], before: Before | None
) -> tuple[AttributeHead, ...]:
    """Return the heads in the order of the network; those without new labels as the old student has them."""
    targets = {target.name: target for target in data.targets}
    found = []
    for place in learnt.network.places:
        old = before.head(place.name) if before is not None else None
        if place.name not in targets:
            assert old is not None
            found.append(old)
            continue
        target, decision = targets[place.name], learnt.decision[place.name]
        found.append(
            AttributeHead(
                name=place.name,
                kind=target.kind,
                labels=target.labels,
                definition=definitions[place.name] or (old.definition if old else ""),
                head=place.head,
                slope=decision.calibration.slope,
                intercept=decision.calibration.intercept,
                threshold=decision.threshold,
                abstain=decision.zone,
                positives=target.counts(learnt.parts.train),
            )
        )
    return tuple(found)


def write_all(
    config: DistillConfig,
    report: DistillReport,
    network: Network,
    heads: Sequence[AttributeHead],
    space: EmbeddingSpace,
    listed: Sequence[Suggestion],
    *,
    seed: int,
) -> DistillReport:
    """Write everything; returns the report with what was written."""
    folder = config.out
    names = [STUDENT_FILE, WEIGHTS_FILE, METRICS_FILE, CARD_FILE, *([SUGGEST_FILE] if config.suggest else [])]
    report = replace(report, student=str(folder), files=tuple(str(folder / name) for name in names))
    write_text(folder / CARD_FILE, model_card(report))
    if config.suggest:
        write_suggestions(folder, listed)
    write_json(folder / METRICS_FILE, to_row(report))
    written = write_student(
        folder,
        Student(
            heads=tuple(heads),
            dim=report.dim,
            space=space.fingerprint,
            embedder=space.name,
            blocks=space.blocks,
            hidden=report.hidden if any(place.head == "mlp" for place in network.places) else (),
            teachers=tuple(
                {"annotator": one.annotator, "model": one.model, "recipe": one.recipe, "source": one.path}
                for one in report.silver.sources
            ),
            seed=seed,
            vibekit=report.vibekit,
            created_at=report.created_at,
        ),
        network.tensors(),
    )
    return replace(report, weights=written.weights)
