"""Labels from tables: wide, long, in parts, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.scoring import NAME, YES, Case, confusion, definition, make_golden, make_run, said, video_id
from vibekit.core.attribute import Kind
from vibekit.core.golden import GoldenAttribute
from vibekit.errors import InputError
from vibekit.formats.annotations import read_annotations
from vibekit.formats.annotations_table import write_table
from vibekit.stages.score import ScoreConfig, score
from vibekit.stages.score.predictions import Outcome, Predictions, read_predictions

ASKED = {
    "calming": GoldenAttribute(name="calming", kind=Kind.BINARY, allowed=(True, False)),
    "mood": GoldenAttribute(name="mood", kind=Kind.CATEGORICAL, allowed=("Happy", "Sad", "Calm")),
}


def read(path: Path, text: str = "", **options: str) -> Predictions:
    """Read a table, written first when its text is given."""
    if text:
        path.write_text(text)
    return read_predictions(path, ASKED, **options)


def test_a_wide_table_has_probabilities_and_a_column_for_each_label(tmp_path: Path) -> None:
    table = pa.table(
        {
            "video_id": ["a", "b", "c"],
            "calming": pa.array([0.9, None, 0.2], pa.float32()),
            "mood=Happy": [0.2, 0.5, np.nan],
            "mood=Sad": [0.7, 0.5, np.nan],
            "embedding": [[1.0], [2.0], [3.0]],
        }
    )
    for path in (tmp_path / "labels.parquet", tmp_path / "labels"):
        if path.suffix:
            pq.write_table(table, path)
        else:
            path.mkdir()
            pq.write_table(table.slice(0, 2), path / "part-0000.parquet")
            pq.write_table(table.slice(2), path / "part-0001.parquet")
        found = read(path)
        assert found.ids.to_pylist() == ["a", "b", "c"]
        calming, mood = found.columns["calming"], found.columns["mood"]
        assert calming.outcome.tolist() == [Outcome.OK, Outcome.MISSING, Outcome.OK]
        assert calming.probability[[0, 2]].tolist() == pytest.approx([0.9, 0.2])
        assert not calming.labelled
        # of two equally probable labels the first in the order of the definition
        assert mood.label.tolist() == [1, 0, -1]
        assert mood.outcome.tolist() == [Outcome.OK, Outcome.OK, Outcome.MISSING]


@pytest.mark.parametrize(
    "columns",
    [
        {"calming=true": [0.8, 0.1, 0.5, None]},
        {"calming=false": [0.2, 0.9, 0.5, None]},
        {"calming=false": [0.2, 0.9, 0.5, None], "calming=true": [0.8, None, 0.5, None]},
    ],
)
def test_columns_of_both_labels_give_the_probability_of_true(columns: dict[str, list[float]], tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    pq.write_table(pa.table({"video_id": ["a", "b", "c", "d"], **columns}), path)
    found = read(path).columns["calming"]
    assert found.probability.tolist() == pytest.approx([0.8, 0.1, 0.5, np.nan], nan_ok=True)
    assert not found.labelled
    assert found.outcome.tolist() == [Outcome.OK, Outcome.OK, Outcome.OK, Outcome.MISSING]


def test_a_wide_csv_may_hold_labels_or_probabilities(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "path,calming,mood\nx.mp4,yes,Sad\ny.mp4,0,Calm\nz.mp4,abstain,\n")
    assert found.columns["calming"].label.tolist() == [0, 1, -1]
    assert found.columns["calming"].outcome.tolist() == [Outcome.OK, Outcome.OK, Outcome.ABSTAIN]
    assert found.columns["mood"].label.tolist() == [1, 2, -1]
    found = read(tmp_path / "b.csv", "path,calming,mood=happy,mood=sad\nx.mp4,0.75,0.1,0.9\ny.mp4,1,0.6,0.4\n")
    assert found.columns["calming"].probability.tolist() == [0.75, 1.0]
    assert found.columns["mood"].label.tolist() == [1, 0]


def test_a_long_table_has_a_row_for_each_label(tmp_path: Path) -> None:
    text = (
        "video,attribute,label,probability\nx,calming,true,0.8\ny,calming,false,0.1\nx,mood,Sad,0.5\nx,mood,Sad,0.5\n"
    )
    found = read(tmp_path / "a.csv", text)
    assert found.ids.to_pylist() == ["x", "y"]
    assert found.columns["calming"].label.tolist() == [0, 1]
    assert found.columns["mood"].outcome.tolist() == [Outcome.OK, Outcome.MISSING]
    assert found.known == ("calming", "mood")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("video,attribute,label\nx,calming,true\nx,calming,false\n", r":3: another answer about 'calming'.*line 2"),
        ("video,attribute,label\nx,calming,maybe\n", r":2: 'maybe' is not a label of 'calming'"),
        ("video,attribute,label,probability\nx,calming,true,1.5\n", r":2: probability 1.5 is no probability"),
        ("video,attribute,label,status\nx,calming,,okay\n", r":2: unknown status 'okay'"),
        ("video,attribute,label,status\nx,calming,true,blocked\n", r":2: status 'blocked' with a label"),
        ("video,attribute,label,status\nx,calming,,ok\n", r":2: status 'ok' without a label"),
        ("video,calming\nx,0.5\nx,0.6\n", r":3: second row for 'x'; the first is line 2"),
        ("video,calming\nx,0.5\ny,high\n", r":3: .*'high'"),
        ("video,mood=Angry\nx,0.5\n", r"names a label that 'mood' does not allow"),
        ("name,calming\nx,0.5\n", r"no column names the video"),
        ("video,calming\n,0.5\n", r":2: no video in this row"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "labels.csv", text)


def test_a_wrong_row_of_parquet_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    pq.write_table(pa.table({"video_id": ["a", "b"], "calming": [0.5, -0.1]}), path)
    with pytest.raises(InputError, match=r"row 2: calming -0\.1 is no probability"):
        read(path)
    pq.write_table(pa.table({"video_id": ["a", "a"], "calming": [0.5, 0.1]}), path)
    with pytest.raises(InputError, match="row 2: second row for 'a'"):
        read(path)


def test_another_id_column_can_be_named(tmp_path: Path) -> None:
    text = "key,calming\nx,0.5\n"
    assert read(tmp_path / "a.csv", text, id_column="key").ids.to_pylist() == ["x"]
    with pytest.raises(InputError, match="no column 'kex'") as refused:
        read(tmp_path / "a.csv", text, id_column="kex")
    assert "did you mean 'key'?" in refused.value.hint


def test_neither_run_nor_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a run nor a table"):
        read(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.csv")


def test_a_student_is_scored_like_a_run(tmp_path: Path) -> None:
    cases = confusion(tp=12, fp=4, fn=3, tn=11)
    golden = make_golden(tmp_path / "golden", cases)
    chance = [0.9 if case.said == YES else 0.1 for case in cases]
    names = [video_id(n) for n in range(len(cases))]
    students = tmp_path / "student.parquet"
    pq.write_table(pa.table({"video_id": names, NAME: pa.array(chance, pa.float32())}), students)
    report = score(ScoreConfig(labels=students, golden=golden, draws=200, report=False))
    one = report.attributes[NAME]
    assert (one.tp, one.fp, one.fn, one.tn) == (12, 4, 3, 11)
    assert one.probability_source == "table"
    assert any("P(true) >= 0.5" in note for note in one.notes)
    assert any("do not say which definition" in note for note in one.notes)
    assert report.cost_usd is None


def test_the_export_of_a_run_gives_the_same_score(tmp_path: Path) -> None:
    cases = [Case(truth=n % 2 == 0, said=said(n % 3 == 0, n / 60)) for n in range(60)]
    run = make_run(tmp_path / "run", {NAME: [case.said for case in cases]})
    export = tmp_path / "annotations.parquet"
    write_table(export, read_annotations(run / "annotations.jsonl"))
    first, second = (
        score(ScoreConfig(labels=labels, golden=make_golden(tmp_path / f"g{n}", cases), draws=200, report=False))
        for n, labels in enumerate((run, export))
    )
    one, other = first.attributes[NAME], second.attributes[NAME]
    assert (one.tp, one.f1, one.brier, one.roc_auc) == (other.tp, other.f1, other.brier, other.roc_auc)
    assert other.definition == definition().fingerprint
    assert second.annotator == "scripted"


def test_a_large_golden_table_is_read_by_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vibekit.stages.score import truth_table

    n = 300
    names = [f"v{k}" for k in range(n)]
    truth = [k % 3 == 0 for k in range(n)]
    table = {"video_id": names, "calming": truth, "creator": [f"c{k % 40}" for k in range(n)], "weight": [2.0] * n}
    pq.write_table(pa.table(table), tmp_path / "golden.parquet")
    pq.write_table(pa.table({"video_id": names[::-1], "calming": [0.9] * n}), tmp_path / "labels.parquet")
    config = ScoreConfig(
        labels=tmp_path / "labels.parquet", golden=tmp_path / "golden.parquet", draws=200, report=False
    )
    small = score(config).attributes["calming"]
    monkeypatch.setattr(truth_table, "LARGE", 1)
    large = score(config).attributes["calming"]
    assert (large.tp, large.fp, large.groups) == (100, 200, 40)
    assert (small.precision, small.f1, small.groups) == (large.precision, large.f1, large.groups)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ({"weight": [1.0, 0.0]}, "row 2: weight 0 is not above 0"),
        ({"split": ["tune", "dev"]}, "row 2: split 'dev'"),
        ({"inclusion_probabilty": [0.5, 0.1]}, "unknown column 'inclusion_probabilty'"),
        ({"weight": [1.0, 2.0], "inclusion_probability": [1.0, 0.5]}, "say the same"),
    ],
)
def test_a_large_golden_table_has_the_same_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: dict[str, list[object]], message: str
) -> None:
    from vibekit.stages.score import truth_table

    monkeypatch.setattr(truth_table, "LARGE", 1)
    pq.write_table(pa.table({"video_id": ["a", "b"], "calming": [True, False], **column}), tmp_path / "g.parquet")
    pq.write_table(pa.table({"video_id": ["a", "b"], "calming": [0.1, 0.2]}), tmp_path / "l.parquet")
    with pytest.raises(InputError, match=message):
        score(ScoreConfig(labels=tmp_path / "l.parquet", golden=tmp_path / "g.parquet", draws=200, report=False))


def test_a_large_golden_table_can_be_sliced_and_is_read_like_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vibekit.stages.score import truth_table

    n = 200
    names = [f"v{k}" for k in range(n)]
    columns = {"creator": [f"c{k % 2}" for k in range(n)], "group": names, "Language": ["en", "de"] * (n // 2)}
    truth = {"video_id": names, "calming": [k % 3 == 0 for k in range(n)], **columns}
    pq.write_table(pa.table(truth), tmp_path / "g.parquet")
    pq.write_table(pa.table({"video_id": names, "calming": [(k % 7) / 7 for k in range(n)]}), tmp_path / "l.parquet")
    config = ScoreConfig(labels=tmp_path / "l.parquet", golden=tmp_path / "g.parquet", draws=200, report=False)
    config = replace(config, by=("language",))
    small = score(config).attributes["calming"]
    monkeypatch.setattr(truth_table, "LARGE", 1)
    large = score(config).attributes["calming"]
    assert large.slices == small.slices
    assert {one.value for one in large.slices} == {"en", "de"}
    # of two columns that name a group the more telling one counts
    assert large.groups == small.groups == n
    with pytest.raises(InputError, match="'langage'") as refused:
        score(replace(config, by=("langage",)))
    assert "language" in refused.value.hint


def test_parquet_may_hold_text_and_numbers_in_any_form(tmp_path: Path) -> None:
    """As pandas and polars write them: categories, long text, decimals; differing between the parts too."""
    folder = tmp_path / "parts"
    folder.mkdir()
    ids = [pa.array(["a"]).dictionary_encode(), pa.array(["b"], pa.large_string()), pa.array(["c"], pa.string_view())]
    chances = [pa.array(["0.9"], pa.large_string()), pa.array(["0.25"]), pa.array(["0.5"], pa.string_view())]
    for n, (name, chance) in enumerate(zip(ids, chances, strict=True)):
        pq.write_table(pa.table({"video_id": name, "calming": chance}), folder / f"part-{n}.parquet")
    found = read(folder)
    assert found.ids.to_pylist() == ["a", "b", "c"]
    assert found.columns["calming"].probability.tolist() == [0.9, 0.25, 0.5]
    pq.write_table(pa.table({"video_id": ["a"], "calming": [Decimal("0.75")]}), tmp_path / "decimal.parquet")
    assert read(tmp_path / "decimal.parquet").columns["calming"].probability.tolist() == [0.75]


def test_parts_that_do_not_fit_together_are_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"video_id": ["a"], "calming": [True]}), tmp_path / "part-0.parquet")
    pq.write_table(pa.table({"video_id": ["b"], "calming": ["true"]}), tmp_path / "part-1.parquet")
    with pytest.raises(InputError, match="calming has incompatible types"):
        read(tmp_path)
