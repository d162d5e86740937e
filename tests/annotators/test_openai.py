import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from support.openai_answers import BAD_ANSWERS
from support.openai_server import OpenAIServer
from support.questions import CALMING, ENERGY, MOOD, SILENT, a_question, a_video
from vibekit.annotators.answer import answer_schema
from vibekit.annotators.base import Question, Reply
from vibekit.annotators.openai import OpenAIAnnotator
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.annotation import ProbabilitySource, Status, Usage
from vibekit.core.attribute import Modality
from vibekit.core.media import Frame, FrameSampling, FrameSet, Media, MediaKind, MediaPlan, Sound, Verdict, VerdictState
from vibekit.core.video import Metadata
from vibekit.errors import InputError, ItemError, ServiceError, SetupError, TransientError
from vibekit.formats.prices import Price, PriceTable
from vibekit.openai_compat.request import portable

KEY = "loopback-key-never-shown"
FINE = Verdict(state=VerdictState.OK)
PICTURES = tuple(
    Frame(time_s=t, target_s=t, jpeg=b"\xff\xd8" + str(t).encode(), width=1, height=1) for t in (0.5, 1.25)
)
FRAMES = Media(
    plan=MediaPlan(kind=MediaKind.FRAMES, sampling=FrameSampling(frames=2), audio=True),
    frames=FrameSet(frames=PICTURES, verdict=FINE),
    sound=Sound(wav=b"RIFF", duration_s=2.0, verdict=FINE),
)
MUTE = replace(FRAMES, sound=None)
OTHERS = {"true": ["false", "null"], "false": ["true", "null"], "2": ["1", "3"], '"glad"': ['"sad"']}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


Ask = Callable[..., Reply]


@pytest.fixture
def ask(server: OpenAIServer) -> Ask:
    def run(question: Question, media: Media = MUTE, *, times: int = 1, **changed: Any) -> Reply:  # noqa: ANN401
        settings = AnnotatorSettings(**{"base_url": server.url, "model": "tiny-vl", **changed})
        return asyncio.run(_ask(settings, question, media, times=times))

    return run


async def _ask(settings: AnnotatorSettings, question: Question, media: Media, *, times: int) -> Reply:
    annotator = OpenAIAnnotator(settings)
    try:
        async with annotator.attach(media) as attached:
            for _ in range(times):
                reply = await annotator.ask(question, attached)
            return reply
    finally:
        await annotator.aclose()


def test_labels_of_every_kind_come_back(server: OpenAIServer, ask: Ask) -> None:
    server.labels = {"Quiet lake": {"calming": False, "energy": 2, "mood": "glad"}}
    reply = ask(a_question(CALMING, ENERGY, MOOD))
    assert {name: a.label for name, a in reply.answers.items()} == {"calming": False, "energy": 2, "mood": "glad"}
    assert {a.probability_source for a in reply.answers.values()} == {ProbabilitySource.VERBAL}
    assert reply.usage == Usage(prompt=900, cached=500, output=50, thoughts=30)
    assert (reply.cost_usd, reply.retry) == (0.0, False)


@pytest.mark.parametrize("split", ["words", "merged", "letters", "pairs", "odd"])
def test_probabilities_of_tokens_are_used_where_the_server_gives_them(
    server: OpenAIServer, ask: Ask, split: str
) -> None:
    server.labels = {"Quiet lake": {"calming": False, "energy": 2, "mood": "glad"}}
    server.logprobs, server.sure, server.others = split, 0.8, OTHERS
    answers = ask(a_question(CALMING, ENERGY, MOOD)).answers
    assert {a.probability_source for a in answers.values()} == {ProbabilitySource.LOGPROB}
    assert [answers[name].probability for name in ("calming", "energy", "mood")] == [
        pytest.approx(1 / 9, abs=1e-6),
        pytest.approx(0.8),
        pytest.approx(0.8),
    ]
    assert (server.bodies[0]["logprobs"], server.bodies[0]["top_logprobs"]) == (True, 5)


def test_a_server_without_probabilities_is_asked_for_them_once(server: OpenAIServer, ask: Ask) -> None:
    server.logprobs = "refused"
    reply = ask(a_question(), times=3)
    assert reply.answers["calming"].probability_source is ProbabilitySource.VERBAL
    assert ["logprobs" in body for body in server.bodies] == [True, False, False, False]


