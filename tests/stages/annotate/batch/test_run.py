"""Commands that hand in, leave, look, collect and cancel; on this machine or another one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from support.batch_project import KEY, BatchProject
from support.gemini_server import GeminiServer
from vibekit.errors import InputError, ServiceError
from vibekit.stages.annotate.batch.status import StatusReport, batch_status
from vibekit.stages.annotate.options import AnnotateOptions

CLIPS = 10
LATER: dict[str, Any] = {"wait": False}


def status(project: BatchProject) -> StatusReport:
    return batch_status(project.config(videos=False, request={"status": True}))


def test_the_main_job(project: BatchProject, server: GeminiServer) -> None:
    report = project.run()
    assert (report.stopped, report.failures, project.wrong()) == ("", (), [])
    assert (project.labelled(), report.requests, len(server.batches.jobs)) == (CLIPS, CLIPS, 3)
    assert server.calls == []
    assert len(pq.read_table(project.out / "annotations.parquet")) == CLIPS
    assert {job["display"] for job in server.batches.jobs.values()} == {row["job"] for row in project.events("intent")}
    # what was handed over is gone, what came back stays
    assert [p.name.split(".", 1)[1] for p in (project.out / "batches").iterdir()] == ["results.jsonl"] * 3
    assert all(name.startswith("files/batch-") for name in server.files)
    again = project.run()
    assert (again.requests, again.answered_before, len(server.batches.jobs)) == (0, CLIPS, 3)


def test_half_the_price(project: BatchProject) -> None:
    direct = project.run(request={"batch": False, "out": project.folder / "direct"}, cache=False)
    batch = project.run(cache=False)
    assert batch.estimate_usd is not None
    assert direct.estimate_usd is not None
    assert batch.estimate_usd == pytest.approx(direct.estimate_usd / 2, rel=1e-3)
    assert batch.spent_usd == pytest.approx(direct.spent_usd / 2, rel=0.02)


def test_an_answer_is_the_same_whichever_way_it_was_asked(project: BatchProject, server: GeminiServer) -> None:
    project.run()
    direct = project.run(request={"batch": False})
    assert (direct.requests, direct.answered_before) == (0, CLIPS)
    other = project.run(request={"batch": False, "out": project.folder / "other"})
    assert (other.requests, other.from_cache, server.calls) == (0, CLIPS, [])
    project.run(request={"out": project.folder / "third"})
    assert len(server.batches.jobs) == 3


def test_left_and_collected_later(project: BatchProject, server: GeminiServer) -> None:
    server.batches.polls = 3
    left = project.run(request=LATER)
    assert (left.stopped, left.waiting, left.failures, project.lines()) == ("waiting", CLIPS, (), [])
    assert json.loads((project.out / "run.json").read_text())["status"] == "interrupted"
    # neither way asks again about what is in a job
    assert project.run(request={"batch": False}).waiting == CLIPS
    assert project.run(request=LATER).waiting == CLIPS
    assert (len(server.batches.jobs), server.calls) == (3, [])
    done = project.run(videos=False)
    assert (done.stopped, done.waiting, project.labelled()) == ("", 0, CLIPS)
    assert done.attributes["calming"].statuses == {"ok": CLIPS}
    assert (project.wrong(), server.paid_twice) == ([], 0)


def test_another_machine_collects_without_the_videos(
    project: BatchProject, server: GeminiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.folder / "clips" / "copy.mp4").write_bytes((project.folder / "clips" / "c001.mp4").read_bytes())
    project.script["copy.mp4"] = project.script["c001.mp4"]
    project.run(request=LATER, samples=2)
    here = project.run(request={"batch": False, "limit": 1}, samples=2)
    assert here.waiting == CLIPS
    shutil.copytree(project.out, tmp_path / "elsewhere" / "run")
    shutil.rmtree(project.folder / "clips")
    monkeypatch.chdir(tmp_path / "elsewhere")
    report = project.run(videos=False, request={"out": Path("run")})
    assert (report.stopped, report.attributes["calming"].statuses) == ("", {"ok": CLIPS + 1})
    assert server.calls == []
    rows = pq.read_table(tmp_path / "elsewhere" / "run" / "annotations.parquet").to_pylist()
    assert {Path(r["path"]).name: r["label"] == "true" for r in rows} == project.script
    settings = json.loads((tmp_path / "elsewhere" / "run" / "run.json").read_text())["settings"]
    assert settings["samples"] == 2


def test_what_cannot_be_asked_again_here_stays_open(project: BatchProject, server: GeminiServer) -> None:
    server.batches.drop = 0.5
    project.run(request=LATER)
    missing = project.run(videos=False, model="gemini-3.5-flash").left_open
    assert 0 < missing < CLIPS
    assert project.labelled() == CLIPS - missing
    assert {line["model"] for line in project.lines()} == {"gemini-3.8-flash"}
    assert server.calls == []
    # a direct command leaves them to one that knows what was paid for already
    assert project.run(request={"batch": False}).requests == 0
    done = project.run()
    assert (done.left_open, done.requests, project.labelled()) == (0, missing, CLIPS)
    assert project.wrong() == []


def test_a_run_that_is_collected_with_its_own_settings_asks_again(project: BatchProject, server: GeminiServer) -> None:
    server.batches.drop = 0.5
    project.run(request=LATER)
    done = project.run(videos=False)
    assert (done.stopped, project.labelled(), len(server.calls)) == ("", CLIPS, done.requests)


def test_not_asked_again_when_that_is_wanted(project: BatchProject, server: GeminiServer) -> None:
    server.batches.drop = 0.5
    report = project.run(batch_retry="none")
    assert report.failures
    assert {(f.status, f.reason) for f in report.failures} == {
        ("error", "the batch job gave no answer; not asked again")
    }
    assert server.calls == []
    server.batches.drop = 0.0
    assert project.run().failures == ()
    assert len(project.lines()) == CLIPS + len(report.failures)


def test_a_second_job_asks_what_the_first_left_open(project: BatchProject, server: GeminiServer) -> None:
    server.batches.drop = 0.3
    project.run(batch_retry="batch", samples=2)
    rounds = [row["round"] for row in project.events("intent")]
    assert set(rounds) == {1, 2}
    missing = sum(row["missing"] for row in project.events("collected")[: rounds.count(1)])
    assert sum(row["requests"] for row in project.events("intent") if row["round"] == 2) == missing
    assert project.labelled() == CLIPS


def test_a_job_that_never_ends_is_cancelled_in_time(project: BatchProject, server: GeminiServer) -> None:
    server.batches.finals, server.batches.partial = ["STUCK", "SUCCEEDED", "STUCK"], 0.5
    project.run(deadline=0.0003)
    assert {row["state"] for row in project.events("collected")} == {"succeeded", "cancelled"}
    assert (project.labelled(), project.wrong(), server.paid_twice) == (CLIPS, [], 0)


def test_cancelling_keeps_what_was_answered(project: BatchProject, server: GeminiServer) -> None:
    server.batches.finals, server.batches.partial = ["STUCK"] * 3, 0.5
    project.run(request=LATER)
    report = project.run(videos=False, request={"cancel": True})
    assert 0 < project.labelled() == CLIPS - len(report.failures) < CLIPS
    assert (report.waiting, project.wrong(), server.calls) == (0, [], [])
    done = project.run(request={"batch": False})
    assert (done.requests, project.labelled(), server.paid_twice) == (len(report.failures), CLIPS, 0)


def test_cancelling_with_videos_asks_nothing_new(project: BatchProject, server: GeminiServer) -> None:
    server.batches.finals, server.batches.partial = ["STUCK"], 0.5
    project.run(request={**LATER, "limit": 4})
    report = project.run(request={"cancel": True})
    assert (report.files, len(server.batches.jobs), len(project.lines())) == (CLIPS, 1, 4)


def test_status_looks_and_changes_nothing(project: BatchProject, server: GeminiServer) -> None:
    server.batches.finals, server.batches.polls = ["FAILED"], 1
    project.run(request=LATER)
    files = {p: p.read_bytes() for p in project.out.rglob("*") if p.is_file()}
    report = status(project)
    assert [job.state for job in report.jobs] == ["running"] * 3
    assert status(project).jobs[0].note == "Batch job failed: internal error."
    assert {p: p.read_bytes() for p in project.out.rglob("*") if p.is_file()} == files
    assert (report.waiting, report.cost_usd) == (CLIPS, 0)
    project.run()
    done = status(project)
    assert [(job.state, job.answered, job.missing) for job in done.jobs] == [
        ("collected", 0, 4), ("collected", 4, 0), ("collected", 2, 0),
    ]  # fmt: skip
    assert (done.waiting, done.answered) == (0, 6)
    assert done.cost_usd > 0


def test_money_that_does_not_suffice_is_not_promised(project: BatchProject, server: GeminiServer) -> None:
    dry = project.run(request={"dry_run": True})
    assert dry.estimate_usd is not None
    limit = dry.estimate_usd * 0.55
    report = project.run(max_cost=limit)
    asked = sum(len(job["lines"]) for job in server.batches.jobs.values())
    assert report.stopped == "max-cost"
    assert 0 < asked <= CLIPS // 2 + 1
    assert report.spent_usd <= limit
    assert project.labelled() == asked
    assert project.run().stopped == ""
    assert (project.labelled(), server.paid_twice) == (CLIPS, 0)


def test_money_in_jobs_counts_for_the_next_command(project: BatchProject, server: GeminiServer) -> None:
    one = project.run(request={"dry_run": True}).estimate_usd
    assert one is not None
    server.batches.polls = 5
    project.run(request={**LATER, "limit": 5})
    report = project.run(request=LATER, max_cost=one / 2)
    assert (report.stopped, len(server.batches.jobs)) == ("max-cost", 2)


def test_a_job_that_the_service_does_not_know_is_not_given_up_in_silence(
    project: BatchProject, server: GeminiServer
) -> None:
    project.run(request=LATER)
    lost = dict(server.batches.jobs)
    server.batches.jobs.clear()
    with pytest.raises(ServiceError, match="does not know") as caught:
        project.run()
    assert "--cancel" in caught.value.hint
    server.batches.jobs.update(lost)
    assert project.run().stopped == ""
    assert (project.labelled(), server.calls) == (CLIPS, [])


def test_a_job_that_is_gone_can_be_given_up(project: BatchProject, server: GeminiServer) -> None:
    project.run(request=LATER)
    server.batches.jobs.clear()
    assert project.run(videos=False, request={"cancel": True}).waiting == 0
    assert project.run(request={"batch": False}).requests == CLIPS


def test_videos_that_are_uploaded_live_as_long_as_their_job(project: BatchProject, server: GeminiServer) -> None:
    server.batches.polls = 1
    project.run(request=LATER, inline_limit_mb=0, attributes=("calming", "energetic"))
    assert sum(f["mimeType"] == "video/mp4" for f in server.files.values()) == CLIPS
    lines = [line for job in server.batches.jobs.values() for line in job["lines"]]
    uris = [p["fileData"]["fileUri"] for x in lines for p in x["request"]["contents"][0]["parts"] if "fileData" in p]
    assert (len(lines), len(set(uris))) == (2 * CLIPS, CLIPS)
    project.run(videos=False)
    assert all(name.startswith("files/batch-") for name in server.files)
    assert (project.labelled(), project.wrong()) == (2 * CLIPS, [])


def test_frames_go_along(project: BatchProject, server: GeminiServer) -> None:
    project.run(media="frames", frames=2, frame_size=64, request={"limit": 2})
    line = next(iter(server.batches.jobs.values()))["lines"][0]
    mimes = [p["inlineData"]["mimeType"] for p in line["request"]["contents"][0]["parts"] if "inlineData" in p]
    assert mimes[:2] == ["image/jpeg"] * 2
    assert {line["media_verdict"] for line in project.lines()} == {"ok"}


def test_a_file_without_a_video_gets_its_line_and_no_question(project: BatchProject, server: GeminiServer) -> None:
    (project.folder / "clips" / "bad.mp4").write_bytes(b"no video")
    report = project.run()
    assert [(Path(f.path).name, str(f.status)) for f in report.failures] == [("bad.mp4", "media_error")]
    assert sum(len(job["lines"]) for job in server.batches.jobs.values()) == CLIPS


def test_jobs_are_bounded_by_bytes(project: BatchProject, server: GeminiServer) -> None:
    line = len((project.folder / "clips" / "c000.mp4").read_bytes()) * 4 / 3e6
    project.run(batch_requests=100, batch_mb=max(2.5 * line, 0.01))
    assert 2 <= max(len(job["lines"]) for job in server.batches.jobs.values()) < CLIPS


def test_a_definition_that_changed_meanwhile_does_not_change_what_was_asked(
    project: BatchProject, server: GeminiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    own = project.folder / "attributes" / "calming.yaml"
    own.parent.mkdir()
    from vibekit.formats.library import find_attribute

    _, shipped = find_attribute("calming", None)
    text = shipped.read_text("utf-8")
    own.write_text(text)
    project.run(request=LATER)
    old = {row["calls"][0]["definitions"]["calming"] for row in project.events("intent")}
    changed = text.replace("question: ", "question: Honestly, ", 1)
    assert changed != text
    own.write_text(changed)
    server.batches.polls = 0
    project.run()
    lines = project.lines()
    assert len(lines) == 2 * CLIPS
    assert {line["definition"] for line in lines[:CLIPS]} == old
    assert len({line["definition"] for line in lines}) == 2
    assert project.wrong() == []
    for kept in (project.out / "attributes").iterdir():
        kept.unlink()
    (project.out / "annotations.jsonl").write_text("")
    with pytest.raises(InputError, match="no copy of the definition") as caught:
        project.run(videos=False)
    assert "@" in caught.value.hint or "no such" in caught.value.message


def test_force_puts_the_jobs_aside_with_the_run(project: BatchProject) -> None:
    project.run(request=LATER)
    report = project.run(request={"force": True, "batch": False, "limit": 1})
    (aside,) = project.folder.glob("run.before-*")
    assert any(aside.name in warning for warning in report.warnings)
    project.run(videos=False, request={"out": aside})
    assert len((aside / "annotations.jsonl").read_text().splitlines()) == CLIPS


@pytest.mark.parametrize("how", [{"annotator": "signals"}, {"vertex": True}])
def test_who_has_no_batch_api_says_so_before_anything_is_written(project: BatchProject, how: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        project.run(**how)
    assert "--batch" in caught.value.message + caught.value.hint
    assert not project.out.exists()


def test_no_run_and_no_jobs_are_told_apart(project: BatchProject) -> None:
    with pytest.raises(InputError, match="no such run"):
        project.run(videos=False)
    project.run(request={"batch": False, "limit": 1})
    for command in (lambda: project.run(videos=False), lambda: status(project)):
        with pytest.raises(InputError, match="no batch jobs"):
            command()


def test_no_key_is_kept(project: BatchProject) -> None:
    project.run()
    for path in project.out.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes()


def test_the_options_have_the_documented_defaults() -> None:
    defaults = AnnotateOptions()
    assert (defaults.deadline, defaults.batch_requests, defaults.batch_mb, defaults.batch_retry) == (
        24,
        500,
        100,
        "direct",
    )
