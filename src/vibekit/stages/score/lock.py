"""The locked test split: every look is counted, and a definition that may have been tuned on it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibekit.core.golden import Use
from vibekit.core.scoring import SplitChoice
from vibekit.errors import InputError
from vibekit.formats.golden_file import GOLDEN_FILE, add_use
from vibekit.formats.run import now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vibekit.stages.score.truth import Truth


PLAIN = "a plain golden table counts no looks and names no definition: neither was checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at golden videos.

    Attributes:
        counts: It is at the test split of a folder, so that it is written down.
        forced: It went on though the definition may have been tuned on the test split, now or at its first look.
        notes: What a reader must know.
    """

    counts: bool
    forced: bool
    notes: tuple[str, ...] = ()


def check_lock(truth: Truth, split: SplitChoice, definitions: Mapping[str, str], *, i_know: bool) -> Look:
    """Say whether these definitions may be shown the test split.

    A definition that was never held against the test split, while another one of the same attribute was, may have been
    written after those results were seen: what it scores there says nothing about new videos.

    Args:
        truth: The golden set.
        split: What is to be scored.
        definitions: Attribute -> fingerprint that its labels were made with; empty when not known.
        i_know: Go on all the same.

    Raises:
        InputError: A definition may have been tuned on the test split.
    """
    if split is SplitChoice.TUNE or not truth.rows(SplitChoice.TEST).any():
        return Look(counts=False, forced=False)
    if truth.golden is None or not truth.golden.is_folder:
        return Look(counts=False, forced=False, notes=(PLAIN,))
    uses = truth.golden.uses
    tuned = [name for name, fingerprint in definitions.items() if _is_later(name, fingerprint, uses)]
    if tuned and not i_know:
        _refuse_later(truth, definitions, uses)
    before = any(use.forced and _same(use, definitions) for use in uses)
    notes = tuple(f"the definition of '{name}' may have been tuned on the test split (--i-know)" for name in tuned)
    if before and not tuned:
        notes = ("this definition's first look at the test split needed --i-know: it may have been tuned on it",)
    return Look(counts=True, forced=bool(tuned) or before, notes=notes)


def record_looks(truth: Truth, looks: Sequence[tuple[Look, str, Mapping[str, str]]], *, command: str) -> int | None:
    """Write looks into ``golden.yaml``; returns how many there were, None when they cannot be counted.

    Args:
        truth: The golden set.
        looks: Look, labels and their definitions: one for a score, two for a comparison, written down together.
        command: score or compare.

    Raises:
        InputError: The file cannot be changed, or another process looked with another definition meanwhile; nothing is
            shown then.
    """
    if truth.golden is None or not truth.golden.is_folder:
        return None
    counted = [(look, labels, definitions) for look, labels, definitions in looks if look.counts]
    if not counted:
        return len(truth.golden.uses)
    uses = []
    for look, labels, definitions in counted:
        known = {name: fingerprint for name, fingerprint in definitions.items() if fingerprint}
        uses.append(Use(ts=now(), command=command, labels=labels, definitions=known, forced=look.forced))

    def check(before: tuple[Use, ...]) -> None:
        for look, _, definitions in counted:
            if not look.forced:
                _refuse_later(truth, definitions, before)

    return add_use(truth.path / GOLDEN_FILE, *uses, check=check)


def _refuse_later(truth: Truth, definitions: Mapping[str, str], uses: tuple[Use, ...]) -> None:
    name = next((name for name, fingerprint in definitions.items() if _is_later(name, fingerprint, uses)), None)
    if name is None:
        return
    seen = sorted({use.definitions[name] for use in uses if use.definitions.get(name)})
    raise InputError(
        f"the test split has been looked at with another definition of '{name}' ({', '.join(seen)}), and never "
        f"with this one ({definitions[name]}): it may have been tuned on the test split",
        path=truth.path, item=name,
        hint="score with --split tune, draw a new test split, or go on with --i-know, which the report will say",
    )  # fmt: skip


def _is_later(name: str, fingerprint: str, uses: tuple[Use, ...]) -> bool:
    seen = {use.definitions[name] for use in uses if use.definitions.get(name)}
    return bool(fingerprint) and bool(seen) and fingerprint not in seen


def _same(use: Use, definitions: Mapping[str, str]) -> bool:
    return any(fingerprint and use.definitions.get(name) == fingerprint for name, fingerprint in definitions.items())
