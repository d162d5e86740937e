"""The silver set: soft labels of one or more sources, video by video, and who gave them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from vibekit.core.distill_parts import Source
from vibekit.errors import InputError, did_you_mean
from vibekit.student.target import Target
from vibekit.student.threshold import HALF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute

LEAD = 1e-3
"""A label that was given is learnt as at least this much above an equal share: it is the answer, however unsure."""
CERTAIN = 1e-4
"""Probabilities of 0 and 1 are moved in by so much: no teacher is that sure, and a logit would be infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLabels:
    """What one source says of one attribute.

    Attributes:
        attribute: Its kind and labels.
        rows: Shape (m,): rows among the videos of the source that have a label.
        chance: Shape (m, k): soft labels.
        definition: Fingerprint that they were made with; empty when not known.
    """

    attribute: GoldenAttribute
    rows: NDArray[np.int64]
    chance: NDArray[np.float64]
    definition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What the answers of one attribute cost: US dollars, and the videos that they bought an answer for."""

    usd: float
    videos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSet:
    """One silver source, read.

    Attributes:
        source: For the report.
        ids: Its videos.
        paths: Where they lay; empty where not known.
        labels: Attribute -> what it says.
        creators: Video id -> creator, where known.
        latency_s: Median seconds a call, as measured; None when not known.
        paid: Attribute -> what its answers cost; those that are not known are left out.
        warnings: For people.
    """

    source: Source
    ids: Sequence[str]
    paths: Sequence[str]
    labels: Mapping[str, SourceLabels]
    creators: Mapping[str, str] = field(default_factory=dict)
    latency_s: float | None = None
    paid: Mapping[str, Paid] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SilverSet:
    """All sources together.

    Attributes:
        ids: Distinct videos with a label, in order.
        paths: Where they lay.
        targets: One an attribute, over these videos.
        attributes: Name -> kind and labels.
        definitions: Name -> fingerprint; empty when not known.
        sources: For the report.
        creators: Video id -> creator, where known.
        latency_s: Of the teacher: mean over sources that know it, by their labels.
        usd_per_1000: Of 1,000 videos with all attributes; None when it is not known of one of them.
        warnings: For people.
    """

    ids: tuple[str, ...]
    paths: tuple[str, ...]
    targets: tuple[Target, ...]
    attributes: Mapping[str, GoldenAttribute]
    definitions: Mapping[str, str]
    sources: tuple[Source, ...]
    creators: Mapping[str, str]
    latency_s: float | None = None
    usd_per_1000: float | None = None
    warnings: tuple[str, ...] = ()


def read_silver(
    paths: Sequence[Path],
    *,
    attributes: Sequence[str],
    weights: Mapping[str, float],
    smoothing: float,
    id_column: str = "",
    attributes_dir: Path | None = None,
    allow_stale: bool = False,
) -> SilverSet:
    """Read and merge the sources.

    Where two sources label the same video, its soft label is their weighted mean, and it counts as much as both.

    Args:
        paths: Runs and tables.
        attributes: Names; empty for all that there are.
        weights: Source as typed, or its folder's name -> how much a label of it counts.
        smoothing: What a label without a probability is short of certain.
        id_column: Of a table.
        attributes_dir: The user's definitions.
        allow_stale: Merge sources that were made with different definitions.

    Raises:
        InputError: A source cannot be read, two do not fit together, or an attribute has no label.
    """
    from vibekit.stages.distill.silver_run import read_silver_run
    from vibekit.stages.distill.silver_table import read_silver_table

    read = []
    for path in paths:
        weight = weights.get(str(path), weights.get(path.name, 1.0))
        one = (
            read_silver_run(path, attributes, smoothing=smoothing)
            if (path / "run.json").is_file()
            else read_silver_table(
                path, attributes, smoothing=smoothing, id_column=id_column, attributes_dir=attributes_dir
            )
        )
        read.append(replace(one, source=replace(one.source, weight=weight)))
    names = tuple(dict.fromkeys(attributes or (name for one in read for name in one.labels)))
    _check_names(names, read)
    known = {name: _agreed(name, read, allow_stale=allow_stale) for name in names}
    return _merged(read, names, known)


def _check_names(names: Sequence[str], read: Sequence[SourceSet]) -> None:
    there = {name for one in read for name in one.labels}
    path = read[0].source.path if len(read) == 1 else None
    for name in names:
        if name not in there:
            hint = did_you_mean(name, there) or f"there are labels of: {', '.join(sorted(there)) or 'none'}"
            raise InputError(f"no source has labels of '{name}'", path=path, item=name, hint=hint)
        if not any(len(one.labels[name].rows) for one in read if name in one.labels):
            raise InputError(
                f"no label of '{name}' has the status ok", path=path, item=name,
                hint="see what became of it in annotations.parquet, or leave it out with --attribute",
            )  # fmt: skip
    if not names:
        raise InputError("there is no label in it", path=path, hint="name a run, or a table with a column an attribute")


def _agreed(name: str, read: Sequence[SourceSet], *, allow_stale: bool) -> SourceLabels:
    """Return the first source's view of an attribute; all others have to share it."""
    having = [one for one in read if name in one.labels]
    first = having[0]
    for other in having[1:]:
        one, two = first.labels[name], other.labels[name]
        if (one.attribute.kind, one.attribute.allowed) != (two.attribute.kind, two.attribute.allowed):
            raise InputError(
                f"'{name}' allows other labels here than in {first.source.path}", path=other.source.path, item=name,
                hint="annotate with one definition, or leave a source out",
            )  # fmt: skip
        if one.definition and two.definition and one.definition != two.definition and not allow_stale:
            raise InputError(
                f"'{name}' was labelled by the definition {two.definition} here, by {one.definition} in "
                f"{first.source.path}", path=other.source.path, item=name,
                hint="annotate anew with one definition, leave a source out, or go on with --allow-stale",
            )  # fmt: skip
    named = next((one.labels[name] for one in having if one.labels[name].definition), first.labels[name])
    return replace(first.labels[name], definition=named.definition)


