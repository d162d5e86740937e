"""Jobs whose answers come back shuffled, short, under other keys or not at all: no label is ever swapped."""

from __future__ import annotations

from typing import Any

import pytest

from support.batch_project import BatchProject
from support.gemini_server import GeminiServer
from vibekit.errors import ServiceError

CLIPS = 10

FAULTS: dict[str, dict[str, Any]] = {
    "shuffled": {},
    "dropped": {"drop": 0.4},
    "failed": {"fail": 0.4},
    "over the quota": {"fail": 0.4, "fail_code": 8},
    "under another key": {"swap": 0.7},
    "twice": {"duplicate": 0.4},
    "under keys that nobody asked for": {"unknown": 3},
    "cut off": {"cut": True},
    "echo of another": {"faults": {"wrong_echo": 0.4}},
    "useless": {"faults": {"malformed_json": 0.2, "empty": 0.2, "wrong_types": 0.2, "max_tokens": 0.2}},
    "expired": {"finals": ["EXPIRED"]},
    "expired with some answers": {"finals": ["EXPIRED", "EXPIRED"], "partial": 0.5},
    "failed as a whole": {"finals": ["SUCCEEDED", "FAILED"]},
    "cancelled by somebody else": {"finals": ["CANCELLED"], "partial": 0.5},
    "all at once": {
        "drop": 0.2, "fail": 0.2, "swap": 0.4, "duplicate": 0.1, "unknown": 1, "finals": ["EXPIRED", "SUCCEEDED"],
        "faults": {"wrong_echo": 0.2},
    },
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_no_label_is_swapped_and_everything_else_is_recovered(
    project: BatchProject, server: GeminiServer, fault: str
) -> None:
    for name, value in FAULTS[fault].items():
        setattr(server.batches, name, value)
    report = project.run(batch_retry="batch" if len(fault) % 2 else "direct")
    assert project.wrong() == []
    assert project.labelled() == CLIPS
    assert (report.stopped, report.failures, report.waiting, report.left_open) == ("", (), 0, 0)
    # a line is written once, and every answer that was paid for is in it
    assert len(project.lines()) == CLIPS
    assert report.run_cost_usd == pytest.approx(report.spent_usd, abs=1e-6)


def test_a_line_that_is_wrong_in_itself_is_final_for_its_video(project: BatchProject, server: GeminiServer) -> None:
    server.batches.fail, server.batches.fail_code = 0.4, 3
    report = project.run()
    assert 0 < len(report.failures) < CLIPS
    assert {(f.status, f.reason) for f in report.failures} == {("error", "Request contains an invalid argument.")}
    assert server.calls == []
    assert project.wrong() == []


def test_a_blocked_answer_is_not_asked_again(project: BatchProject, server: GeminiServer) -> None:
    server.batches.faults = {"safety": 1.0}
    report = project.run()
    assert {line["status"] for line in project.lines()} == {"blocked"}
    assert len(report.failures) == CLIPS
    assert server.calls == []


def test_only_the_samples_that_are_missing_are_asked_again(project: BatchProject, server: GeminiServer) -> None:
    server.batches.drop = 0.4
    server.batches.polls = 0
    report = project.run(samples=3, batch_requests=6)
    missing = sum(row["missing"] for row in project.events("collected"))
    assert 0 < missing < 3 * CLIPS
    assert len(server.calls) == missing
    assert report.requests == 3 * CLIPS + missing
    assert project.wrong() == []
    assert {sum(line["votes"].values()) for line in project.lines()} == {3}
    assert {line["spread"]["samples"] for line in project.lines()} == {3}


def test_only_the_attribute_without_an_answer_is_asked_again(project: BatchProject, server: GeminiServer) -> None:
    bad = next(iter(server.labels))
    server.labels[bad] = {"calming": project.script["c000.mp4"], "energetic": "purple"}
    report = project.run(attributes=("calming", "energetic"), attributes_per_call=2)
    assert [f.attribute for f in report.failures] == ["energetic"]
    asked = {
        tuple(b["generationConfig"]["responseJsonSchema"]["properties"]["answers"]["properties"]) for b in server.bodies
    }
    assert asked == {("energetic",)}
    assert project.labelled() == 2 * CLIPS - 1
    line = project.current()["c000.mp4", "calming"]
    # the money of the first answer and of the tries after it is shared by the lines of the call
    assert line["attempts"] == 1 + len(server.calls)
    assert report.run_cost_usd == pytest.approx(report.spent_usd, abs=1e-6)


def test_a_job_whose_reply_is_lost_is_made_once(project: BatchProject, server: GeminiServer) -> None:
    server.batches.lose_replies = 2
    project.run()
    assert len(server.batches.jobs) == 3
    assert server.paid_twice == 0
    assert [row["adopted"] for row in project.events("created")].count(True) == 2


def test_a_list_that_lags_behind_is_looked_at_again(project: BatchProject, server: GeminiServer) -> None:
    server.batches.lose_replies, server.batches.hide, server.batches.page_size = 1, 1, 1
    project.run()
    assert len(server.batches.jobs) == 3
    assert server.paid_twice == 0


def test_a_refused_job_is_tried_again(project: BatchProject, server: GeminiServer) -> None:
    server.batches.refuse = ["429", "ok", "503"]
    project.run()
    assert project.labelled() == CLIPS
    assert (len(server.batches.jobs), server.paid_twice) == (3, 0)


@pytest.mark.parametrize(("kind", "said"), [("400", "leave --batch away"), ("429_day", "resets at"), ("404", "models")])
def test_a_service_that_takes_no_jobs_ends_the_run(
    project: BatchProject, server: GeminiServer, kind: str, said: str
) -> None:
    server.batches.refuse = [kind] * 9
    with pytest.raises(ServiceError) as caught:
        project.run()
    assert said in caught.value.hint
    assert project.lines() == []
    server.batches.refuse = []
    assert project.run().stopped == ""
    assert (project.labelled(), server.paid_twice) == (CLIPS, 0)


def test_a_type_that_the_service_refuses_is_not_its_last(project: BatchProject, server: GeminiServer) -> None:
    server.refuse_mimes = {"application/jsonl", "jsonl"}
    project.run()
    assert project.labelled() == CLIPS
