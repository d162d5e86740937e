"""A sample of a run asked again: the same question, the same place for every number, and nothing dropped."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from support.modal import NAME, Modal, install, write_copies
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.errors import InputError, UsageError
from vibekit.formats.check_report import read_check
from vibekit.stages.annotate import AnnotateConfig, annotate
from vibekit.stages.annotate.options import AnnotateOptions, AnnotateRequest
from vibekit.stages.consistency.checks import RepeatConfig, repeat_config
from vibekit.stages.consistency.repeat import RepeatReport, repeat

VIDEOS = 12


@pytest.fixture
def run(tmp_path: Path, small_clips: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run over twelve videos with titles, a third of them true."""
    install(monkeypatch)
    names = [f"v{n:02}{'pic' if n % 3 == 0 else ''}.mp4" for n in range(VIDEOS)]
    write_copies(small_clips / "silent.mp4", tmp_path / "clips", names)
    titles = tmp_path / "titles.csv"
    titles.write_text("path,title\n" + "".join(f"{name},title of {name}\n" for name in names))
    annotate(
        AnnotateConfig(
            sources=(str(tmp_path / "clips"),),
            attributes=("calming", "production_quality"),
            metadata=(titles,),
            out=tmp_path / "run",
            annotator=NAME,
            settings=AnnotatorSettings(model="modal-1"),
            workers=1,
        )
    )
    Modal.asked.clear()
    return tmp_path / "run"


def ask_again(run: Path, *given: str, **changes: object) -> RepeatConfig:
    request = AnnotateRequest(sources=(), attributes=(), out=None, repeat=run)
    wanted = {k: v for k, v in changes.items() if k in request.__dataclass_fields__}
    options = replace(AnnotateOptions(workers=1), **{k: v for k, v in changes.items() if k not in wanted})  # type: ignore[arg-type]
    return repeat_config(replace(request, **wanted), options, given=frozenset(given))  # type: ignore[arg-type]


def again(run: Path, *given: str, **changes: object) -> RepeatReport:
    return repeat(ask_again(run, *given, **changes))


def test_the_same_question_is_asked_and_a_steady_annotator_agrees(run: Path) -> None:
    report = again(run)
    assert (report.videos, report.drawn, report.added, report.gone) == (VIDEOS, VIDEOS, 0, {})
    found = report.attributes["calming"]
    assert found.agreement.labels.k == found.agreement.labels.n == VIDEOS
    assert found.agreement.kappa.value == 1.0
    assert (found.asked_otherwise, found.differences, found.flips, found.moved) == (0, (), (), False)
    assert found.kept["true"].n == 4
    assert "100.0 % (12 of 12, 95 % interval 75.8-100.0 %)" in found.verdict
    steps = report.attributes["production_quality"].agreement.steps
    assert steps is not None
    assert (steps.weighted_kappa.value, steps.mean_abs) == (1.0, 0.0)


def test_the_second_answers_are_a_run_of_their_own_that_resumes(run: Path) -> None:
    before = (run / "annotations.jsonl").read_bytes()
    report = again(run)
    assert Path(report.out).parent == run.parent
    assert Path(report.out).name.startswith("run-repeat-20")
    assert len(Modal.asked) == 2 * VIDEOS
    assert again(run).attributes == report.attributes
    assert len(Modal.asked) == 2 * VIDEOS
    assert (run / "annotations.jsonl").read_bytes() == before
    kept = read_check(Path(report.out) / "repeat.json")
    assert kept["attributes"]["calming"]["agreement"]["labels"]["k"] == VIDEOS


def test_flips_are_told_with_both_reasons(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Modal, "flipped", frozenset({"v00", "v01"}))
    found = again(run, attributes=("calming",)).attributes["calming"]
    assert [(f.before, f.after, Path(f.path).name) for f in found.flips] == [
        ("true", "false", "v00pic.mp4"),
        ("false", "true", "v01.mp4"),
    ]
    assert found.flips[0].rationale_before == "by frames: True"
    assert found.flips[0].rationale_after == "by frames: False"
    assert (found.agreement.up, found.agreement.down, found.agreement.change_p) == (1, 1, 1.0)
    assert not found.moved
    shift = found.agreement.shift
    assert shift is not None
    assert shift.mean_abs == pytest.approx(1.6 / 12)
    assert shift.mean.value == pytest.approx(0.0)