def _merged(read: Sequence[SourceSet], names: Sequence[str], known: Mapping[str, SourceLabels]) -> SilverSet:
    place: dict[str, int] = {}
    paths: list[str] = []
    rows_of = []
    for one in read:
        used = np.zeros(len(one.ids), bool)
        for name in names:
            if name in one.labels:
                used[one.labels[name].rows] = True
        rows = np.full(len(one.ids), -1, np.int64)
        for row in np.flatnonzero(used).tolist():
            rows[row] = place.setdefault(one.ids[row], len(paths))
            if rows[row] == len(paths):
                paths.append(one.paths[row] if len(one.paths) else "")
        rows_of.append(rows)
    # by name, so that the order of a table's rows moves no weight of the student
    ids = sorted(place)
    moved = np.empty(len(ids) + 1, np.int64)
    moved[[place[name] for name in ids]] = np.arange(len(ids))
    moved[-1] = -1
    rows_of = [moved[rows] for rows in rows_of]
    targets = tuple(_target(name, known[name], read, rows_of, len(paths)) for name in names)
    timed = [(one.latency_s, one.source.labels) for one in read if one.latency_s is not None and one.source.labels]
    return SilverSet(
        ids=tuple(ids),
        paths=tuple(paths[place[name]] for name in ids),
        targets=targets,
        attributes={name: known[name].attribute for name in names},
        definitions={name: known[name].definition for name in names},
        sources=tuple(one.source for one in read),
        creators={video: creator for one in read for video, creator in one.creators.items()},
        latency_s=sum(s * n for s, n in timed) / sum(n for _, n in timed) if timed else None,
        usd_per_1000=_usd_per_1000(names, read),
        warnings=tuple(w for one in read for w in one.warnings),
    )


def _usd_per_1000(names: Sequence[str], read: Sequence[SourceSet]) -> float | None:
    """Add up what a video costs, attribute by attribute: sources may have labelled different ones."""
    total = 0.0
    for name in names:
        paid = [one.paid[name] for one in read if name in one.paid]
        videos = sum(one.videos for one in paid)
        if not videos:
            return None
        total += sum(one.usd for one in paid) / videos * 1000
    return total


def _target(
    name: str, known: SourceLabels, read: Sequence[SourceSet], rows_of: Sequence[NDArray[np.int64]], n: int
) -> Target:
    width = known.chance.shape[1]
    chance, weight = np.zeros((n, width)), np.zeros(n)
    for one, rows in zip(read, rows_of, strict=True):
        if name in one.labels:
            labels = one.labels[name]
            at = rows[labels.rows]
            np.add.at(chance, at, labels.chance * one.source.weight)
            np.add.at(weight, at, one.source.weight)
    there = weight > 0
    chance[there] /= weight[there, None]
    chance[there] = np.clip(chance[there], CERTAIN, 1 - CERTAIN)
    kind = known.attribute.kind
    if width > 1:
        chance[there] /= chance[there].sum(axis=1, keepdims=True)
    return Target(
        name=name,
        kind=kind,
        labels=known.attribute.allowed if width > 1 else (True,),
        chance=chance.astype(np.float32),
        weight=weight.astype(np.float32),
    )


def soft_labels(
    attribute: GoldenAttribute, label: NDArray[np.int64], probability: NDArray[np.float64], *, smoothing: float
) -> NDArray[np.float64]:
    """Make soft labels of labels and probabilities: shape (m, k).

    Binary: the probability is P(true). Others: it is P(the label is right), and what is left is shared by the other
    labels, none of which gets more than the label itself. Without a probability a label is ``1 - smoothing`` sure.

    Args:
        attribute: Kind and labels.
        label: Shape (m,): places among the allowed labels, -1 for none.
        probability: Shape (m,): NaN where there is none.
        smoothing: See above.
    """
    has = np.isfinite(probability)
    if str(attribute.kind) == "binary":
        true = attribute.allowed.index(True)
        said = np.where(label == true, 1 - smoothing, smoothing)
        # one half is counted as true, and is no more than a false label's half
        sure = np.where((label >= 0) & (label != true) & (probability == HALF), HALF - LEAD, probability)
        return np.where(has, sure, said)[:, None]
    width = len(attribute.allowed)
    sure = np.maximum(np.where(has, probability, 1 - smoothing), 1 / width + LEAD)
    chance = np.repeat(((1 - sure) / (width - 1))[:, None], width, axis=1)
    chance[np.arange(len(label)), label] = sure
    return chance
