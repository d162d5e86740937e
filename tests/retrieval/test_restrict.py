from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.restriction_model import Model, conditions, over, rows
from vibekit.core.attribute import Kind, Label
from vibekit.core.index import ColumnType, IndexedAttribute, IndexedColumn
from vibekit.core.restriction_bind import read_restriction
from vibekit.retrieval.restrict import evaluate

TYPES = {"language": pa.string(), "views": pa.int64(), "duration_s": pa.float64(), "published": pa.date32(),
         "music": pa.bool_()}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows in memory: dictionaries with None for unknown."""

    rows: list[dict[str, Any]]
    attributes = (
        IndexedAttribute(name="calming", kind=Kind.BINARY, labels=(True,)),
        IndexedAttribute(name="sad", kind=Kind.BINARY, labels=(True,)),
        IndexedAttribute(name="energy", kind=Kind.ORDINAL, labels=(1, 2, 3)),
        IndexedAttribute(name="mood", kind=Kind.CATEGORICAL, labels=("calm", "tense")),
    )
    columns = tuple(
        IndexedColumn(name=name, type=kind)
        for name, kind in zip(
            TYPES, (ColumnType.TEXT, ColumnType.NUMBER, ColumnType.NUMBER, ColumnType.DATE, ColumnType.TRUTH),
            strict=True,
        )
    )  # fmt: skip

    @property
    def height(self) -> int:
        return len(self.rows)

    def decided(self, name: str) -> pa.Array:
        labels = next(one.labels for one in self.attributes if one.name == name)
        found = [row[name] for row in self.rows]
        if labels == (True,):
            return pa.array(found, pa.bool_())
        return pa.array([None if one is None else labels.index(one) for one in found], pa.int32())

    def chance(self, name: str, label: Label) -> pa.Array:
        key = f"p:{name}" if label is True else f"p:{name}:{label}"
        return pa.array([row[key] for row in self.rows], pa.float32())

    def column(self, name: str) -> pa.Array:
        return pa.array([row[name] for row in self.rows], TYPES[name])


@settings(max_examples=400, deadline=None)
@given(over(conditions), st.lists(rows, max_size=12))
def test_it_is_what_three_valued_logic_says(pair: tuple[str, Model], data: list[dict[str, Any]]) -> None:
    typed, model = pair
    table = Rows(rows=data)
    restriction = read_restriction(typed, attributes=table.attributes, columns=table.columns)
    assert evaluate(restriction, table).to_pylist() == [model(row) for row in data]


def test_unknown_is_neither_calming_nor_not_calming() -> None:
    blank = dict.fromkeys([*TYPES, "sad", "energy", "mood", "p:calming", "p:sad"])
    table = Rows(rows=[{**blank, "calming": value} for value in (True, False, None)])
    for typed, found in (
        ("calming", [True, False, None]),
        ("!calming", [False, True, None]),
        ("calming | !calming", [True, True, None]),
        ("calming is unknown", [False, False, True]),
        ("calming & sad", [None, False, None]),
        ("calming | sad", [True, None, None]),
        ("", [True, True, True]),
    ):
        restriction = read_restriction(typed, attributes=table.attributes, columns=table.columns)
        assert evaluate(restriction, table).to_pylist() == found


@pytest.mark.parametrize("width", [pa.float32(), pa.float64()])
def test_a_threshold_cuts_where_predict_cuts(width: pa.DataType) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Wide(Rows):
        def chance(self, name: str, label: Label) -> pa.Array:  # noqa: ARG002
            return pa.array([0.7, 0.75, None]).cast(width)

    table = Wide(rows=[{"calming": None}] * 3)
    restriction = read_restriction("calming >= 0.7", attributes=table.attributes, columns=table.columns)
    # float32(0.7) is a little less than 0.7
    assert evaluate(restriction, table).to_pylist() == [width == pa.float64(), True, None]
