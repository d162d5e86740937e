"""The files of a golden set: what is written is read, hand edits are checked, a torn line costs one rating."""

from __future__ import annotations

import json
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.golden_sets import ATTRIBUTES, events, items, labels
from vibekit.core.golden import Event, GoldenLabel, Item, Use
from vibekit.errors import InputError
from vibekit.formats import golden_file, golden_items, golden_labels, golden_ratings
from vibekit.formats.golden_file import GoldenFile, add_use, read_golden, write_golden
from vibekit.formats.golden_items import read_items, write_items
from vibekit.formats.golden_labels import read_labels, write_labels
from vibekit.formats.golden_ratings import RatingsLog, from_row, read_events, to_row

USE = Use(ts="2026-11-21T10:00:00Z", command="score", labels="runs/r1", definitions={"calming": "0" * 16})
SAMPLES = {
    "golden.yaml": (golden_file.SAMPLE, read_golden),
    "items.csv": (golden_items.SAMPLE, read_items),
    "labels.csv": (golden_labels.SAMPLE, lambda path: read_labels(path, ATTRIBUTES)),
    "ratings.jsonl": (json.dumps(golden_ratings.SAMPLE) + "\n", lambda path: list(read_events(path))),
}
json_values = st.recursive(
    st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", list(SAMPLES))
def test_samples_are_read_and_cut_ones_never_crash(tmp_path: Path, name: str) -> None:
    text, read = SAMPLES[name]
    path = tmp_path / name
    path.write_text(text)
    assert read(path)
    for end in range(0, len(text), 7):
        path.write_text(text[:end])
        with suppress(InputError):
            read(path)


@given(found=items())
@settings(max_examples=25, deadline=None)
def test_items_come_back(found: dict[str, Item]) -> None:
    renamed = {k: replace(i, columns=golden_items.free_names(i.columns)) for k, i in found.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.csv"
        write_items(path, renamed.values())
        assert read_items(path) == renamed


@given(found=labels())
@settings(max_examples=25, deadline=None)
def test_labels_come_back(found: list[GoldenLabel]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.csv"
        write_labels(path, found)
        assert list(read_labels(path, ATTRIBUTES).values()) == found


@given(event=events())
def test_events_come_back(event: Event) -> None:
    row = json.loads(json.dumps({**to_row(event), "of_the_future": [1]}))
    assert from_row(row) == event


@given(draw=st.dictionaries(st.text(st.characters(exclude_categories=["C"]), min_size=1), json_values, max_size=4))
@example(draw={" ": []})
@settings(max_examples=60, deadline=None)
def test_golden_yaml_is_read_whatever_the_draw_holds(draw: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "golden.yaml"
        write_golden(path, GoldenFile(attributes=ATTRIBUTES, draw=draw, uses=(USE, USE)))
        found = read_golden(path)
        assert found.attributes == ATTRIBUTES
        assert found.uses == (USE, USE)
        assert len(found.draw) == len(draw)


def test_uses_are_counted_by_several_at_once(tmp_path: Path) -> None:
    path = tmp_path / "golden.yaml"
    write_golden(path, GoldenFile(attributes=ATTRIBUTES, draw={"seed": 7, "a": [1.5, "true", "1e3"]}))
    threads = [threading.Thread(target=add_use, args=(path, USE)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_golden(path).uses) == 5
    assert add_use(path, USE) == 6
    assert read_golden(path).draw == {"seed": 7, "a": [1.5, "true", "1e3"]}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: binary", "kind: bool", r"golden.yaml:6: attributes.calming.kind: 'bool' is not one of"),
        ("uses:", "use:", r"golden.yaml:16: unknown key 'use'"),
        ("version: 1", "version: 9", r"golden.yaml:1: version: written by a newer vibekit"),
        ("forced: false", "forced: no", r"forced: expected true or false"),
    ],
)
def test_mistakes_in_golden_yaml_are_named_with_their_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "golden.yaml"
    path.write_text(golden_file.SAMPLE.replace(old, new))
    with pytest.raises(InputError, match=message):
        read_golden(path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("v1,0,test", r"items.csv:2: inclusion_probability '0' is not above 0"),
        ("v1,1.2,test", r"items.csv:2: inclusion_probability '1.2'"),
        ("v1,nan,test", r"items.csv:2: inclusion_probability 'nan'"),
        ("v1,,test", r"items.csv:2: inclusion_probability ''"),
        ("v1,0.5,tset", r"items.csv:2: split 'tset' is neither"),
        ("v1,0.5,test\nv1,0.5,test", r"items.csv:3: second row for v1; the first is line 2"),
        (",0.5,test", r"items.csv:2: no video_id"),
    ],
)
def test_mistakes_in_items(tmp_path: Path, row: str, message: str) -> None:
    path = tmp_path / "items.csv"
    path.write_text(f"video_id,inclusion_probability,split\n{row}\n")
    with pytest.raises(InputError, match=message):
        read_items(path)


@pytest.mark.parametrize(
    ("row", "message", "hint"),
    [
        ("v1,calming,maybe", r"labels.csv:2: 'maybe' is not a label of 'calming'", "true, false"),
        ("v1,pace,4", r"labels.csv:2: '4' is not a label of 'pace'", "1, 2, 3"),
        ("v1,mood,gald", r"labels.csv:2: 'gald'", "did you mean 'glad'"),
        ("v1,calmin,true", r"labels.csv:2: attribute 'calmin' is not in golden.yaml", "did you mean 'calming'"),
        ("v1,calming,1\nv1,calming,1", r"labels.csv:3: second label for calming of v1; the first is line 2", ""),
    ],
)
def test_mistakes_in_labels(tmp_path: Path, row: str, message: str, hint: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"video_id,attribute,label\n{row}\n")
    with pytest.raises(InputError, match=message) as caught:
        read_labels(path, ATTRIBUTES)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": None}, "kind rating with value None"),
        ({"kind": "abstain"}, "kind abstain with value True"),
        ({"repeat": True}, "repeat True"),
        ({"repeat": -1}, "repeat -1"),
        ({"seconds": -1}, "seconds -1"),
        ({"seconds": float("nan")}, "seconds nan"),
        ({"rater": ""}, "rater ''"),
        ({"kind": "vote"}, "kind 'vote' is none of rating, abstain"),
    ],
)
def test_mistakes_in_ratings(tmp_path: Path, change: dict[str, object], message: str) -> None:
    path = tmp_path / "ratings.jsonl"
    rows = [golden_ratings.SAMPLE, {**golden_ratings.SAMPLE, **change}, golden_ratings.SAMPLE]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(InputError, match=f"ratings.jsonl:2: not an event: {message}"):
        list(read_events(path))