def test_the_constant_part_is_first_and_the_id_before_media_and_words(server: OpenAIServer, ask: Ask) -> None:
    ask(a_question())
    ask(a_question(video=a_video(metadata=Metadata(title="Other")), request_id="other1"))
    (system, user), (system_2, _) = (body["messages"] for body in server.bodies)
    assert system == system_2
    assert (system["role"], user["role"]) == ("system", "user")
    assert CALMING.definition in system["content"]
    kinds = [p["text"].split("\n")[0][:16] if p["type"] == "text" else p["type"] for p in user["content"]]
    assert kinds[1:] == [
        "Frame at 0.50 s:", "image_url", "Frame at 1.25 s:", "image_url", "BEGIN UNTRUSTED ", "That is all. Not",
    ]  # fmt: skip
    assert "request_id: q1w2e3\n" in user["content"][0]["text"]


def test_sound_goes_along_where_it_was_taken(server: OpenAIServer, ask: Ask) -> None:
    ask(a_question(), FRAMES)
    ask(a_question(replace(CALMING, modalities=(Modality.AUDIO,))), FRAMES)
    sent = [[p["type"] for p in body["messages"][1]["content"] if p["type"] != "text"] for body in server.bodies]
    assert sent == [["image_url", "image_url", "input_audio"], ["input_audio"]]


def test_no_file_name_and_no_id_of_the_video_is_sent(server: OpenAIServer, ask: Ask) -> None:
    ask(a_question(video=a_video("secret-label-calming.mp4")))
    assert "secret-label" not in str(server.bodies[0])
    assert "abababab" not in str(server.bodies[0])


STATUS = {
    **dict.fromkeys(BAD_ANSWERS, Status.INVALID),
    **dict.fromkeys(("refusal", "content_filter"), Status.BLOCKED),
    **dict.fromkeys(("empty", "blank", "no_choices", "reasoning_only", "tool_calls"), Status.EMPTY),
}


@pytest.mark.parametrize("fault", BAD_ANSWERS)
@pytest.mark.parametrize("logprobs", ["ignored", "odd"])
def test_a_bad_answer_has_its_status_and_no_label(server: OpenAIServer, ask: Ask, fault: str, logprobs: str) -> None:
    server.faults, server.logprobs = [fault], logprobs
    reply = ask(a_question(CALMING, ENERGY))
    for answer in reply.answers.values():
        assert (answer.status, answer.label, answer.probability) == (STATUS[fault], None, None)
        assert answer.reason
    assert reply.retry == (fault not in ("refusal", "content_filter"))
    assert reply.usage.prompt > 0


def test_reasoning_in_the_answer_says_what_to_type(server: OpenAIServer, ask: Ask) -> None:
    server.faults = ["thinking_inside"]
    assert "--reasoning-parser" in ask(a_question()).answers["calming"].reason


def test_a_server_that_counts_no_tokens_costs_what_was_expected(server: OpenAIServer, ask: Ask) -> None:
    server.faults = ["uncounted"]
    prices = PriceTable(as_of="2026-11-21", source="", models={"tiny-vl": (("", Price(input=2.0, output=4.0)),)})
    reply = ask(a_question(), prices=prices)
    assert reply.usage == Usage()
    annotator = OpenAIAnnotator(AnnotatorSettings(base_url=server.url, model="tiny-vl", prices=prices))
    assert reply.cost_usd == annotator.estimate(a_question(), MUTE.plan).cost_usd > 0


def test_a_cut_answer_is_not_asked_again_under_the_users_own_limit(server: OpenAIServer, ask: Ask) -> None:
    server.faults = ["length"]
    reply = ask(a_question(), max_output_tokens=20)
    assert not reply.retry
    assert "--max-output-tokens" in reply.answers["calming"].reason


FAILURES: dict[str, tuple[type[Exception], str]] = {
    "400": (ItemError, "cannot identify image"),
    "400_context": (ItemError, "--frames"),
    "400_images": (ServiceError, "refuses the pictures"),
    "500_images": (ServiceError, "refuses the pictures"),
    "400_schema": (ServiceError, "response_format"),
    "400_setting": (ServiceError, "settings of every call"),
    "401": (SetupError, "refuses the key"),
    "403": (SetupError, "refuses the key"),
    "404": (ServiceError, "has no model 'tiny-vl'"),
    "422": (ItemError, "422"),
    "429": (TransientError, "rate_limit"),
    "429_money": (ServiceError, "quota"),
    "500": (TransientError, "server"),
    "503": (TransientError, "overload"),
    "302": (ServiceError, "elsewhere"),
    "402": (ServiceError, "quota"),
    "405": (ServiceError, "takes no questions"),
    "200_error": (TransientError, "server"),
    "not_json": (TransientError, "server"),
    "reset": (TransientError, "network"),
    "reset_mid": (TransientError, "network"),
    "disconnect": (TransientError, "network"),
    "hang": (TransientError, "timeout"),
}


