"""batches.jsonl: what is written can be read, cut anywhere, and is refused when it is not what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.core.batch import BatchState
from vibekit.errors import InputError
from vibekit.formats.batch_events import Abandoned, AskedCall, AskedLine, Collected, Created, Event, Intent, Looked
from vibekit.formats.batches import SAMPLE, from_row, iter_events, to_row
from vibekit.formats.jsonl import Appender, line_of

TEXT = st.text(max_size=8)
NAMES = st.dictionaries(TEXT, TEXT, max_size=3)
COUNTS = st.none() | st.integers(0, 10**6)
STATES = st.sampled_from(list(BatchState))
MONEY = st.floats(0, 1e6, allow_nan=False)

LINES = st.builds(
    AskedLine, line=TEXT, sample=st.integers(0, 9), names=st.lists(TEXT, max_size=3).map(tuple), request_id=TEXT
)
CALLS = st.builds(
    AskedCall,
    path=TEXT,
    video_id=TEXT,
    duration_s=st.none() | MONEY,
    media=TEXT,
    media_verdict=TEXT,
    keys=NAMES,
    definitions=NAMES,
    shown=TEXT,
    asked=st.lists(LINES, max_size=2).map(tuple),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        Intent,
        job=TEXT,
        at=TEXT,
        annotator=TEXT,
        model=TEXT,
        prompt=TEXT,
        samples=st.integers(1, 9),
        round=st.integers(1, 9),
        requests=st.integers(0, 9),
        bytes=st.integers(0, 10**9),
        estimate_usd=MONEY,
        uploads=st.lists(TEXT, max_size=2).map(tuple),
        recipes=NAMES,
        calls=st.lists(CALLS, max_size=2).map(tuple),
        version=st.just(1),
    ),
    st.builds(Created, job=TEXT, at=TEXT, name=TEXT, file=TEXT, adopted=st.booleans()),
    st.builds(Looked, job=TEXT, at=TEXT, state=STATES, error=TEXT, answered=COUNTS, failed=COUNTS),
    st.builds(
        Collected,
        job=TEXT,
        at=TEXT,
        state=STATES,
        error=TEXT,
        results=TEXT,
        offset=st.integers(0, 10**12),
        answered=st.integers(0, 9),
        failed=st.integers(0, 9),
        missing=st.integers(0, 9),
        cost_usd=MONEY,
    ),
    st.builds(Abandoned, job=TEXT, at=TEXT, reason=TEXT),
)


@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    assert from_row(json.loads(line_of(to_row(event)))) == event


def test_the_samples_are_events() -> None:
    assert [to_row(from_row(row))["event"] for row in SAMPLE] == [row["event"] for row in SAMPLE]
    assert [set(to_row(from_row(row))) for row in SAMPLE] == [set(row) for row in SAMPLE]


def test_a_file_that_is_cut_anywhere_gives_the_whole_lines(tmp_path: Path) -> None:
    lines = [line_of(row) for row in SAMPLE]
    whole = b"".join(lines)
    ends = [sum(map(len, lines[: n + 1])) for n in range(len(lines))]
    path = tmp_path / "batches.jsonl"
    for cut in range(0, len(whole) + 1, 7):
        path.write_bytes(whole[:cut])
        # a line without its newline is whole too
        kept = sum(end - 1 <= cut for end in ends)
        assert len(list(iter_events(path))) == kept
        appender = Appender(path)
        at = appender.append(SAMPLE[-1])
        appender.close()
        assert [offset for offset, _ in iter_events(path)][-1] == at
        assert len(list(iter_events(path))) == kept + 1


def test_a_torn_line_is_told_and_dropped(tmp_path: Path) -> None:
    path = tmp_path / "batches.jsonl"
    path.write_bytes(line_of(SAMPLE[0]) + line_of(SAMPLE[1])[:-9])
    warnings: list[str] = []
    assert len(list(iter_events(path, warnings=warnings))) == 1
    assert "torn" in warnings[0]


@pytest.mark.parametrize(
    "change",
    [{"event": "promoted"}, {"job": 7}, {"version": 99}, {"calls": [{}]}, {"calls": 3}, {"recipes": None}, {"new": 1}],
    ids=str,
)
def test_a_damaged_line_is_an_error_with_its_number(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "batches.jsonl"
    path.write_bytes(line_of(SAMPLE[0]) + line_of({**SAMPLE[0], **change}) + line_of(SAMPLE[1]))
    with pytest.raises(InputError, match=r"batches\.jsonl:2: not an event"):
        list(iter_events(path))


def test_a_missing_file_has_no_events(tmp_path: Path) -> None:
    assert list(iter_events(tmp_path / "none.jsonl")) == []
