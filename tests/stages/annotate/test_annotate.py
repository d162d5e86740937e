"""The whole stage with annotators that need no network: identity, resume, duplicates, what is kept and exported."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.annotation import Status
from vibekit.errors import InputError
from vibekit.stages.annotate import AnnotateConfig, annotate
from vibekit.stages.annotate.stream import BEFORE_ASKING

LABELS = {"*": {"calming": True, "energetic": False, "production_quality": 4, "mood_of_music": "calm"}}


@pytest.fixture
def folder(tmp_path: Path, small_clips: Path) -> Path:
    """A folder with three different clips."""
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("calm.mp4", "busy.mp4", "silent.mp4"):
        shutil.copy(small_clips / name, clips / name)
    return clips


@pytest.fixture
def config(tmp_path: Path, folder: Path) -> AnnotateConfig:
    """Two attributes by rule."""
    rule = tmp_path / "rule.json"
    rule.write_text(json.dumps(LABELS))
    return AnnotateConfig(
        sources=(str(folder),),
        attributes=("calming", "energetic"),
        out=tmp_path / "run",
        annotator="scripted",
        settings=AnnotatorSettings(source=rule),
        workers=1,
    )


def lines(config: AnnotateConfig) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (config.out / "annotations.jsonl").read_text().splitlines()]


def table(config: AnnotateConfig) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(config.out / "annotations.parquet").to_pylist()
    return rows


def run_json(config: AnnotateConfig) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((config.out / "run.json").read_text())
    return content


def test_a_run_holds_exactly_its_files(config: AnnotateConfig) -> None:
    report = annotate(config)
    assert report.files == report.videos == 3
    assert report.attributes["calming"].labels == {"true": 3}
    assert report.attributes["energetic"].labels == {"false": 3}
    assert {p.name for p in config.out.iterdir()} == {
        "run.json",
        "videos.jsonl",
        "annotations.jsonl",
        "annotations.parquet",
        "attributes",
        "prompts",
    } - ({"prompts"} if not (config.out / "prompts").exists() else set())
    assert {p.name for p in (config.out / "attributes").iterdir()} == {"calming.yaml", "energetic.yaml"}
    assert run_json(config)["status"] == "complete"
    assert len(lines(config)) == len(table(config)) == 6


def test_the_same_command_again_asks_nothing(config: AnnotateConfig) -> None:
    annotate(config)
    before = (config.out / "annotations.jsonl").read_bytes()
    report = annotate(config)
    assert (report.answered_before, report.calls, report.requests) == (6, 0, 0)
    assert (config.out / "annotations.jsonl").read_bytes() == before


def test_a_second_attribute_joins_the_first(config: AnnotateConfig) -> None:
    annotate(replace(config, attributes=("calming",)))
    report = annotate(replace(config, attributes=("energetic",)))
    assert report.answered_before == 0
    assert {(r["attribute"], r["label"]) for r in table(config)} == {("calming", "true"), ("energetic", "false")}
    assert set(run_json(config)["attributes"]) == {"calming", "energetic"}


@pytest.mark.parametrize(("name", "label"), [("production_quality", 4), ("mood_of_music", "calm"), ("calming", True)])
def test_every_kind_reaches_the_labels(config: AnnotateConfig, name: str, label: object) -> None:
    annotate(replace(config, attributes=(name,)))
    assert {json.dumps(line["label"]) for line in lines(config)} == {json.dumps(label)}


def definition(tmp_path: Path, *, text: str, threshold: float = 0.5) -> str:
    folder = tmp_path / "attributes"
    folder.mkdir(exist_ok=True)
    path = folder / "calming.yaml"
    path.write_text(
        "name: calming\nversion: 1\ntitle: Calming\nkind: binary\nquestion: Does it calm?\n"
        f"definition: {text}\nthreshold: {threshold}\n"
    )
    return str(path)


def test_a_changed_definition_is_new_work_and_the_old_answers_leave_the_table(
    config: AnnotateConfig, tmp_path: Path
) -> None:
    one = annotate(replace(config, attributes=(definition(tmp_path, text="It soothes the viewer."),)))
    two = annotate(replace(config, attributes=(definition(tmp_path, text="It soothes every viewer."),)))
    assert (two.answered_before, two.calls) == (0, 3)
    old, new = one.attributes["calming"].definition, two.attributes["calming"].definition
    assert old != new
    assert [line["definition"] for line in lines(config)] == [old] * 3 + [new] * 3
    assert {row["definition"] for row in table(config)} == {new}
    kept = {p.name for p in (config.out / "attributes").iterdir()}
    assert kept == {"calming.yaml", f"calming@{old}.yaml"}


def test_a_changed_threshold_is_not_new_work(config: AnnotateConfig, tmp_path: Path) -> None:
    annotate(replace(config, attributes=(definition(tmp_path, text="It soothes."),)))
    again = annotate(replace(config, attributes=(definition(tmp_path, text="It soothes.", threshold=0.8),)))
    assert (again.answered_before, again.calls) == (3, 0)


def test_what_is_new_work_is_said(config: AnnotateConfig, tmp_path: Path) -> None:
    class Notes:
        said: list[str]

        def __init__(self) -> None:
            self.said = []

        def begin(self, what: str, total: int, *, budget_usd: float | None = None) -> None: ...
        def expect(self, total: int, *, cost_usd: float | None = None) -> None: ...
        def advance(self, steps: int = 1, *, cost_usd: float = 0.0, failed: bool = False) -> None: ...
        def end(self) -> None: ...
        def note(self, line: str) -> None:
            self.said.append(line)

    annotate(replace(config, attributes=(definition(tmp_path, text="It soothes."),)))
    notes = Notes()
    annotate(replace(config, attributes=(definition(tmp_path, text="It lulls."),)), progress=notes)
    assert len(notes.said) == 1
    assert notes.said[0].startswith("calming: 3 questions are new work: definition ")


def test_the_same_bytes_under_two_names_are_asked_once_and_both_get_the_label(
    config: AnnotateConfig, folder: Path
) -> None:
    shutil.copy(folder / "calm.mp4", folder / "zz copy.mp4")
    report = annotate(replace(config, attributes=("calming",)))
    assert (report.files, report.videos, report.requests) == (4, 3, 3)
    by_path = {Path(line["path"]).name: line for line in lines(config)}
    assert by_path["zz copy.mp4"]["label"] is True
    assert by_path["zz copy.mp4"]["video_id"] == by_path["calm.mp4"]["video_id"]
    assert Path(by_path["zz copy.mp4"]["duplicate_of"]).name == "calm.mp4"
    assert by_path["zz copy.mp4"]["attempts"] == 0
    again = annotate(replace(config, attributes=("calming",)))
    assert again.requests == 0
    assert len(lines(config)) == 4


def test_duplicates_with_other_words_are_one_item_and_the_first_row_wins(
    config: AnnotateConfig, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "calm.mp4", folder / "zz.mp4")
    words = tmp_path / "words.csv"
    words.write_text("file,title\nzz.mp4,Second\ncalm.mp4,First\n")
    report = annotate(replace(config, attributes=("calming",), metadata=(words,)))
    assert any("same video as" in w for w in report.warnings)
    videos = [json.loads(line) for line in (config.out / "videos.jsonl").read_text().splitlines()]
    titles = {Path(v["path"]).name: v["metadata"]["title"] for v in videos}
    assert titles["calm.mp4"] == titles["zz.mp4"] == "First"


def test_a_moved_file_keeps_its_labels(config: AnnotateConfig, folder: Path) -> None:
    annotate(config)
    (folder / "calm.mp4").rename(folder / "renamed.mp4")
    report = annotate(config)
    assert report.requests == 0
    assert {Path(r["path"]).name for r in table(config) if r["label"] == "true"} >= {"renamed.mp4", "busy.mp4"}


def test_new_words_are_new_work_for_annotators_that_read_them(config: AnnotateConfig, tmp_path: Path) -> None:
    annotate(replace(config, attributes=("calming",)))
    words = tmp_path / "words.csv"
    words.write_text("file,title,likes\ncalm.mp4,Morning lake,7\n")
    report = annotate(replace(config, attributes=("calming",), metadata=(words,)))
    assert (report.answered_before, report.calls) == (2, 1)
    words.write_text("file,title,likes\ncalm.mp4,Morning lake,8\n")
    assert annotate(replace(config, attributes=("calming",), metadata=(words,))).calls == 0


def test_bad_files_are_failed_rows_and_the_rest_goes_on(config: AnnotateConfig, folder: Path) -> None:
    (folder / "zero.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("this is no video")
    (folder / "gone.mp4").symlink_to(folder / "nowhere.mp4")
    os.mkfifo(folder / "pipe.mp4")
    report = annotate(replace(config, attributes=("calming",), decode_timeout_s=20))
    assert report.attributes["calming"].statuses == {"ok": 3, "media_error": 4}
    failed = {Path(f.path).name: f for f in report.failures}
    assert set(failed) == {"zero.mp4", "text.mp4", "gone.mp4", "pipe.mp4"}
    assert all(f.status is Status.MEDIA_ERROR and f.reason for f in failed.values())
    assert {Path(line["path"]).name for line in lines(config) if line["label"] is None} == set(failed)


def test_failed_rows_are_tried_again_and_labelled_when_mended(config: AnnotateConfig, folder: Path) -> None:
    good = (folder / "calm.mp4").read_bytes()
    (folder / "calm.mp4").write_bytes(b"broken")
    assert annotate(replace(config, attributes=("calming",))).attributes["calming"].statuses["media_error"] == 1
    (folder / "calm.mp4").write_bytes(good)
    report = annotate(replace(config, attributes=("calming",)))
    assert report.attributes["calming"].statuses == {"ok": 3}
    assert report.requests == 1


def test_limit_takes_the_first_and_a_rerun_takes_no_more(config: AnnotateConfig) -> None:
    report = annotate(replace(config, limit=2))
    assert (report.files, report.requests) == (2, 4)
    assert annotate(replace(config, limit=2)).requests == 0
    assert annotate(config).requests == 2


def test_a_dry_run_writes_nothing(config: AnnotateConfig) -> None:
    report = annotate(replace(config, dry_run=True))
    assert (report.dry_run, report.files, report.calls) == (True, 3, 6)
    assert not config.out.exists()


def test_force_starts_over_and_deletes_nothing(config: AnnotateConfig) -> None:
    annotate(config)
    paid = (config.out / "annotations.jsonl").read_bytes()
    assert annotate(replace(config, force=True)).requests == 6
    aside = next(config.out.parent.glob("run.before-*"))
    assert (aside / "annotations.jsonl").read_bytes() == paid
    assert (aside / "run.json").exists()


def test_a_folder_that_is_no_run_is_not_touched(config: AnnotateConfig, folder: Path) -> None:
    with pytest.raises(InputError, match="not empty and not a run"):
        annotate(replace(config, out=folder))
    assert len(list(folder.iterdir())) == 3


def test_a_torn_last_line_is_dropped_and_asked_again(config: AnnotateConfig) -> None:
    annotate(config)
    path = config.out / "annotations.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    report = annotate(config)
    assert report.requests == 1
    assert any("torn last line" in w for w in report.warnings)
    assert len(table(config)) == 6


def test_attributes_that_share_a_call_cost_one_request(config: AnnotateConfig) -> None:
    report = annotate(replace(config, attributes_per_call=2))
    assert report.requests == 3
    assert len(lines(config)) == 6


def test_signals_labels_are_the_same_twice(config: AnnotateConfig, tmp_path: Path) -> None:
    runs = [replace(config, annotator="signals", out=tmp_path / name, workers=2) for name in ("one", "two")]
    for one in runs:
        annotate(one)
    seen = [[{**line, "created_at": "", "latency_s": 0} for line in lines(one)] for one in runs]
    assert seen[0] == seen[1]
    assert all(line["probability_source"] == "signals" and line["rationale"] for line in seen[0])


def test_an_attribute_without_signals_is_abstained_from(config: AnnotateConfig) -> None:
    report = annotate(replace(config, annotator="signals", attributes=("inspiring",)))
    assert report.attributes["inspiring"].statuses == {"abstain": 3}
    assert report.failures == ()


def test_an_unknown_attribute_names_the_nearest(config: AnnotateConfig) -> None:
    with pytest.raises(InputError) as error:
        annotate(replace(config, attributes=("calmin",)))
    assert "calming" in error.value.hint
    assert not config.out.exists()


def test_an_empty_folder_says_so(config: AnnotateConfig, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty"):
        annotate(replace(config, sources=(str(tmp_path / "empty"),)))


def test_answers_of_an_older_prompt_or_model_in_the_table_are_said(config: AnnotateConfig, tmp_path: Path) -> None:
    one = replace(config, attributes=("calming",))
    annotate(one)
    rule = tmp_path / "other.json"
    rule.write_text(json.dumps({"*": {"calming": False}}))
    report = annotate(replace(one, settings=AnnotatorSettings(source=rule), limit=1))
    assert report.calls == 1
    assert [w for w in report.warnings if w.startswith("calming: 2 files outside this command")]
    assert sorted(row["label"] for row in table(config)) == ["false", "true", "true"]


def test_a_replaced_file_never_keeps_the_old_label_in_the_table(config: AnnotateConfig, folder: Path) -> None:
    one = replace(config, attributes=("calming",))
    annotate(one)
    shutil.copy(folder / "busy.mp4", folder / "calm.mp4")
    (folder / "calm.mp4").write_bytes((folder / "calm.mp4").read_bytes() + b"\x00\x00\x00\x08free")
    rule = Path(str(one.settings.source))
    rule.write_text(json.dumps({"nothing matches": {"calming": True}}))
    annotate(one)
    ids = {
        Path(v["path"]).name: v["video_id"]
        for v in map(json.loads, (config.out / "videos.jsonl").read_text().splitlines())
    }
    for row in table(config):
        assert row["video_id"] == ids[Path(row["path"]).name]


def test_a_moved_file_is_in_the_table_once(config: AnnotateConfig, folder: Path) -> None:
    annotate(config)
    moved = folder.rename(folder.with_name("elsewhere"))
    report = annotate(replace(config, sources=(str(moved),)))
    assert report.requests == 0
    assert len(table(config)) == 6
    assert {Path(row["path"]).parent for row in table(config)} == {moved}


def test_a_duplicate_that_failed_gets_the_answer_of_the_first(config: AnnotateConfig, folder: Path) -> None:
    one = replace(config, attributes=("calming",))
    shutil.copy(folder / "calm.mp4", folder / "zz.mp4")
    rule = Path(str(one.settings.source))
    good = rule.read_text()
    rule.write_text(json.dumps({"nothing matches": {"calming": True}}))
    assert annotate(one).attributes["calming"].statuses == {"empty": 4}
    rule.write_text(good)
    annotate(replace(one, sources=(str(folder / "calm.mp4"),)))
    assert annotate(one).attributes["calming"].statuses == {"ok": 4}


def test_force_puts_aside_a_run_whose_run_json_is_gone(config: AnnotateConfig) -> None:
    annotate(config)
    (config.out / "run.json").unlink()
    assert annotate(replace(config, force=True)).requests == 6
    assert annotate(replace(config, force=True)).requests == 6
    assert len(list(config.out.parent.glob("run.before-*"))) == 2


def test_the_order_of_attributes_that_share_a_call_is_not_new_work(config: AnnotateConfig) -> None:
    annotate(replace(config, attributes_per_call=2))
    again = annotate(replace(config, attributes_per_call=2, attributes=config.attributes[::-1]))
    assert again.requests == 0


def test_a_file_with_an_old_time_and_size_but_other_bytes_is_read_again(config: AnnotateConfig, folder: Path) -> None:
    annotate(config)
    path = folder / "calm.mp4"
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert annotate(config).requests == 2


@pytest.fixture
def many(tmp_path: Path, small_clips: Path) -> Path:
    """More files than are read before the first question; the last one has the bytes of the first."""
    clips = tmp_path / "many"
    clips.mkdir()
    whole = (small_clips / "calm.mp4").read_bytes()
    for n in range(BEFORE_ASKING + 50):
        # a free box at the end: another file, the same video
        (clips / f"{n:04}.mp4").write_bytes(whole + (16).to_bytes(4) + b"free" + n.to_bytes(8))
    shutil.copy(clips / "0000.mp4", clips / "last.mp4")
    return clips


def test_more_files_than_are_read_ahead(config: AnnotateConfig, many: Path) -> None:
    config = replace(config, sources=(str(many),))
    report = annotate(config)
    assert (report.files, report.videos) == (BEFORE_ASKING + 51, BEFORE_ASKING + 50)
    rows = table(config)
    assert len(rows) == 2 * report.files
    assert {row["status"] for row in rows} == {"ok"}
    assert [r["duplicate_of"] for r in rows if r["path"].endswith("last.mp4")] == [str(many / "0000.mp4")] * 2
    assert annotate(config).answered_before == 2 * report.videos
    assert table(config) == rows


def test_an_order_decides_who_is_asked_when_not_all_are(config: AnnotateConfig, many: Path, tmp_path: Path) -> None:
    names = sorted(f.name for f in many.iterdir())
    views = {name: (n * 7919) % 1009 for n, name in enumerate(names)}
    (tmp_path / "views.csv").write_text("path,views\n" + "".join(f"many/{n},{v}\n" for n, v in views.items()))
    config = replace(config, sources=(str(many),), metadata=(tmp_path / "views.csv",), order="column:views", limit=5)
    annotate(config)
    best = sorted(views, key=lambda name: -views[name])[:5]
    assert [Path(line["path"]).name for line in lines(config)[::2]] == best