def test_a_move_in_one_direction_is_called_one(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Modal, "flipped", frozenset({"v01", "v02", "v04", "v05", "v07", "v08", "v10"}))
    found = again(run, attributes=("calming",)).attributes["calming"]
    assert (found.agreement.up, found.agreement.down) == (7, 0)
    assert found.agreement.change_p == pytest.approx(2 / 128)
    assert found.moved
    assert found.drifted
    assert "MOVED: 7 became true and 0 became false" in found.verdict


def test_what_has_no_label_is_counted_and_never_dropped(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Modal, "blocked", frozenset({"v03", "v04"}))
    report = again(run, attributes=("calming",))
    some = report.attributes["calming"].agreement
    assert some.outcomes == {"ok -> blocked": 2, "ok -> ok": 10}
    assert (some.pairs, some.labels.n, some.labels.k) == (12, 10, 10)
    assert len(report.total.failures) == 2
    assert "2 had a label and have none now" in report.attributes["calming"].verdict


def test_gone_and_changed_files_are_counted_and_not_asked(run: Path) -> None:
    clips = run.parent / "clips"
    (clips / "v01.mp4").unlink()
    (clips / "v02.mp4").write_bytes((clips / "v04.mp4").read_bytes())
    (clips / "v05.mp4").rename(clips / "v05-moved.mp4")
    report = again(run, attributes=("calming",))
    assert sorted(Path(p).name for p in report.gone.values()) == ["v01.mp4", "v02.mp4", "v05.mp4"]
    assert len(Modal.asked) == VIDEOS - 3
    assert report.attributes["calming"].agreement.pairs == VIDEOS - 3


def test_a_touched_file_is_the_same_video(run: Path) -> None:
    (run.parent / "clips" / "v01.mp4").touch()
    assert again(run).gone == {}


def test_every_file_gone_is_an_error_that_says_where_they_were(run: Path) -> None:
    for clip in (run.parent / "clips").iterdir():
        clip.unlink()
    with pytest.raises(InputError, match="none of the 12 videos"):
        again(run)


def test_the_words_are_those_of_the_run_also_when_the_table_is_gone(run: Path) -> None:
    (run.parent / "titles.csv").unlink()
    assert again(run).attributes["calming"].asked_otherwise == 0


def test_another_model_is_named_as_the_difference(run: Path) -> None:
    report = again(run, "model", model="modal-2")
    found = report.attributes["calming"]
    assert found.differences == ("model modal-1 -> modal-2",)
    assert found.asked_otherwise == VIDEOS


def test_settings_that_change_an_answer_come_from_the_run_and_not_from_files(run: Path) -> None:
    config = ask_again(run, model="from-a-settings-file", seed=5, concurrency=3)
    assert (config.annotate.settings.model, config.annotate.settings.seed) == ("modal-1", 0)
    assert config.annotate.concurrency == 3
    assert config.annotate.cache is False
    seeded = repeat(replace(ask_again(run, "seed", seed=5), share=0.5))
    assert seeded.seed == 5
    assert seeded.attributes["calming"].differences == ("seed 0 -> 5",)


