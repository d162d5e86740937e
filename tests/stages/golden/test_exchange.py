"""What goes out of a golden set comes back the same, in every format."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from support.golden_sets import ATTRIBUTES, IDS, events, items, labels, write_golden_set
from vibekit.core.exchange import Exchange
from vibekit.core.golden import Event, EventKind, Item, Role
from vibekit.errors import InputError, UsageError
from vibekit.stages.golden.export import ExportConfig, decided, export
from vibekit.stages.golden.import_ import ImportConfig, import_
from vibekit.stages.golden.open import open_golden

if TYPE_CHECKING:
    from vibekit.core.golden import GoldenLabel

SUFFIX = {Exchange.CSV_LONG: ".csv", Exchange.CSV_WIDE: ".csv"}
PLAIN = {name: Item(video_id=name, path=f"clips/{n}.mp4") for n, name in enumerate(IDS)}


def _rating(rater: str = "ann", *, value: bool = True, video: int = 0, note: str = "") -> Event:
    return Event(rater=rater, video_id=IDS[video], attribute="calming", kind=EventKind.RATING, value=value, note=note)


@pytest.mark.parametrize("format_", list(Exchange))
@given(found=items(), said=events(), more=events(), holds=labels())
@settings(max_examples=12, deadline=None)
def test_a_set_that_goes_out_comes_back_the_same(
    format_: Exchange, found: dict[str, Item], said: Event, more: Event, holds: list[GoldenLabel]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_golden_set(folder / "g", items=found, events=(said, more, said), labels=holds)
        out = folder / f"out{SUFFIX.get(format_, '.json')}"
        before = open_golden(path)
        export(ExportConfig(golden=path, out=out, format=format_))
        # an empty set with the same attributes: these say how labels are read
        other = write_golden_set(folder / "other", items={})
        (other / "golden.yaml").write_text((other / "golden.yaml").read_text().replace("random", "import"))
        if before.events or decided(before):
            import_(ImportConfig(file=out, out=other))
            after = open_golden(other)
            assert after.events == before.events
            assert after.items == before.items
            assert {(k, v) for k, v in after.labels.items() if v.label is not None} >= {
                ((one.video_id, one.attribute), one) for one in decided(before) if one.label is not None
            }
        again = import_(ImportConfig(file=out, out=path)) if before.events or decided(before) else None
        assert again is None or (again.events, again.videos, again.labels) == (0, 0, 0)


@pytest.mark.parametrize("format_", list(Exchange))
def test_the_same_rating_twice_stays_twice(tmp_path: Path, format_: Exchange) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN, events=[_rating(), _rating(), _rating(video=3)])
    out = tmp_path / "out.json" if "studio" in format_ else tmp_path / "out.csv"
    export(ExportConfig(golden=path, out=out, format=format_))
    report = import_(ImportConfig(file=out, out=tmp_path / "new"))
    assert report.events == 3
    assert open_golden(tmp_path / "new").events == open_golden(path).events


def test_a_cell_changed_by_hand_is_not_overruled_in_silence(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN, events=[_rating(note="hm")])
    out = tmp_path / "out.csv"
    export(ExportConfig(golden=path, out=out, format=Exchange.CSV_WIDE))
    out.write_text(out.read_text().replace(",ann,0,true,", ",ann,0,false,"))
    with pytest.raises(InputError, match=r"out.csv:2: calming is 'false', and column 'vibekit' says 'true'"):
        import_(ImportConfig(file=out, out=tmp_path / "new"))


def _task(result: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    annotation = {"id": 1, "completed_by": 2, "was_cancelled": False, "lead_time": 3.5, "result": result, **more}
    return {"id": 7, "data": {"video": "/data/local-files/?d=clips%2F0.mp4", "show": "x"}, "annotations": [annotation]}


def _choice(value: object, name: str = "calming", kind: str = "choices", ident: str = "a") -> dict[str, Any]:
    return {"id": ident, "from_name": name, "to_name": "video", "type": kind, "value": value}


def test_what_people_made_in_label_studio(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN)
    note = _choice({"text": ["slow", "and blue"]}, "calming_note", "textarea")
    tasks = [
        _task([_choice({"choices": ["true"]}), note, _choice({"rating": 2}, "pace", "rating")]),
        _task([], was_cancelled=True, completed_by={"id": 3, "email": "ben@studio.example"}),
        _task([_choice({"choices": ["abstain"]})], completed_by={"id": 4}, ground_truth=True),
        _task([_choice({"videolabels": ["x"]}, "where", "videolabels")], completed_by=5),
    ]
    for n, task in enumerate(tasks):
        task["data"]["video"] = f"/data/upload/3/{n}.mp4"
    (tmp_path / "ls.json").write_text(json.dumps(tasks))
    report = import_(ImportConfig(file=tmp_path / "ls.json", out=path))
    found = open_golden(path).events
    assert [(e.rater, e.attribute, e.kind, e.value, e.seconds) for e in found] == [
        ("ls-2", "calming", EventKind.RATING, True, 3.5),
        ("ls-2", "pace", EventKind.RATING, 2, 3.5),
        *(("ben@studio.example", name, EventKind.SKIP, None, 3.5) for name in ATTRIBUTES),
        ("ls-4", "calming", EventKind.ABSTAIN, None, 3.5),
    ]
    assert found[0].note == "slow\nand blue"
    assert found[-1].role is Role.EXPERT
    assert any("1 results of type 'videolabels'" in warning for warning in report.warnings)


def test_ratings_made_on_top_of_an_export_are_told_from_those_in_it(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN, events=[_rating(note="calm")])
    out = tmp_path / "out.json"
    export(ExportConfig(golden=path, out=out, format=Exchange.LABEL_STUDIO))
    tasks = json.loads(out.read_text())
    # Label Studio gives annotations new numbers and owners, and keeps the ids of results
    tasks[0]["annotations"][0] |= {"id": 900, "completed_by": 1}
    tasks[0]["annotations"].append(_task([_choice({"choices": ["false"]})])["annotations"][0])
    out.write_text(json.dumps(tasks))
    report = import_(ImportConfig(file=out, out=path))
    assert (report.events, report.known) == (1, 1)
    assert [(e.rater, e.value) for e in open_golden(path).events] == [("ann", True), ("ls-2", False)]


def test_flat_export_that_was_rated_since_is_refused(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN, events=[_rating()])
    out = tmp_path / "out.json"
    export(ExportConfig(golden=path, out=out, format=Exchange.LABEL_STUDIO_MIN))
    rows = json.loads(out.read_text())
    rows[0]["annotator"] = 4
    out.write_text(json.dumps(rows))
    with pytest.raises(InputError, match="the annotator is 4") as caught:
        import_(ImportConfig(file=out, out=path))
    assert "export again as JSON" in caught.value.hint


def test_flat_export_of_others(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "video": "a.mp4", "title": "Rain", "calming": "true", "annotator": 2, "lead_time": 4, "pace": 3},
        {"id": 1, "video": "a.mp4", "title": "Rain", "calming": "abstain", "annotator": {"email": "b@x"}, "pace": 1},
    ]
    (tmp_path / "min.json").write_text(json.dumps(rows))
    write_golden_set(tmp_path / "g", items={})
    text = (tmp_path / "g" / "golden.yaml").read_text()
    (tmp_path / "g" / "golden.yaml").write_text(text.replace("random", "import"))
    import_(ImportConfig(file=tmp_path / "min.json", out=tmp_path / "g"))
    golden = open_golden(tmp_path / "g")
    assert golden.items["a.mp4"].columns == {"title": "Rain"}
    assert [(e.rater, e.attribute, e.value) for e in golden.events] == [
        ("ls-2", "calming", True), ("ls-2", "pace", 3), ("b@x", "calming", None), ("b@x", "pace", 1),
    ]  # fmt: skip


def test_tasks_without_ratings_tell_nobody_what_others_said(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN, events=[_rating(note="secret")])
    out = tmp_path / "tasks.json"
    export(ExportConfig(golden=path, out=out, format=Exchange.LABEL_STUDIO, ratings=False))
    text = out.read_text()
    assert "annotations" not in text
    assert "secret" not in text
    assert "ann" not in text
    assert '<Choices name="calming"' in out.with_suffix(".xml").read_text()
    with pytest.raises(UsageError):
        export(ExportConfig(golden=path, out=tmp_path / "x.csv", format=Exchange.CSV_LONG, ratings=False))


def test_an_export_replaces_no_file_unasked(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN, events=[_rating()])
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        export(ExportConfig(golden=path, out=tmp_path / "mine.csv", format=Exchange.CSV_LONG))
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_rows_are_tied_by_path_name_and_id_and_what_is_lost_is_listed(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN)
    rows = ["0.mp4,calming,1,ann", "clips/1.mp4,calming,0,ann", f"{IDS[2]},calming,yes,ann", "9.mp4,calming,0,ann"]
    (tmp_path / "r.csv").write_text("\n".join(["video,attribute,label,rater", *rows]))
    report = import_(ImportConfig(file=tmp_path / "r.csv", out=path))
    assert report.unmatched == ("9.mp4",)
    assert any("was drawn" in warning for warning in report.warnings)
    assert [(e.video_id, e.value) for e in open_golden(path).events] == list(
        zip(IDS, [True, False, True], strict=False)
    )


def test_a_name_that_fits_two_videos_is_refused(tmp_path: Path) -> None:
    twins = {name: Item(video_id=name, path=f"{n}/clip.mp4") for n, name in enumerate(IDS)}
    path = write_golden_set(tmp_path / "g", items=twins)
    (tmp_path / "r.csv").write_text("video,attribute,label\nclip.mp4,calming,1\n")
    with pytest.raises(InputError, match=r"r.csv: 'clip.mp4' fits 4 videos: 0/clip.mp4 \(0000"):
        import_(ImportConfig(file=tmp_path / "r.csv", out=path))


def test_imported_labels_do_not_overrule_those_of_the_set(tmp_path: Path) -> None:
    path = tmp_path / "g"
    (tmp_path / "a.csv").write_text("video,attribute,label\na.mp4,calming,1\nb.mp4,calming,0\n")
    (tmp_path / "b.csv").write_text("video,attribute,label\na.mp4,calming,0\n")
    assert import_(ImportConfig(file=tmp_path / "a.csv", out=path)).labels == 2
    before = (path / "labels.csv").read_bytes()
    with pytest.raises(InputError, match=r"calming of a.mp4 is False there and True in the set"):
        import_(ImportConfig(file=tmp_path / "b.csv", out=path))
    assert (path / "labels.csv").read_bytes() == before


def test_videos_in_a_folder_give_their_hashes(tmp_path: Path, small_clips: Path) -> None:
    (tmp_path / "l.csv").write_text("file,calming\ncalm,1\nbusy.mp4,0\ngone.mp4,1\n")
    config = ImportConfig(file=tmp_path / "l.csv", out=tmp_path / "g", videos=(str(small_clips),), workers=1)
    report = import_(config)
    assert report.unmatched == ("gone.mp4",)
    golden = open_golden(tmp_path / "g")
    assert all(len(name) == 32 for name in golden.items)
    assert [label.label for label in golden.labels.values()] == [True, False]
    assert import_(config).labels == 0


def test_a_spreadsheet_that_only_saved_the_file_changed_nothing(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN, events=[_rating(), _rating("ben", value=False)])
    out = tmp_path / "out.csv"
    export(ExportConfig(golden=path, out=out, format=Exchange.CSV_WIDE))
    saved = out.read_text().replace(",ann,0,true,", ",ann,0,TRUE,").replace(",ben,0,false,", ",ben,0,FALSE,")
    out.write_bytes(saved.replace("\n", "\r\n").encode("utf-8-sig"))
    assert import_(ImportConfig(file=out, out=path)).known == 2


def test_an_answer_of_before_does_not_come_back_in_silence(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN)
    reports = []
    for text in ("true", "false", "true"):
        (tmp_path / "said.csv").write_text(f"video,rater,attribute,value\n0.mp4,ann,calming,{text}\n")
        reports.append(import_(ImportConfig(file=tmp_path / "said.csv", out=path)))
    assert [(r.events, r.replaced, len(r.warnings)) for r in reports] == [(1, 0, 0), (1, 1, 0), (0, 0, 1)]
    assert "1 answers of the file were there already, and the same raters said otherwise" in reports[-1].warnings[0]
    assert open_golden(path).labels[IDS[0], "calming"].label is False


@pytest.mark.parametrize("video", ["/data/upload/3/0a1b2c3d-0.mp4", "0a1b2c3d-0.mp4"])
def test_an_upload_is_known_by_the_rest_of_its_name(tmp_path: Path, video: str) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN)
    task = _task([_choice({"choices": ["true"]})])
    task["data"]["video"] = video
    (tmp_path / "ls.json").write_text(json.dumps([task]))
    assert import_(ImportConfig(file=tmp_path / "ls.json", out=path)).unmatched == ()
    assert open_golden(path).labels[IDS[0], "calming"].label is True
    # in a table it is a name like any other
    (tmp_path / "said.csv").write_text("video,rater,attribute,value\n0a1b2c3d-0.mp4,ben,calming,true\n")
    with pytest.raises(InputError, match="none of its 1 videos was found"):
        import_(ImportConfig(file=tmp_path / "said.csv", out=path))


def test_an_export_without_tasks(tmp_path: Path) -> None:
    (tmp_path / "ls.json").write_text("[]")
    with pytest.raises(InputError, match=r"ls.json: holds no tasks"):
        import_(ImportConfig(file=tmp_path / "ls.json", out=tmp_path / "g"))


def test_the_labelling_interface_replaces_no_file_unasked(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN, events=[_rating()])
    with pytest.raises(UsageError, match="the labelling interface goes there"):
        export(ExportConfig(golden=path, out=tmp_path / "out.xml", format=Exchange.LABEL_STUDIO))
    (tmp_path / "out.xml").write_text("mine")
    with pytest.raises(InputError, match=r"out.xml: is there already"):
        export(ExportConfig(golden=path, out=tmp_path / "out.json", format=Exchange.LABEL_STUDIO))
    assert (tmp_path / "out.xml").read_text() == "mine"


def test_a_video_with_two_names_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = write_golden_set(tmp_path / "g", items=PLAIN)
    (tmp_path / "said.csv").write_text("video,rater,attribute,value\n0.mp4,ann,calming,1\nclips/0.mp4,ben,calming,1\n")
    with pytest.raises(InputError, match=r"said.csv: '0.mp4' and 'clips/0.mp4' are one video"):
        import_(ImportConfig(file=tmp_path / "said.csv", out=path))
