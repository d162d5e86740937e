"""run.json, videos.jsonl, annotations.jsonl and annotations.parquet: what is written can be read."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.core.annotation import Annotation, Answer, Evidence, ProbabilitySource, Spread, Status, Usage
from vibekit.core.video import AudioStream, Metadata, Probe, Video, VideoStream
from vibekit.errors import InputError
from vibekit.formats import annotations as annotation_file
from vibekit.formats import run, videos
from vibekit.formats.annotations_table import write_table

NUMBERS = st.floats(min_value=0, max_value=1e6, allow_nan=False)
TEXT = st.text(max_size=12)
LABELS = st.booleans() | st.integers(-5, 5) | st.text(min_size=1, max_size=8)

ANSWERS = st.builds(
    Answer,
    status=st.just(Status.OK),
    label=LABELS,
    probability=st.none() | st.floats(0, 1),
    probability_source=st.sampled_from([None, *ProbabilitySource]),
    rationale=TEXT,
    evidence=st.lists(st.builds(Evidence, start_s=NUMBERS, end_s=NUMBERS, what=TEXT), max_size=2).map(tuple),
    votes=st.dictionaries(TEXT, st.integers(1, 9), max_size=2).map(lambda d: tuple(d.items())),
    spread=st.none()
    | st.builds(
        Spread,
        samples=st.integers(2, 9),
        disagreement=st.floats(0, 1),
        probability_mean=st.none() | st.floats(0, 1),
        probability_sd=st.none() | st.floats(0, 1),
    ),
) | st.builds(Answer, status=st.sampled_from([s for s in Status if s is not Status.OK]), reason=TEXT)

ANNOTATIONS = st.builds(
    Annotation,
    key=st.text("0123456789abcdef", min_size=32, max_size=32),
    video_id=st.none() | st.text("0123456789abcdef", min_size=32, max_size=32),
    path=TEXT,
    attribute=st.sampled_from(["calming", "energetic"]),
    definition=TEXT,
    answer=ANSWERS,
    annotator=TEXT,
    model=TEXT,
    prompt=TEXT,
    media=TEXT,
    usage=st.builds(Usage, prompt=st.integers(0, 10**6), output=st.integers(0, 10**4)),
    cost_usd=NUMBERS,
    latency_s=NUMBERS,
    attempts=st.integers(0, 20),
    created_at=st.just("2026-11-21T10:00:00Z"),
)

VIDEO = Video(
    path=Path("clips/lake.mp4"),
    video_id="6a" * 16,
    bytes=10,
    mtime_ns=5,
    metadata=Metadata(title="Lake", hashtags=("calm", "water")),
    probe=Probe(
        container="mov,mp4",
        duration_s=6.4,
        video=VideoStream(codec="h264", width=640, height=360, fps=25.0),
        audio=AudioStream(codec="aac", rate=44100, channels=2),
        streams=("video:h264", "audio:aac"),
    ),
)


@given(annotation=ANNOTATIONS)
def test_annotation_round_trip(annotation: Annotation) -> None:
    line = json.dumps(annotation_file.to_row(annotation), ensure_ascii=True)
    assert annotation_file.from_row(json.loads(line)) == annotation


def test_samples_are_whole() -> None:
    assert annotation_file.to_row(annotation_file.from_row(annotation_file.SAMPLE)) == annotation_file.SAMPLE
    assert json.loads(json.dumps(videos.to_row(videos.from_row(videos.SAMPLE)))) == videos.SAMPLE


@pytest.mark.parametrize("change", [{"status": "ok", "label": None}, {"status": "blocked"}, {"status": "nonsense"}])
def test_a_label_without_ok_and_ok_without_a_label_are_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "annotations.jsonl"
    path.write_text(json.dumps({**annotation_file.SAMPLE, **change}) + "\n")
    with pytest.raises(InputError, match=r"annotations\.jsonl:1: not an annotation"):
        list(annotation_file.read_annotations(path))


def test_the_table_is_tidy_and_keeps_every_kind_of_label(tmp_path: Path) -> None:
    base = annotation_file.from_row(annotation_file.SAMPLE)
    labels: list[bool | int | str] = [True, False, 3, "tense"]
    rows = [replace(base, answer=replace(base.answer, label=label)) for label in labels]
    rows.append(replace(base, answer=Answer(status=Status.BLOCKED, reason="SAFETY")))
    assert write_table(tmp_path / "a.parquet", rows) == 5
    table = pq.read_table(tmp_path / "a.parquet")
    assert table["label"].to_pylist() == ["true", "false", "3", "tense", None]
    assert table["status"].to_pylist()[-1] == "blocked"
    assert table["evidence"].to_pylist()[0] == [{"start_s": 0.0, "end_s": 4.5, "what": "still lake"}]


def test_the_spread_is_a_column_and_lines_without_one_are_read(tmp_path: Path) -> None:
    old = {k: v for k, v in annotation_file.SAMPLE.items() if k != "spread"}
    base = annotation_file.from_row(old)
    assert base.answer.spread is None
    spread = Spread(samples=5, disagreement=0.2, probability_mean=0.8)
    write_table(tmp_path / "a.parquet", [base, replace(base, answer=replace(base.answer, spread=spread))])
    assert pq.read_table(tmp_path / "a.parquet")["spread"].to_pylist() == [
        None,
        {"samples": 5, "disagreement": 0.2, "probability_mean": 0.8, "probability_sd": None},
    ]


def test_an_empty_table_has_its_columns(tmp_path: Path) -> None:
    assert write_table(tmp_path / "a.parquet", []) == 0
    assert "label" in pq.read_table(tmp_path / "a.parquet").column_names


@pytest.mark.parametrize(
    "name", [b"plain.mp4", "ütf.mp4".encode(), b"bytes\xff\xfe.mp4", b"new\nline.mp4", b"-dash.mp4"]
)
def test_video_round_trip_for_every_file_name(tmp_path: Path, name: bytes) -> None:
    video = replace(VIDEO, path=Path(os.fsdecode(name)))
    path = tmp_path / "videos.jsonl"
    path.write_text(json.dumps(videos.to_row(video)) + "\n", encoding="ascii")
    assert videos.read_videos(path) == [video]


def test_the_last_line_for_a_path_wins(tmp_path: Path) -> None:
    path = tmp_path / "videos.jsonl"
    newer = replace(VIDEO, bytes=11)
    path.write_text("".join(json.dumps(videos.to_row(v)) + "\n" for v in (VIDEO, newer)))
    assert videos.read_videos(path) == [newer]


def test_run_round_trip(tmp_path: Path) -> None:
    run.write_run(tmp_path / "run.json", run.SAMPLE)
    assert run.read_run(tmp_path / "run.json") == run.SAMPLE


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 1, "status": "odd"}'])
def test_what_is_no_run_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=r"run\.json"):
        run.read_run(tmp_path / "run.json")


def test_a_run_that_lacks_something_says_what(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    run.write_run(path, run.SAMPLE)
    row = json.loads(path.read_text("utf-8"))
    del row["settings"], row["argv"], row["warnings"]
    path.write_text(json.dumps(row))
    with pytest.raises(InputError, match=r"run\.json: not a run\.json: lacks argv, settings$"):
        run.read_run(path)


def test_a_run_of_a_newer_vibekit_says_so(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"version": 99, "vibekit": "9.0"}')
    with pytest.raises(InputError, match=r"written by vibekit 9\.0"):
        run.read_run(tmp_path / "run.json")


def test_a_run_file_holds_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "AIza-secret-value")
    run.write_run(tmp_path / "run.json", replace(run.SAMPLE, argv=("vibekit", "--key", "AIza-secret-value")))
    assert "AIza-secret-value" not in (tmp_path / "run.json").read_text()
