"""Parts of a labels folder: what they count, and when they are not whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.student import HEADS
from vibekit.core.labels import LabelsManifest
from vibekit.errors import InputError
from vibekit.formats.labels_manifest import SAMPLE, read_labels_manifest, write_labels_manifest
from vibekit.formats.labels_parts import LabelParts, part_counts, part_key, schema_of, summed

CALMING = HEADS[1:2]


def write(path: Path, values: list[float | None]) -> None:
    form = LabelParts(heads=CALMING)
    schema = schema_of(CALMING)
    ids = [str(n) for n in range(len(values))]
    with form.writing(path, schema=schema, key="k") as writer:
        writer.write(pa.table({"video_id": ids, "calming": pa.array(values, pa.float32())}, schema=schema))


def test_counts_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "part-00000.parquet"
    # threshold 0.42, abstain from 0.3 on and below 0.5
    write(path, [0.1, 0.29, 0.3, 0.45, 0.49, 0.5, 0.9, None])
    assert part_key(path) == "k"
    assert part_counts(path) == {"": {"rows": 8, "without": 1}, "calming": {"abstain": 3, "false": 2, "true": 2}}


@settings(max_examples=30, deadline=None)
@given(values=st.lists(st.one_of(st.none(), st.floats(0, 1, width=32)), max_size=30))
def test_every_row_counts_once(tmp_path_factory: pytest.TempPathFactory, values: list[float | None]) -> None:
    path = tmp_path_factory.mktemp("parts") / "part-00000.parquet"
    write(path, values)
    counts = part_counts(path)
    assert counts[""] == {"rows": len(values), "without": values.count(None)}
    assert sum(counts["calming"].values()) == len(values) - values.count(None)
    unsure = [v for v in values if v is not None and 0.3 <= np.float64(v) < 0.5]
    assert counts["calming"]["abstain"] == len(unsure)


@pytest.mark.parametrize("cut", [0, 4, 50, -1, -8])
def test_a_part_that_is_cut_off_has_no_key(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "part-00000.parquet"
    write(path, [0.1])
    path.write_bytes(path.read_bytes()[:cut])
    assert part_key(path) is None
    with pytest.raises(InputError, match="not a whole part"):
        part_counts(path)


def test_a_part_that_fails_leaves_nothing(tmp_path: Path) -> None:
    form, schema = LabelParts(heads=CALMING), schema_of(CALMING)
    table = pa.table({"video_id": ["a"], "calming": pa.array([0.5], pa.float32())}, schema=schema)
    with (
        pytest.raises(ValueError, match="schema"),
        form.writing(tmp_path / "part-0.parquet", schema=schema, key="k") as writer,
    ):
        writer.write(table.drop_columns("calming"))
    assert list(tmp_path.iterdir()) == []


def test_counts_of_parts_are_added() -> None:
    assert summed([{"a": {"true": 1}}, {"a": {"true": 2, "false": 3}, "b": {"x": 1}}]) == {
        "a": {"true": 3, "false": 3},
        "b": {"x": 1},
    }


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 99}', '{"version": 1, "status": "odd"}'])
def test_something_else_than_a_manifest_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.json").write_text(text)
    with pytest.raises(InputError, match=r"labels\.json"):
        read_labels_manifest(tmp_path)


def test_a_manifest_is_read_as_written(tmp_path: Path) -> None:
    write_labels_manifest(tmp_path, SAMPLE)
    found: LabelsManifest = read_labels_manifest(tmp_path)
    assert found == SAMPLE
