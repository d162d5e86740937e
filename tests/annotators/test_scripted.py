import asyncio
from pathlib import Path

import pytest

from support.questions import CALMING, ENERGY, MOOD, a_question, a_video
from vibekit.annotators.scripted import ScriptedAnnotator
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.annotation import Answer, Status
from vibekit.core.attribute import Attribute
from vibekit.core.video import Metadata, Video
from vibekit.errors import InputError

SCRIPT = """\
Quiet lake: {calming: true, energy: 1, mood: glad}
Quiet: {calming: false}
party.mp4: {calming: {label: false, probability: 0.2, rationale: loud}}
"*": {calming: null}
"""


def ask(path: Path, text: str, *attributes: Attribute, video: Video | None = None) -> dict[str, Answer]:
    file = path / "script.yaml"
    file.write_text(text)
    annotator = ScriptedAnnotator(AnnotatorSettings(source=file))
    return dict(asyncio.run(annotator.ask(a_question(*attributes, video=video), None)).answers)


def test_the_longest_piece_answers(tmp_path: Path) -> None:
    answers = ask(tmp_path, SCRIPT, CALMING, ENERGY, MOOD)
    assert [a.label for a in answers.values()] == [True, 1, "glad"]
    assert answers["calming"].probability == 1.0


def test_a_piece_of_the_path_answers(tmp_path: Path) -> None:
    video = a_video("clips/party.mp4", metadata=Metadata())
    answer = ask(tmp_path, SCRIPT, CALMING, video=video)["calming"]
    assert (answer.label, answer.probability, answer.rationale) == (False, 0.2, "loud")


def test_the_rest_is_answered_by_the_star(tmp_path: Path) -> None:
    video = a_video("x.mp4", metadata=Metadata(title="x"))
    answers = ask(tmp_path, SCRIPT, CALMING, ENERGY, video=video)
    assert answers["calming"].status is Status.ABSTAIN
    assert answers["energy"].status is Status.EMPTY


def test_json_is_read_too(tmp_path: Path) -> None:
    assert ask(tmp_path, '{"Quiet lake": {"calming": false}}')["calming"].probability == 0.0


@pytest.mark.parametrize(
    ("answer", "said"),
    [("1", "must be one of"), ('"true"', "must be one of"), ("0.5", "a label is"), ("yes", "true or false")],
)
def test_labels_outside_the_list_are_the_users_error(tmp_path: Path, answer: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        ask(tmp_path, f"x: {{}}\nQuiet lake:\n  calming: {answer}\n")
    assert caught.value.line == 3


def test_a_contradicting_probability_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="contradicts"):
        ask(tmp_path, '"*": {calming: {label: true, probability: 0.2}}\n')


def test_a_file_is_needed() -> None:
    with pytest.raises(InputError, match="needs a file"):
        ScriptedAnnotator(AnnotatorSettings())