def test_a_changed_definition_of_the_users_is_compared(run: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    mine = tmp_path / "mine" / "calming.yaml"
    text = (run / "attributes" / "calming.yaml").read_text()
    mine.write_text(text.replace("title: ", "title: Very ", 1))
    found = again(run, attributes=(str(mine),)).attributes["calming"]
    assert [d.split()[0] for d in found.differences] == ["definition"]


def test_a_share_is_drawn_and_rare_labels_are_added(run: Path) -> None:
    report = again(run, share=0.25, attributes=("calming",))
    assert report.drawn == 3
    found = report.attributes["calming"]
    assert found.agreement.pairs == 3
    assert found.kept["true"].n >= 3
    assert found.kept["false"].n >= 3
    assert len(Modal.asked) == report.drawn + report.added
    Modal.asked.clear()
    assert again(run, limit=4, force=True).drawn == 4
    assert len({name for name, _ in Modal.asked}) == 4


def test_a_dry_run_says_what_it_costs_and_writes_nothing(run: Path) -> None:
    report = again(run, dry_run=True, share=0.5)
    asked = report.drawn + report.added
    assert report.total.calls == 2 * asked
    assert report.total.estimate_usd == pytest.approx(0.02 * asked)
    assert Modal.asked == []
    assert not Path(report.out).exists()


def test_money_stops_it_and_the_report_says_so(run: Path) -> None:
    report = again(run, attributes=("calming",), max_cost=0.05)
    assert report.total.stopped == "max-cost"
    assert report.total.spent_usd <= 0.05
    some = report.attributes["calming"].agreement
    assert some.outcomes["ok -> not asked"] >= 7
    done = again(run, attributes=("calming",))
    assert done.attributes["calming"].agreement.labels.n == VIDEOS
    assert done.total.spent_usd == pytest.approx(0.12 - report.total.spent_usd)


def test_attributes_are_asked_only_about_the_videos_that_they_have(run: Path) -> None:
    more = run.parent / "more"
    write_copies(run.parent / "clips" / "v00pic.mp4", more, ["w0.mp4", "w1.mp4"])
    annotate(
        AnnotateConfig(
            sources=(str(more),),
            attributes=("calming",),
            out=run,
            annotator=NAME,
            settings=AnnotatorSettings(model="modal-1"),
            workers=1,
        )
    )
    Modal.asked.clear()
    report = again(run)
    assert report.videos == VIDEOS + 2
    assert ("w0.mp4", "calming") in Modal.asked
    assert ("w0.mp4", "production_quality") not in Modal.asked
    assert report.attributes["production_quality"].agreement.pairs == VIDEOS


def test_videos_can_be_narrowed_down_by_their_files(run: Path) -> None:
    report = again(run, sources=(str(run.parent / "clips" / "v0*.mp4"),))
    assert report.videos == 10


def test_answers_made_with_other_settings_are_left_out_and_counted(run: Path) -> None:
    annotate(
        AnnotateConfig(
            sources=(str(run.parent / "clips" / "v00pic.mp4"),),
            attributes=("calming",),
            out=run,
            annotator=NAME,
            settings=AnnotatorSettings(model="modal-2"),
            workers=1,
        )
    )
    report = again(run, attributes=("calming",))
    assert report.videos == 1
    assert report.attributes["calming"].left_out == VIDEOS - 1
    assert any("11 videos of the run were answered with other settings" in w for w in report.warnings)


def add_energetic(run: Path, *, model: str) -> None:
    annotate(
        AnnotateConfig(
            sources=(str(run.parent / "clips"),),
            attributes=("energetic",),
            out=run,
            annotator=NAME,
            settings=AnnotatorSettings(model=model),
            workers=1,
        )
    )


def test_another_model_is_not_asked_by_accident(run: Path) -> None:
    add_energetic(run, model="modal-2")
    with pytest.raises(InputError, match="'calming' was answered by modal-1, and the last") as refused:
        ask_again(run)
    assert refused.value.hint == "repeat it by itself: -a calming --model modal-1"
    found = again(run, "model", attributes=("calming",), model="modal-1").attributes["calming"]
    assert found.agreement.labels.k == VIDEOS


def test_attributes_that_share_a_call_are_compared_too(run: Path) -> None:
    add_energetic(run, model="modal-1")
    again(run, "attributes_per_call", attributes_per_call=2, share=0.5)
    found = again(run, "attributes_per_call", attributes_per_call=2).attributes
    assert [f.agreement.labels.n for f in found.values()] == [VIDEOS] * 3
    assert any(d.startswith("asked together") for d in found["calming"].differences)


def test_a_run_is_not_compared_with_itself(run: Path) -> None:
    with pytest.raises(InputError, match="compared with themselves"):
        ask_again(run, out=run.parent / "x" / ".." / run.name)


def test_a_run_that_may_hold_copies_is_not_compared(run: Path) -> None:
    shutil.copytree(run, run.parent / "copy")
    with pytest.raises(InputError, match="from the response cache"):
        again(run, out=run.parent / "copy")
    assert Modal.asked == []


def test_what_is_no_run_says_what_to_type(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such run") as missing:
        ask_again(tmp_path / "rum")
    assert "did you mean 'run'?" in missing.value.hint
    with pytest.raises(InputError, match="not a run"):
        ask_again(tmp_path / "clips")
    with pytest.raises(InputError, match="has no attribute 'calmin'") as unknown:
        ask_again(run, attributes=("calmin",))
    assert "did you mean 'calming'?" in unknown.value.hint
    with pytest.raises(InputError, match="--share 2"):
        ask_again(run, share=2.0)
    with pytest.raises(UsageError, match="two checks"):
        ask_again(run, ablate=("text",))
    with pytest.raises(UsageError, match="ask directly"):
        ask_again(run, batch=True)


def test_a_damaged_report_is_told(tmp_path: Path) -> None:
    path = tmp_path / "repeat.json"
    for text, what in (("[]", "no version"), ("{", "not a report"), (json.dumps({"version": 99}), "newer")):
        path.write_text(text)
        with pytest.raises(InputError, match=what):
            read_check(path)
