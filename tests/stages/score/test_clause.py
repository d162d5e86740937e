"""Which clause a rationale cites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.scoring import definition
from vibekit.stages.score.clause import cited_clause, clauses_of


@pytest.mark.parametrize(
    ("rationale", "clause"),
    [
        ("As exclude 1 says, this is a review.", "exclude 1"),
        ("See inclusion #1.", "include 1"),
        ("Edge case 2 applies: a letter.", "edge_case 2"),
        ("A product out of its box from the start, with a review.", "exclude 1"),
        ("A sealed box is cut open; the parts lie on the table.", "include 1"),
        ("Nothing of that kind: a dog runs over a beach.", ""),
        ("exclude 9 would be it", ""),
        ("", ""),
    ],
)
def test_a_clause_is_found_by_its_number_or_by_its_words(rationale: str, clause: str) -> None:
    found = cited_clause(rationale, definition())
    assert (found.name if found else "") == clause


def test_without_a_definition_nothing_is_cited() -> None:
    assert cited_clause("exclude 1", None) is None


@given(st.text())
def test_any_rationale_gives_a_clause_of_the_definition_or_none(rationale: str) -> None:
    found = cited_clause(rationale, definition())
    assert found is None or found in clauses_of(definition())
