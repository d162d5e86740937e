"""A golden set is a folder or somebody's table; what is wrong in it is named with its row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.golden_sets import ATTRIBUTES, IDS, write_golden_set
from vibekit.core.attribute import Kind
from vibekit.core.golden import Event, EventKind, GoldenLabel, GoldenSet, Item, Role, Split
from vibekit.errors import InputError
from vibekit.stages.golden.open import open_golden

ITEMS = {name: Item(video_id=name) for name in IDS}


def _open(folder: Path, text: str, name: str = "g.csv") -> GoldenSet:
    (folder / name).write_text(text)
    return open_golden(folder / name)


def _values(golden: GoldenSet) -> dict[tuple[str, str], object]:
    return {key: label.label for key, label in golden.labels.items()}


@pytest.mark.parametrize("column", ["video_id", "path", "file", "video", "filename"])
@pytest.mark.parametrize("label", ["label", "value"])
def test_long_tables_by_any_name(tmp_path: Path, column: str, label: str) -> None:
    golden = _open(tmp_path, f"{column},attribute,{label}\na.mp4,calming,YES\nb.mp4,calming,0.0\n")
    assert _values(golden) == {("a.mp4", "calming"): True, ("b.mp4", "calming"): False}
    assert golden.attributes["calming"].kind is Kind.BINARY
    assert golden.attributes["calming"].fingerprint == ""
    assert not golden.is_folder
    assert {item.split for item in golden.items.values()} == {Split.TEST}


def test_raters_make_events_and_the_majority_labels(tmp_path: Path) -> None:
    rows = [f"a.mp4,zappy,{v},r{n},0" for n, v in enumerate("110")]
    rows += ["b.mp4,zappy,1,r0,0", "b.mp4,zappy,0,r1,0", "c.mp4,zappy,abstain,r0,0", "a.mp4,zappy,0,r0,1"]
    golden = _open(tmp_path, "\n".join(["video,attribute,label,rater,repeat", *rows]))
    assert len(golden.events) == 7
    assert _values(golden) == {("a.mp4", "zappy"): True, ("b.mp4", "zappy"): None, ("c.mp4", "zappy"): None}
    assert [label.note for label in golden.labels.values()] == ["", "a tie", "all abstained"]
    assert golden.labels["a.mp4", "zappy"].agreement == pytest.approx(2 / 3)
    assert golden.events[-2].kind is EventKind.ABSTAIN


def test_a_table_of_item_worker_label_is_one_attribute(tmp_path: Path) -> None:
    golden = _open(tmp_path, "item,worker,label\n0,7,2\n1,7,10\n1,8,3\n")
    assert golden.attributes["label"].allowed == ("2", "3", "10")
    assert "no column 'attribute'" in golden.warnings[0]


def test_wide_tables(tmp_path: Path) -> None:
    sha = "AB" * 32
    text = f"file,sha256,title,calming,zappy,note,group\na.mp4,{sha},Rain,1,true,hm,ann\nb.mp4,,Sun,,0,,ben\n"
    golden = _open(tmp_path, text)
    assert list(golden.items) == ["ab" * 16, "b.mp4"]
    assert golden.names == {"a.mp4": "ab" * 16}
    assert golden.items["ab" * 16] == Item(
        video_id="ab" * 16, path="a.mp4", group="ann", columns={"title": "Rain", "note": "hm"}
    )
    assert _values(golden) == {("ab" * 16, "calming"): True, ("ab" * 16, "zappy"): True, ("b.mp4", "zappy"): False}


@pytest.mark.parametrize("suffix", ["jsonl", "tsv", "parquet"])
def test_other_tables(tmp_path: Path, suffix: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / f"g.{suffix}"
    if suffix == "parquet":
        pq.write_table(pa.table({"video": ["a", "b"], "attribute": ["zappy"] * 2, "value": [True, False]}), path)
    elif suffix == "tsv":
        path.write_text("video\tattribute\tvalue\na\tzappy\t1\nb\tzappy\tf\n")
    else:
        path.write_text('{"video":"a","attribute":"zappy","value":1}\n{"video":"b","attribute":"zappy","value":false}')
    assert _values(open_golden(path)) == {("a", "zappy"): True, ("b", "zappy"): False}


def test_own_definitions_say_how_labels_are_read(tmp_path: Path) -> None:
    (tmp_path / "defs").mkdir()
    (tmp_path / "defs" / "pace.yaml").write_text(
        "name: pace\nversion: 1\ntitle: Pace\nkind: ordinal\nquestion: How fast?\ndefinition: How fast it is cut.\n"
        "scale:\n  1: slow\n  2: middling\n  3: fast\n"
    )
    table = tmp_path / "g.csv"
    table.write_text("video,attribute,label\na,pace,3\nb,pace,2.0\n")
    golden = open_golden(table, attributes_dir=tmp_path / "defs")
    assert list(_values(golden).values()) == [3, 2]
    table.write_text("video,attribute,label\na,pace,3\nb,pace,4\n")
    with pytest.raises(InputError, match=r"g.csv:3: '4' is not a label of 'pace'") as caught:
        open_golden(table, attributes_dir=tmp_path / "defs")
    assert "1, 2, 3" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("video,attribute,label\na,calming,maybe\n", r"g.csv:2: 'maybe' is not a label of 'calming'"),
        ("video,attribute,label\na,calming,1\na,calming,0\n", r"g.csv:3: calming of a is false here and true in row 2"),
        ("video,attribute,label,rater\na,x,1,r\na,x,0,r\n", r"g.csv:3: x of a by r is false here and true in row 2"),
        ("video,attribute,label,rater\na,x,1,\n", r"g.csv:2: names no rater"),
        ("video,attribute,label,ratr\na,x,1,r\n", r"g.csv:1: unknown column 'ratr'"),
        ("video,attribute,label,wieght\na,x,1,2\n", r"g.csv:1: unknown column 'wieght'"),
        ("video,attribute,label,weight\na,x,1,0\n", r"g.csv:2: weight '0' is not a number above 0"),
        ("video,attribute,label,weight\na,x,1,inf\n", r"g.csv:2: weight 'inf' is not a number above 0"),
        ("video,attribute,label,weight\na,x,1,2\nb,x,1,\n", r"g.csv:3: no weight for b"),
        ("video,attribute,label,weight\na,x,1,2\na,y,1,3\n", r"g.csv:3: weight of a is '3' here and '2' in row 2"),
        ("video,attribute,label,inclusion_probability\na,x,1,-1\n", r"g.csv:2: inclusion_probability '-1'"),
        ("video,attribute,label,split\na,x,1,dev\n", r"g.csv:2: split 'dev' is neither"),
        ("video,attribute,label,weight,inclusion_probability\na,x,1,2,.5\n", "say the same"),
        ("name,attribute,label\na,x,1\n", r"g.csv:1: no column names the video"),
        ("video,title\na,x\n", r"g.csv:1: no column holds labels"),
        ("video,calming,value\na,1,7\n", r"columns 'value' and 'calming': does 'value' hold the labels"),
        ("video,attribute,label\n", "has a header and no rows"),
        ("video,attribute,label\n,x,1\n", r"g.csv:2: names no video"),
        ("video,attribute,label\na,,1\n", r"g.csv:2: names no attribute"),
        ("video,attribute,label,rater,kind\na,x,1,r,vote\n", r"g.csv:2: kind 'vote' is none of"),
    ],
)
def test_mistakes_in_tables_are_named_with_their_row(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _open(tmp_path, text)


def test_weights_become_probabilities(tmp_path: Path) -> None:
    golden = _open(tmp_path, "video,attribute,label,weight\na,x,1,2\nb,x,1,8\n")
    assert [item.inclusion_probability for item in golden.items.values()] == [0.5, 0.125]
    golden = _open(tmp_path, "video,attribute,label,weight\na,x,1,0.5\nb,x,1,2\n")
    assert [item.inclusion_probability for item in golden.items.values()] == [1.0, 0.25]
    assert "relative" in golden.warnings[0]


def test_what_is_odd_is_counted(tmp_path: Path) -> None:
    golden = _open(tmp_path, "video,attribute,label,who\na,x,1,p\na,x,true,q\nb,x,,q\n")
    assert len(golden.labels) == 1
    text = " ".join(golden.warnings)
    assert "1 rows that say the same as an earlier one" in text
    assert "1 cells without a label" in text
    assert "differ between rows of one video: who" in text


def test_height_is_no_misspelt_weight(tmp_path: Path) -> None:
    assert _open(tmp_path, "video,calming,height\na,1,360\n").items["a"].columns == {"height": "360"}


def _event(value: object = True, **more: object) -> Event:
    kind = EventKind.ABSTAIN if value is None else EventKind.RATING
    fields = {"rater": "ann", "video_id": IDS[0], "attribute": "calming", "kind": kind, "value": value, **more}
    return Event(**fields)  # type: ignore[arg-type]


def test_folders(tmp_path: Path) -> None:
    events = [_event(), _event(rater="ben"), _event(value=False, rater="eve", role=Role.EXPERT)]
    path = write_golden_set(tmp_path / "g", items=ITEMS, events=events)
    golden = open_golden(path)
    assert golden.is_folder
    assert (golden.items, golden.events, golden.attributes) == (ITEMS, tuple(events), ATTRIBUTES)
    assert golden.labels[IDS[0], "calming"].label is False
    assert golden.labels[IDS[0], "calming"].source == "expert"


def test_labels_that_are_older_than_ratings_are_said_to_be(tmp_path: Path) -> None:
    decided = GoldenLabel(video_id=IDS[1], attribute="calming", label=True)
    golden = open_golden(write_golden_set(tmp_path / "g", items=ITEMS, events=[_event()], labels=[decided]))
    assert _values(golden) == {(IDS[1], "calming"): True}
    assert "1 rated videos have no row there" in golden.warnings[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("ratings.jsonl", '"value":true', '"value":1', r"ratings.jsonl:1: 1 is not a label of 'calming'"),
        ("labels.csv", IDS[1], "ff" * 16, r"a label for calming of f+, which items.csv does not have"),
        ("items.csv", "1.0", "0.0", r"items.csv:2: inclusion_probability"),
    ],
)
def test_files_that_contradict_each_other(tmp_path: Path, name: str, old: str, new: str, message: str) -> None:
    decided = GoldenLabel(video_id=IDS[1], attribute="calming", label=True)
    path = write_golden_set(tmp_path / "g", items=ITEMS, events=[_event()], labels=[decided])
    (path / name).write_text((path / name).read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        open_golden(path)


def test_events_of_unknown_videos_and_attributes_are_counted(tmp_path: Path) -> None:
    events = [_event(attribute="other"), _event(video_id="gone")]
    golden = open_golden(write_golden_set(tmp_path / "g", items=ITEMS, events=events))
    assert golden.labels == {}
    assert len(golden.warnings) == 2


def test_no_golden_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such golden set"):
        open_golden(tmp_path / "g9")
    with pytest.raises(InputError, match=r"holds no golden.yaml"):
        open_golden(tmp_path)
    (tmp_path / "x.txt").write_text("")
    with pytest.raises(InputError, match="not a golden set"):
        open_golden(tmp_path / "x.txt")


def test_a_vote_does_not_replace_the_ruling_of_the_same_name(tmp_path: Path) -> None:
    ruling, vote = _event(value=False, role=Role.EXPERT), _event(value=True)
    taken_back = replace(vote, kind=EventKind.UNDO, value=None)
    golden = open_golden(write_golden_set(tmp_path / "g", items=ITEMS, events=[ruling, vote, taken_back, vote]))
    assert golden.labels[IDS[0], "calming"].label is False


def test_labels_that_ratings_have_overtaken_are_said_to_be(tmp_path: Path) -> None:
    decided = [
        GoldenLabel(video_id=IDS[0], attribute="calming", label=True, source="majority"),
        GoldenLabel(video_id=IDS[1], attribute="calming", label=True, source="dawid-skene"),
        GoldenLabel(video_id=IDS[2], attribute="calming", label=True),
        GoldenLabel(video_id=IDS[3], attribute="calming", label=None, source="majority", note="1 of the 3 raters"),
    ]
    votes = [_event(value=False, video_id=name) for name in IDS]
    items = {name: Item(video_id=name) for name in IDS}
    path = write_golden_set(tmp_path / "g", items=items, events=votes, labels=decided)
    assert "1 labels are not what the ratings come to now" in open_golden(path).warnings[0]
    ruling = _event(value=False, video_id=IDS[1], rater="eve", role=Role.EXPERT)
    write_golden_set(path, items=items, events=[ruling], labels=decided)
    assert "2 labels are not what the ratings come to now" in open_golden(path).warnings[0]
