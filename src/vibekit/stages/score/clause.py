"""Which clause of the definition a rationale speaks of."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vibekit.core.attribute import Attribute

NEAR = 0.3
"""Share of a clause's telling words that the rationale must have."""
LEAST = 2
"""Telling words that must be the same."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_CITED = re.compile(
    r"\b(inclu|exclu|edge)[a-z]*(?:[ _-]cases?)?[\s:#(]*(?:clause|rule|no\.?)?\s*(\d{1,2})\b", re.IGNORECASE
)
_PLAIN = frozenset(
    re.findall(
        r"\w+",
        """the and for that this with from are was were has have had not but its his her their they them there here than
        then when while what which who whom into onto over under out off one two video clip shows show shown because
        does doing being been very more most some any each all can could would should may might also only both""",
    )
)
_SECTION = {"inclu": "include", "exclu": "exclude", "edge": "edge_case"}


class Clause(NamedTuple):
    """One clause: ``exclude 2`` and its text."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


@lru_cache(maxsize=64)
def clauses_of(definition: Attribute) -> tuple[Clause, ...]:
    """Number the clauses of a definition as people cite them, from 1."""
    return (
        *(Clause(f"include {n}", text) for n, text in enumerate(definition.include, 1)),
        *(Clause(f"exclude {n}", text) for n, text in enumerate(definition.exclude, 1)),
        *(Clause(f"edge_case {n}", f"{e.case} {e.why}") for n, e in enumerate(definition.edge_cases, 1)),
        Clause("definition", definition.definition),
    )


def cited_clause(rationale: str, definition: Attribute | None) -> Clause | None:
    """Return the clause that a rationale names, or else the one that it shares most words with; None if none is near.

    A clause's share counts rare words of the definition for more than those that stand in many of its clauses.

    Args:
        rationale: The model's words.
        definition: That the model was given.
    """
    if definition is None or not rationale:
        return None
    clauses = clauses_of(definition)
    return _named(rationale, clauses) or _nearest(rationale, clauses)


def _named(rationale: str, clauses: tuple[Clause, ...]) -> Clause | None:
    names = {clause.name: clause for clause in clauses}
    cited = (f"{_SECTION[match[1].lower()]} {int(match[2])}" for match in _CITED.finditer(rationale))
    return next((names[name] for name in cited if name in names), None)


def _nearest(rationale: str, clauses: tuple[Clause, ...]) -> Clause | None:
    said = _stems(rationale)
    stems = [_stems(clause.text) for clause in clauses]
    weight = {stem: 1 / sum(stem in other for other in stems) for stem in set().union(*stems)}
    best, score = None, 0.0
    for clause, own in zip(clauses, stems, strict=True):
        common = own & said
        total = sum(weight[stem] for stem in own)
        share = sum(weight[stem] for stem in common) / total if total else 0.0
        if len(common) >= LEAST and share >= NEAR and share > score:
            best, score = clause, share
    return best


def _stems(text: str) -> set[str]:
    # plurals and endings should not part two words that mean the same
    return {word[:6].removesuffix("s") for word in _WORD.findall(text.lower()) if word not in _PLAIN}
