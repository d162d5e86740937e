"""``vibekit golden adjudicate``: from ratings to golden labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from vibekit.core.golden import GoldenLabel
from vibekit.errors import InputError
from vibekit.formats.annotations import label_text
from vibekit.formats.golden_labels import LABELS_FILE, read_labels, write_labels
from vibekit.formats.run import now
from vibekit.stages.golden.adjudicate_report import AdjudicateReport, AttributeReport, Changed, Queued
from vibekit.stages.golden.agreement import chosen
from vibekit.stages.golden.model import Model, fit, modelled
from vibekit.stages.golden.open import open_golden
from vibekit.stages.golden.precedent import candidates
from vibekit.stages.golden.rated import rated
from vibekit.stages.golden.votes import majority_labels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.golden import GoldenSet
    from vibekit.stages.golden.rated import Rated

Labels = dict[tuple[str, str], GoldenLabel]
UNSURE = 0.9
"""A posterior below this is looked at again."""


class Method(StrEnum):
    """How votes become a label."""

    MAJORITY = "majority"
    EXPERT = "expert"
    DAWID_SKENE = "dawid-skene"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicateConfig:
    """What to decide, and how.

    Attributes:
        golden: Folder of a golden set.
        method: How votes become a label.
        attributes: Names; all by default.
        min_raters: A video with fewer raters gets no label, unless an expert ruled.
        over_imported: Labels that were imported give way to the ratings.
        dry_run: Write nothing.
    """

    golden: Path
    method: Method = Method.MAJORITY
    attributes: tuple[str, ...] = ()
    min_raters: int = 1
    over_imported: bool = False
    dry_run: bool = False


def adjudicate(config: AdjudicateConfig) -> AdjudicateReport:
    """Decide what holds for every rated video, and write ``labels.csv``.

    An expert's answer stands above votes; an imported label stands above votes unless the configuration says
    otherwise. What was in ``labels.csv`` before is kept beside it when a label changes.

    Raises:
        InputError: It is no folder of a golden set, holds no ratings, or has no such attribute.
    """
    golden = open_golden(config.golden)
    if not golden.is_folder:
        hint = f"make a golden set of it: vibekit golden import {config.golden} --out golden/NAME"
        raise InputError("a table cannot be adjudicated", path=config.golden, hint=hint)
    names = chosen(golden, config.attributes)
    if not any(event.attribute in names for event in golden.events):
        raise InputError("holds no ratings to decide upon", path=config.golden, hint="vibekit golden label")
    file = config.golden / LABELS_FILE
    previous = read_labels(file, golden.attributes) if file.exists() else {}
    answers = rated(golden)
    fitted = [name for name in names if config.method is Method.DAWID_SKENE and answers[name].rows]
    models = {name: fit(answers[name], golden.attributes[name]) for name in fitted}
    decided = {name: _decide(golden, name, models.get(name), config) for name in names}
    labels: Labels = {key: label for key, label in (previous or golden.labels).items() if key[1] not in names}
    reports = {}
    for name in names:
        kept = _standing(decided[name], {k: v for k, v in previous.items() if k[1] == name}, config)
        labels |= kept
        reports[name] = _report(golden, name, answers[name], kept, previous, models.get(name))
    backup = "" if config.dry_run else _write(golden, labels, previous, file)
    return AdjudicateReport(
        golden=str(config.golden),
        method=str(config.method),
        attributes=reports,
        labels="" if config.dry_run else str(file),
        backup=backup,
        precedents=candidates(golden, names),
        warnings=tuple(w for w in golden.warnings if LABELS_FILE not in w),
    )


def _decide(golden: GoldenSet, name: str, model: Model | None, config: AdjudicateConfig) -> Labels:
    """Return a row for every video that somebody answered."""
    votes = majority_labels(e for e in golden.events if e.attribute == name and e.video_id in golden.items)
    found: Labels = {}
    for key, voted in votes.items():
        label = voted
        if voted.source != Method.EXPERT and config.method is Method.EXPERT:
            label = replace(voted, label=None, agreement=None, source=str(Method.EXPERT), note="no expert has ruled")
        elif voted.source != Method.EXPERT and model is not None:
            label = modelled(model, voted, golden.attributes[name])
        if label.source != Method.EXPERT and label.label is not None and label.n_raters < config.min_raters:
            note = f"{label.n_raters} of the {config.min_raters} raters that were asked for"
            label = replace(label, label=None, agreement=None, note=note)
        found[key] = label
    return found


def _standing(decided: Labels, before: Mapping[tuple[str, str], GoldenLabel], config: AdjudicateConfig) -> Labels:
    """Return what holds: the decision, but for imported labels, and labels of videos that nobody rated."""
    kept = dict(before)
    for key, label in decided.items():
        old = before.get(key)
        stands = old is not None and old.source == "import" and label.source != Method.EXPERT
        if not stands or config.over_imported:
            kept[key] = label
    return kept


def _write(golden: GoldenSet, labels: Labels, previous: Mapping[tuple[str, str], GoldenLabel], file: Path) -> str:
    """Write the labels in the order of the videos; returns where the former ones were put, if any differed."""
    order = {video_id: i for i, video_id in enumerate(golden.items)}
    places = {name: i for i, name in enumerate(golden.attributes)}
    rows = [labels[key] for key in sorted(labels, key=lambda key: (order[key[0]], places[key[1]]))]
    backup = None
    if any(key not in labels or labels[key].label != old.label for key, old in previous.items()):
        backup = file.with_name(f"labels.{now().replace(':', '').replace('-', '')}.csv")
        backup.write_bytes(file.read_bytes())
    write_labels(file, rows)
    return str(backup or "")


def _report(
    golden: GoldenSet,
    name: str,
    said: Rated,
    labels: Labels,
    previous: Mapping[tuple[str, str], GoldenLabel],
    model: Model | None,
) -> AttributeReport:
    changed = tuple(
        Changed(video_id=key[0], path=golden.items[key[0]].path, before=_text(previous[key]), after=_text(label))
        for key, label in labels.items()
        if key in previous and previous[key].label != label.label
    )
    sources = [label.source for label in labels.values()]
    return AttributeReport(
        name=name,
        n_items=len(golden.items),
        decided=sum(1 for label in labels.values() if label.label is not None),
        undecided=sum(1 for label in labels.values() if label.label is None),
        without=len(golden.items) - len(labels),
        experts=sources.count("expert"),
        imported=sources.count("import"),
        new=sum(1 for key in labels if key not in previous),
        changed=changed,
        labels={
            label_text(x): sum(1 for g in labels.values() if g.label == x) for x in golden.attributes[name].allowed
        },
        queue=_queue(golden, said, labels),
        model=model.report if model is not None else None,
    )


def _text(label: GoldenLabel) -> str:
    return "none" if label.label is None else label_text(label.label)


def _queue(golden: GoldenSet, said: Rated, labels: Labels) -> tuple[Queued, ...]:
    """Return the videos that raters disagree about or that are unsure, worst first; what an expert settled is not."""
    votes: dict[str, dict[str, int]] = {}
    for video_id, _, value in said.rows:
        of_video = votes.setdefault(video_id, {})
        of_video[label_text(value)] = of_video.get(label_text(value), 0) + 1
    found = []
    for (video_id, attribute), label in labels.items():
        given = votes.get(video_id, {})
        doubt = _doubt(golden, label, given)
        if label.source in ("expert", "import") and label.label is not None:
            continue
        if label.label is None or len(given) > 1 or doubt > 1 - UNSURE:
            item = golden.items[video_id]
            found.append(
                Queued(
                    video_id=video_id,
                    attribute=attribute,
                    path=item.path,
                    split=str(item.split),
                    votes=dict(sorted(given.items())),
                    label=_text(label),
                    probability=label.probability,
                    doubt=doubt,
                    why=label.note or ("raters disagree" if len(given) > 1 else "the model is unsure"),
                )
            )
    return tuple(sorted(found, key=lambda q: (-q.doubt, -sum(q.votes.values()))))


def _doubt(golden: GoldenSet, label: GoldenLabel, votes: Mapping[str, int]) -> float:
    """Return how much speaks against the label: by the model's posterior, or else by the votes."""
    if label.probability is not None:
        binary = len(golden.attributes[label.attribute].allowed) == 2 and label.label in (True, False)
        return 1.0 - (max(label.probability, 1 - label.probability) if binary else label.probability)
    total = sum(votes.values())
    return 1.0 if not total else 1.0 - max(votes.values()) / total
