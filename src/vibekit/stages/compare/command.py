"""``vibekit compare``: from two runs or tables and a golden set to a verdict for every attribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit import __version__
from vibekit.core.attribute import Kind
from vibekit.core.compare import AttributeComparison, CompareReport
from vibekit.core.scoring import Decision
from vibekit.errors import InputError
from vibekit.formats.run import now
from vibekit.metrics.units import units_of
from vibekit.stages.compare.flips import flips_of
from vibekit.stages.compare.pair import pair_of
from vibekit.stages.compare.verdict import deltas_of, discordant_of, judged
from vibekit.stages.compare.write import COMPARE_FILE, write_comparison
from vibekit.stages.score.config import DRAWS, ERRORS
from vibekit.stages.score.decide import TRUE
from vibekit.stages.score.definitions import refuse_stale, what_changed
from vibekit.stages.score.lock import check_lock, record_looks
from vibekit.stages.score.place import check_folder
from vibekit.stages.score.sides import open_sides
from vibekit.stages.score.truth import choose_split

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.scoring import SplitChoice
    from vibekit.stages.score.lock import Look
    from vibekit.stages.score.sides import Labels, Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareConfig:
    """One comparison.

    Attributes:
        a: The first run or table.
        b: The second.
        golden: A golden set: a folder or a plain table.
        attributes: Names; empty for all that all sides have.
        split: None for test where the set has both, else all.
        decision: What counts as the label.
        allow_stale: Go on though labels were made with another definition than the golden set.
        i_know: Go on though a definition may have been tuned on the test split.
        draws: Bootstrap draws.
        seed: Of the draws.
        flips: Most flipped videos that are listed.
        attributes_dir: The user's definitions.
        id_column: Column of a labels table that names the video; empty to find it.
        out: Folder of the report; None for none.
    """

    a: Path
    b: Path
    golden: Path
    attributes: tuple[str, ...] = ()
    split: SplitChoice | None = None
    decision: Decision = Decision.LABEL
    allow_stale: bool = False
    i_know: bool = False
    draws: int = DRAWS
    seed: int = 0
    flips: int = ERRORS
    attributes_dir: Path | None = None
    id_column: str = ""
    out: Path | None = None


def compare(config: CompareConfig) -> CompareReport:
    """Compare two runs or tables on the golden videos that both have a label for.

    Args:
        config: What is asked for.

    Raises:
        InputError: A side is wrong, they do not fit together, or the test split is locked for a definition.
    """
    if config.a.resolve() == config.b.resolve():
        raise InputError("the same run twice: there is nothing to compare", path=config.a, hint="name two runs")
    if config.out is not None:
        check_folder(config.out, COMPARE_FILE)
    sides = open_sides(
        config.golden,
        (config.a, config.b),
        attributes=config.attributes,
        attributes_dir=config.attributes_dir,
        id_column=config.id_column,
    )
    truth, (a, b) = sides.truth, sides.labels
    changed = {f"{key}{name}": text for key, one in (("a", a), ("b", b)) for name, text in _changed(sides, one).items()}
    if not config.allow_stale:
        refuse_stale(truth, changed)
    split, split_note = choose_split(truth, config.split)
    looks = [check_lock(truth, split, one.fingerprints, i_know=config.i_know) for one in (a, b)]
    found = {name: _one(config, sides, (a, b), name, split) for name in sides.names}
    uses = _record(config, sides, (a, b), looks)
    notes = [note for look in looks for note in look.notes]
    report = CompareReport(
        a=str(config.a),
        b=str(config.b),
        golden=str(config.golden),
        split=str(split),
        attributes=judged(found),
        cost_a_usd=a.predictions.cost_usd,
        cost_b_usd=b.predictions.cost_usd,
        uses=uses,
        forced=any(look.forced for look in looks),
        stale="; ".join(dict.fromkeys(changed.values())),
        created_at=now(),
        vibekit=__version__,
        warnings=tuple(dict.fromkeys((*sides.warnings, *notes, *((split_note,) if split_note else ())))),
    )
    return report if config.out is None else write_comparison(report, config.out)


def _changed(sides: Sides, labels: Labels) -> dict[str, str]:
    changed = what_changed(sides.truth, labels.predictions, sides.mine)
    return {name: text for name, text in changed.items() if name in sides.names}


def _record(config: CompareConfig, sides: Sides, pair: tuple[Labels, Labels], looks: list[Look]) -> int | None:
    """Write one look for each side: the definitions may differ."""
    known = [{name: labels.fingerprints[name] for name in sides.names} for labels in pair]
    return record_looks(
        sides.truth, list(zip(looks, (str(config.a), str(config.b)), known, strict=True)), command="compare"
    )


def _one(
    config: CompareConfig, sides: Sides, labels: tuple[Labels, Labels], name: str, split: SplitChoice
) -> AttributeComparison:
    truth = sides.truth
    attribute = truth.attributes[name]
    pair = pair_of(truth, labels, name, truth.rows(split), sides.mine, config.decision)
    binary = attribute.kind is Kind.BINARY
    n = len(pair.a.truth)
    flips, n_flips = flips_of(truth, attribute, pair, labels, most=config.flips)
    definition = labels[1].definitions.get(name) or labels[0].definitions.get(name)
    one, other = (side.fingerprints[name] for side in labels)
    return AttributeComparison(
        name=name,
        title=definition.title if definition is not None else name,
        kind=str(attribute.kind),
        definition_a=one,
        definition_b=other,
        n=n,
        only_a=pair.only_a,
        only_b=pair.only_b,
        neither=pair.neither,
        outcomes_a=pair.outcomes_a,
        outcomes_b=pair.outcomes_b,
        positives=int((pair.a.truth == TRUE).sum()) if binary else None,
        groups=units_of(pair.a.group, pair.a.stratum).n,
        deltas=deltas_of(pair, attribute.kind, draws=config.draws, seed=config.seed),
        primary="f1" if binary else "accuracy",
        mcnemar=discordant_of(pair),
        verdict="unknown",
        words="",
        flips=flips,
        n_flips=n_flips,
        notes=(*pair.notes, *_notes(name, one, other, pair.only_a, pair.only_b)),
    )


def _notes(name: str, one: str, other: str, only_a: int, only_b: int) -> list[str]:
    notes = []
    if one and other and one != other:
        notes.append(
            f"A and B were asked with different definitions of '{name}' ({one} and {other}): the difference is that of "
            "the definitions too"
        )
    if only_a or only_b:
        notes.append(
            f"{only_a} golden videos have a label of A only and {only_b} of B only: they are not compared, which "
            "flatters the side that left out hard ones"
        )
    return notes