@pytest.mark.parametrize("fault", FAILURES)
def test_failures_are_sorted_and_sent_once(
    server: OpenAIServer, ask: Ask, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.faults = [fault]
    kind, word = FAILURES[fault]
    with pytest.raises(kind) as caught:
        ask(a_question(), timeout_s=0.7 if fault == "hang" else 30.0)
    error = caught.value
    assert type(error) is kind or isinstance(error, ServiceError)
    assert word == getattr(error, "kind", "") or word in str(error)
    if isinstance(error, (ServiceError, SetupError)):
        assert error.hint
    assert KEY not in f"{error!r} {getattr(error, 'hint', '')}"
    assert error.__cause__ is None
    assert error.__context__ is None
    assert sum(entry["action"] == "chat" for entry in server.log) == 1


def test_sound_that_the_server_refuses_ends_the_run(server: OpenAIServer, ask: Ask) -> None:
    server.faults = ["400_audio"]
    with pytest.raises(ServiceError, match="refuses the sound") as caught:
        ask(a_question(), FRAMES)
    assert "--no-audio" in caught.value.hint
    server.faults = ["400_audio"]
    with pytest.raises(ItemError):
        ask(a_question(), MUTE)


def test_a_time_to_wait_is_obeyed(server: OpenAIServer, ask: Ask) -> None:
    server.faults, server.retry_after = ["429"], "7"
    with pytest.raises(TransientError) as caught:
        ask(a_question())
    assert caught.value.retry_after_s == 7.0


def test_nobody_there_is_the_network(ask: Ask) -> None:
    with pytest.raises(TransientError, match=r"no answer from http://127\.0\.0\.1:9/v1") as caught:
        ask(a_question(), base_url="http://127.0.0.1:9/v1")
    assert caught.value.kind == "network"


def test_settings_are_sent(server: OpenAIServer, ask: Ask) -> None:
    ask(
        a_question(sample=3),
        seed=4,
        temperature=0.5,
        thinking="low",
        max_output_tokens=900,
        extra_body='{"chat_template_kwargs": {"enable_thinking": false}, "top_logprobs": 2}',
    )
    sent = {k: v for k, v in server.bodies[0].items() if k not in ("messages", "response_format")}
    assert sent == {
        "model": "tiny-vl",
        "seed": 7,
        "temperature": 0.5,
        "reasoning_effort": "low",
        "max_tokens": 900,
        "logprobs": True,
        "top_logprobs": 2,
        "chat_template_kwargs": {"enable_thinking": False},
    }


def test_a_further_try_has_another_seed(server: OpenAIServer, ask: Ask) -> None:
    server.faults = ["fenced", "empty", "ok", "ok"]
    ask(a_question(), times=4)
    assert [body["seed"] for body in server.bodies] == [0, 1000, 2000, 0]


def test_without_a_key_none_of_the_users_is_sent(server: OpenAIServer, ask: Ask) -> None:
    ask(a_question())
    assert server.log[-1]["key"] == "none"


def test_a_key_comes_from_the_environment(server: OpenAIServer, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    server.valid_keys = {KEY}
    with pytest.raises(SetupError, match="refuses the key") as caught:
        ask(a_question())
    assert "export OPENAI_API_KEY" in caught.value.hint
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert ask(a_question()).answers["calming"].label is True


@pytest.mark.parametrize("schema", [answer_schema([CALMING, ENERGY, MOOD])])
def test_the_portable_schema_takes_the_same_answers_but_for_bounds(schema: dict[str, Any]) -> None:
    one = {"evidence": [], "rationale": "r", "probability": 0.5}
    good = {"calming": {**one, "label": None}, "energy": {**one, "label": 2}, "mood": {**one, "label": "glad"}}
    made = Draft202012Validator(portable(schema))
    assert made.is_valid({"request_id": "x", "answers": good})
    for bad in ({**one, "label": "yes"}, {**one, "label": 1}, one):
        assert not made.is_valid({"request_id": "x", "answers": {**good, "calming": bad}})
    assert list(portable(schema)["properties"]["answers"]["properties"]["mood"]["properties"]) == [
        "evidence", "rationale", "label", "probability",
    ]  # fmt: skip


def annotator(server: OpenAIServer, **changed: Any) -> OpenAIAnnotator:  # noqa: ANN401
    return OpenAIAnnotator(AnnotatorSettings(**{"base_url": server.url, **changed}))


def test_the_only_model_of_a_server_is_taken(server: OpenAIServer) -> None:
    made = annotator(server)
    made.check()
    assert made.info.model == "tiny-vl"
    server.models = ["another"]
    assert made.info.model == "tiny-vl"
    assert len(server.log) == 1


def test_of_several_models_one_must_be_named(server: OpenAIServer) -> None:
    server.models = ["tiny-vl", "large-vl"]
    with pytest.raises(InputError, match="tiny-vl, large-vl") as caught:
        annotator(server).check()
    assert caught.value.hint == "give --model 'tiny-vl'"
    annotator(server, model="large-vl").check()
    with pytest.raises(ServiceError, match="no model 'large-v'") as refused:
        annotator(server, model="large-v").check()
    assert "did you mean 'large-vl'?" in refused.value.hint


def test_a_server_without_a_list_is_believed_when_a_model_is_named(server: OpenAIServer) -> None:
    server.models = []
    annotator(server, model="any").check()
    with pytest.raises(ServiceError, match="which model"):
        annotator(server).check()


def test_a_server_that_is_away_is_found_early() -> None:
    made = OpenAIAnnotator(AnnotatorSettings(base_url="http://127.0.0.1:9/v1", model="x"))
    with pytest.raises(ServiceError, match=r"no answer from http://127\.0\.0\.1:9/v1") as caught:
        made.check()
    assert "start the server" in caught.value.hint


def test_planning_and_estimating_need_no_server_for_a_named_model() -> None:
    made = OpenAIAnnotator(AnnotatorSettings(model="x", thinking="low"))
    question = a_question(CALMING, ENERGY)
    estimate = made.estimate(question, made.plan(question.video, question.attributes))
    assert estimate.usage.prompt > 1000
    assert estimate.usage.thoughts > 0
    assert estimate.cost_usd == 0.0
    assert made.info.settings["address"] == "http://127.0.0.1:8000/v1"


def test_what_can_change_an_answer_is_in_info(monkeypatch: pytest.MonkeyPatch) -> None:
    base = OpenAIAnnotator(AnnotatorSettings(model="m")).info
    assert (base.name, base.model) == ("openai", "m")
    changed: dict[str, Any] = {
        "temperature": 1.0,
        "thinking": "low",
        "seed": 1,
        "max_output_tokens": 5,
        "extra_body": '{"top_k": 1}',
        "withhold": ("text",),
        "base_url": "http://other:8000/v1",
    }
    for name, value in changed.items():
        assert OpenAIAnnotator(AnnotatorSettings(**{"model": "m", name: value})).info != base, name
    same = AnnotatorSettings(model="m", connections=3, timeout_s=1, extra_body="{ }")
    assert OpenAIAnnotator(same).info == base
    monkeypatch.setenv("OPENAI_BASE_URL", "http://user:hunter2@other:8000/v1?token=abc")
    shown = json.dumps(dict(OpenAIAnnotator(AnnotatorSettings(model="m")).info.settings))
    assert "http://other:8000/v1" in shown
    assert "hunter2" not in shown
    assert "abc" not in shown


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"media": "video"}, "sends frames"),
        ({"base_url": "localhost:8000"}, "not an address"),
        ({"base_url": "http://u:hunter2@h/v1"}, "a password"),
        ({"extra_body": "{'a': 1}"}, "not JSON"),
        ({"extra_body": "[1]"}, "not a JSON object"),
        ({"extra_body": '{"a": 1, "a": 2}'}, "named twice"),
        ({"extra_body": '{"a": NaN}'}, "not JSON"),
        ({"extra_body": '{"temperature": 0}'}, "sets 'temperature'"),
        ({"extra_body": '{"response_format": {}}'}, "vibekit sets itself"),
        ({"extra_body": '{"api_key": "x"}'}, "secret"),
        ({"withhold": ("texts",)}, "no modality 'texts'"),
    ],
)
def test_bad_settings_are_the_users_error(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        OpenAIAnnotator(AnnotatorSettings(model="m", **changed))
    assert caught.value.hint
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_what_is_withheld_is_not_sent(server: OpenAIServer, ask: Ask) -> None:
    ask(a_question(), FRAMES, withhold=("text",))
    ask(a_question(), MUTE, withhold=("frames",))
    ask(a_question(), Media(plan=MediaPlan(kind=MediaKind.NONE)), withhold=("text", "audio", "frames"))
    ask(a_question(SILENT), MUTE, withhold=("text",))
    kinds = [[p["type"] for p in body["messages"][1]["content"]] for body in server.bodies]
    assert [k.count("image_url") for k in kinds] == [2, 0, 0, 2]
    assert ["Quiet lake" in json.dumps(body) for body in server.bodies] == [False, True, False, False]
    assert kinds[2] == ["text", "text"]


def test_the_package_may_be_missing(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openai", None)
    made = annotator(server, model="tiny-vl")
    made.plan(a_video(), (CALMING,))
    with pytest.raises(SetupError, match="needs the package 'openai'") as caught:
        made.check()
    assert caught.value.hint == "pip install 'vibekit[openai]'"
