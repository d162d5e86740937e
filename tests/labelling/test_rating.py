"""What raters do on the page, as requests to the real server: nothing is lost, doubled or mixed up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.labelling import Client, events, next_id, served, write_set
from vibekit.core.golden import EventKind, Role
from vibekit.core.ratings import standing
from vibekit.formats.golden_ratings import RATINGS_FILE
from vibekit.labelling.study import Order
from vibekit.stages.golden.label import LabelConfig


@pytest.fixture
def golden(tmp_path: Path, six_clips: list[Path]) -> Path:
    return write_set(tmp_path / "golden" / "g", six_clips)


def answer_all(client: Client, value: object = True) -> int:
    """Rate until nothing is left."""
    answered = 0
    while task := client.next():
        assert client.rate(task, value).status == 200
        answered += 1
    return answered


def test_two_raters_go_through_everything_in_their_own_order(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna", "ben"))) as server:
        anna, ben = server.client(0), server.client(1)
        assert anna.get("/api/me").json["rater"] == "anna"
        assert (answer_all(anna), answer_all(ben, value=False)) == (7, 7)
        assert anna.get("/api/progress").json["progress"] == {"done": 7, "skipped": 0, "total": 7}
    log = events(golden)
    assert len(standing(log)) == 14
    assert {(e.rater, e.value) for e in log} == {("anna", True), ("ben", False)}
    orders = [[e.video_id for e in log if e.rater == rater and e.repeat == 0] for rater in ("anna", "ben")]
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert sum(e.repeat == 1 for e in log) == 2
    assert all(e.seconds == 2.5 and e.watched == 0.75 and e.definition and e.ts for e in log)
    assert server.report is not None
    assert [(r.rater, r.answered, r.new, r.left) for r in server.report.raters] == [("anna", 7, 7, 0), ("ben", 7, 7, 0)]


def test_it_goes_on_where_it_was_left(golden: Path) -> None:
    config = LabelConfig(path=golden, raters=("anna",))
    with served(config) as server:
        client = server.client()
        for _ in range(3):
            assert client.rate(client.next(), True).status == 200
        waiting = client.next()
    with served(config) as server:
        client = server.client()
        assert client.get("/api/progress").json["progress"] == {"done": 3, "skipped": 0, "total": 7}
        assert client.next()["id"] != waiting["id"], "ids of another session say nothing here"
        assert client.rate(waiting, True).status == 404
        assert answer_all(client) == 4
    log = events(golden)
    assert len(log) == len(standing(log)) == 7


def test_the_same_answer_sent_again_is_written_once(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        client = server.client()
        task, sent = client.next(), next_id()
        replies = [client.rate(task, True, id=sent) for _ in range(3)]
        assert [r.status for r in replies] == [200, 200, 200]
        assert client.undo().status == 200
        assert client.rate(task, True, id=sent).status == 200, "late, after it was taken back: must not come back"
    assert [e.kind for e in events(golden)] == [EventKind.RATING, EventKind.UNDO]


def test_a_second_tab_cannot_overwrite_the_first(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        client = server.client()
        first, second = client.next(), client.next()
        assert first == second
        assert client.rate(first, True).status == 200
        refused = client.rate(second, False)
        assert (refused.status, refused.json["code"]) == (409, "answered")
    assert [e.value for e in events(golden)] == [True]


def test_undo_takes_back_answer_by_answer_and_keeps_the_note(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        client = server.client()
        first = client.next()
        client.rate(first, True, note="  a wave at the end ")
        client.pass_by(client.next(), "abstain")
        client.undo()
        sent = next_id()
        back = [client.post("/api/undo", {"id": sent}).json["task"] for _ in range(2)]
        assert [(t["id"], t["note"]) for t in back] == [(first["id"], "a wave at the end")] * 2
        assert client.undo().json["code"] == "nothing_to_undo"
        assert client.next()["id"] == first["id"]
        client.rate(first, False)
    log = events(golden)
    assert [str(e.kind) for e in log] == ["rating", "abstain", "undo", "undo", "rating"]
    assert [e.value for e in standing(log).values()] == [False]
    assert log[0].note == "a wave at the end"


def test_what_was_skipped_comes_back_at_the_end(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna",), repeats=0)) as server:
        client = server.client()
        skipped = client.next()
        assert client.pass_by(skipped, "skip").status == 200
        assert answer_all(client) == 5
        assert client.get("/api/progress").json["progress"] == {"done": 5, "skipped": 1, "total": 6}
        assert client.next() is None
        assert client.next(skipped=True)["id"] == skipped["id"]
        assert client.rate(skipped, True).status == 200
        assert client.next(skipped=True) is None
    assert len([e for e in standing(events(golden)).values() if e.kind is EventKind.RATING]) == 6


def test_a_repeat_has_an_id_of_its_own_and_overwrites_nothing(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna",), repeats=0.5)) as server:
        client = server.client()
        ids = []
        while task := client.next():
            ids.append(task["id"])
            client.rate(task, len(ids) <= 6)
    assert len(set(ids)) == 9
    log = events(golden)
    assert len(standing(log)) == 9
    assert sorted(e.repeat for e in log) == [0] * 6 + [1] * 3


def test_a_name_that_answered_before_has_to_be_confirmed(golden: Path) -> None:
    with served(LabelConfig(path=golden)) as server:
        first = server.client()
        assert first.get("/api/next").json["code"] == "no_name"
        assert first.post("/api/name", {"name": "anna"}).status == 200
        assert first.post("/api/name", {"name": "ben"}).json["code"] == "named"
        first.rate(first.next(), True)
        found = re.search(r"http://\S+", server.said[-1])
        assert found, "the next rater's link is shown as soon as one is used"
        second = Client(server.port)
        second.join(found.group())
        assert second.post("/api/name", {"name": "anna"}).json["code"] == "known_name"
        assert second.post("/api/name", {"name": "anna", "again": True}).json["progress"]["done"] == 1
        assert second.next()["id"] == first.next()["id"]


def test_an_answer_must_be_one_of_the_question(tmp_path: Path, six_clips: list[Path]) -> None:
    golden = write_set(tmp_path / "g", six_clips[:1], attributes=("production_quality",))
    with served(LabelConfig(path=golden, raters=("anna",), min_watched=0.5)) as server:
        client = server.client()
        task = client.next()
        assert [c["keys"] for c in task["attribute"]["choices"]] == [["1"], ["2"], ["3"], ["4"], ["5"]]
        assert [client.rate(task, value).status for value in (6, True, "3", 0)] == [400] * 4
        assert client.rate(task, 3, watched=0.4).json["code"] == "watch_more"
        assert client.rate(task, 3, watched=0.5).status == 200
    assert [e.value for e in events(golden)] == [3]


def test_video_by_video_asks_everything_of_one_before_the_next(tmp_path: Path, six_clips: list[Path]) -> None:
    golden = write_set(tmp_path / "g", six_clips[:3], attributes=("calming", "cozy"))
    with served(LabelConfig(path=golden, raters=("anna",), order=Order.VIDEO)) as server:
        answer_all(server.client())
    asked = [(e.video_id, e.attribute) for e in events(golden)]
    assert [asked[n][0] == asked[n + 1][0] for n in range(5)] == [True, False, True, False, True]


def test_experts_see_the_votes_only_when_they_ask_and_that_is_written_down(golden: Path) -> None:
    with served(LabelConfig(path=golden, raters=("anna", "ben"), repeats=0)) as server:
        for number, value in enumerate((True, False)):
            client = server.client(number)
            assert client.post("/api/votes", {"task": client.next()["id"]}).status == 403
            answer_all(client, value)
    video = events(golden)[2].video_id
    config = LabelConfig(path=golden, raters=("eve",), role=Role.EXPERT, queue=((video, "calming"),))
    with served(config) as server:
        eve = server.client()
        task = eve.next()
        assert "votes" not in task
        votes = [eve.post("/api/votes", {"task": task["id"]}).json for _ in range(2)]
        assert votes[0] == {"votes": [{"text": "no", "count": 1}, {"text": "yes", "count": 1}], "notes": []}
        eve.rate(task, True)
        assert eve.next() is None
    ruled = [e for e in events(golden) if e.rater == "eve"]
    assert [(str(e.kind), e.video_id, e.role) for e in ruled] == [
        ("note", video, Role.EXPERT),
        ("rating", video, Role.EXPERT),
    ]


def test_a_full_disk_is_said_and_nothing_counts(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    with served(LabelConfig(path=golden, raters=("anna",))) as server:
        client = server.client()
        task, sent = client.next(), next_id()

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            refused = client.rate(task, True, id=sent)
        assert (refused.status, refused.json["code"]) == (507, "not_saved")
        assert client.get("/api/progress").json["progress"]["done"] == 0
        assert client.rate(task, True, id=sent).status == 200
    assert (golden / RATINGS_FILE).read_bytes().endswith(b"\n")
    assert [e.value for e in events(golden)] == [True], "what was refused is not in the log either"