def test_a_torn_line_costs_one_rating_and_the_log_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "ratings.jsonl"
    event = from_row(golden_ratings.SAMPLE)
    with RatingsLog(path) as log:
        log.append(event, event)
    path.write_bytes(path.read_bytes()[:-20])
    notes: list[str] = []
    assert list(read_events(path, warnings=notes)) == [event]
    assert "dropped a torn last line" in notes[0]
    with RatingsLog(path) as log:
        log.append(replace(event, value=False))
    assert [e.value for e in read_events(path)] == [True, False]


def test_a_log_has_one_writer(tmp_path: Path) -> None:
    with RatingsLog(tmp_path / "ratings.jsonl"):
        taken = pytest.raises(InputError, match="it is writing ratings")
        with taken, RatingsLog(tmp_path / "ratings.jsonl"):
            pass


def test_blanks_that_people_type_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("video_id,path,inclusion_probability,split\n v1 ,a .mp4, 0.5 , Tune \n")
    (tmp_path / "labels.csv").write_text("video_id,attribute,label\n v1, calming , TRUE \n")
    found = read_items(tmp_path / "items.csv")
    assert (list(found), found["v1"].path, found["v1"].inclusion_probability) == (["v1"], "a .mp4", 0.5)
    assert read_labels(tmp_path / "labels.csv", ATTRIBUTES)["v1", "calming"].label is True


def test_a_decimal_comma_is_named(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("video_id;inclusion_probability;split\nv1;0,5;test\n")
    with pytest.raises(InputError, match=r"items.csv:2: inclusion_probability '0,5'") as caught:
        read_items(tmp_path / "items.csv")
    assert "a point, not a comma" in caught.value.hint
