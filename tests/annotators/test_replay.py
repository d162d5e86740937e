import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.questions import CALMING, ENERGY, a_question, a_video
from vibekit.annotators.replay import ReplayAnnotator
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.annotation import Answer, Status
from vibekit.core.attribute import Attribute
from vibekit.core.video import Video
from vibekit.errors import InputError
from vibekit.formats.annotations import SAMPLE

VIDEO_ID = a_video().video_id
RECORDED = {**SAMPLE, "video_id": VIDEO_ID, "attribute": "calming", "definition": CALMING.fingerprint}
ONE = {"evidence": [], "rationale": "r", "label": True, "probability": 0.8}
RESPONSE = json.dumps({"request_id": "{request_id}", "answers": {"calming": ONE}})


def ask(path: Path, *rows: dict[str, Any], attribute: Attribute = CALMING, video: Video | None = None) -> Answer:
    file = path / "recording.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    annotator = ReplayAnnotator(AnnotatorSettings(source=file))
    return asyncio.run(annotator.ask(a_question(attribute, video=video), None)).answers[attribute.name]


def test_an_annotation_answers_again(tmp_path: Path) -> None:
    answer = ask(tmp_path, RECORDED)
    assert (answer.status, answer.label, answer.probability) == (Status.OK, True, 0.91)
    assert answer.evidence


def test_an_answer_to_another_definition_is_not_used(tmp_path: Path) -> None:
    changed = replace(CALMING, definition="Something else.")
    answer = ask(tmp_path, RECORDED, attribute=changed)
    assert (answer.status, answer.reason) == (Status.EMPTY, "no recording")


def test_another_video_or_attribute_is_not_answered(tmp_path: Path) -> None:
    assert ask(tmp_path, {**RECORDED, "video_id": "cd" * 16}).status is Status.EMPTY
    assert ask(tmp_path, RECORDED, attribute=ENERGY).status is Status.EMPTY


def test_a_failure_is_not_a_recording(tmp_path: Path) -> None:
    failed = {**RECORDED, "status": "error", "label": None, "probability": None, "probability_source": None}
    assert ask(tmp_path, RECORDED, failed).status is Status.OK
    assert ask(tmp_path, failed).status is Status.EMPTY


def test_a_recorded_label_outside_the_list_is_invalid(tmp_path: Path) -> None:
    assert ask(tmp_path, {**RECORDED, "label": "true"}).status is Status.INVALID


@pytest.mark.parametrize("name", [{"title": "Quiet lake"}, {"path": "lake.mp4"}, {"video_id": VIDEO_ID}])
def test_a_response_is_found_by_any_name(tmp_path: Path, name: dict[str, Any]) -> None:
    answer = ask(tmp_path, {**name, "attribute": "calming", "response": RESPONSE})
    assert (answer.status, answer.label, answer.probability) == (Status.OK, True, 0.8)


@pytest.mark.parametrize(
    "text", ["", "yes", RESPONSE.replace("{request_id}", "other"), f"```json\n{RESPONSE}\n```", RESPONSE[:-5]]
)
def test_a_response_is_read_as_strictly_as_a_models(tmp_path: Path, text: str) -> None:
    answer = ask(tmp_path, {"title": "Quiet lake", "attribute": "calming", "response": text})
    assert answer.status is Status.INVALID


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"titel": "x", "attribute": "calming", "response": "x"}, "unknown key 'titel'"),
        ({"attribute": "calming", "response": "x"}, "needs one of"),
        ({"title": "a", "path": "b", "attribute": "calming", "response": "x"}, "needs one of"),
        ({"title": "a", "attribute": "calming", "response": 1}, "needs one of"),
        ({"title": "a"}, "not an annotation"),
    ],
)
def test_other_lines_are_the_users_error(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        ask(tmp_path, RECORDED, row)
    assert caught.value.line == 2


def test_a_file_is_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a recording"):
        ReplayAnnotator(AnnotatorSettings())
    with pytest.raises(InputError, match="no such file"):
        ReplayAnnotator(AnnotatorSettings(source=tmp_path / "none.jsonl"))
