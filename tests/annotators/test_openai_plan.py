from dataclasses import replace

import pytest

from support.questions import CALMING, SILENT, a_video
from vibekit.annotators.openai_plan import media_usage, plan_media
from vibekit.annotators.settings import AnnotatorSettings
from vibekit.core.attribute import Modality
from vibekit.core.media import FrameSampling, MediaKind
from vibekit.errors import InputError

DEAF = AnnotatorSettings(model="m", audio=False)
HEARS = AnnotatorSettings(model="m", audio=True)
HEARD = replace(CALMING, modalities=(Modality.AUDIO,))


def test_frames_go_and_the_line_says_that_the_sound_did_not() -> None:
    plan = plan_media(a_video(), (CALMING,), DEAF)
    assert (plan.kind, plan.audio, plan.sampling) == (MediaKind.FRAMES, False, FrameSampling())
    assert " -audio " in plan.describe()
    assert "without the sound" in plan.why
    for video, attribute in ((a_video(audio=None), CALMING), (a_video(), SILENT)):
        assert " -audio " not in plan_media(video, (attribute,), DEAF).describe()


def test_a_muted_plan_has_the_key_of_one_without_sound() -> None:
    muted, silent = plan_media(a_video(), (CALMING,), DEAF), plan_media(a_video(audio=None), (CALMING,), DEAF)
    assert muted.answering() == silent.answering()


def test_sound_goes_where_the_user_says_so() -> None:
    plan = plan_media(a_video(), (CALMING,), HEARS)
    assert plan.audio
    assert " +audio " in plan.describe()
    alone = plan_media(a_video(), (HEARD,), HEARS)
    assert (alone.kind, alone.audio) == (MediaKind.FRAMES, True)


def test_what_is_judged_by_sound_alone_is_not_labelled_from_nothing() -> None:
    with pytest.raises(InputError, match="sound alone") as caught:
        plan_media(a_video(), (HEARD,), DEAF)
    assert "--audio" in caught.value.hint
    assert plan_media(a_video(), (HEARD,), replace(DEAF, withhold=("audio",))).kind is MediaKind.NONE


def test_words_alone_say_that_the_sound_was_not_sent() -> None:
    heard = replace(CALMING, modalities=(Modality.AUDIO, Modality.TEXT))
    plan = plan_media(a_video(), (heard,), DEAF)
    assert (plan.kind, plan.describe()) == (MediaKind.NONE, "none -audio")
    assert "without the sound" in plan.why
    assert plan_media(a_video(audio=None), (heard,), DEAF).describe() == "none"


def test_text_alone_needs_no_media() -> None:
    words = replace(CALMING, modalities=(Modality.TEXT,))
    assert plan_media(a_video(), (words,), DEAF).kind is MediaKind.NONE


def test_withheld_frames_leave_words() -> None:
    assert plan_media(a_video(), (CALMING,), replace(DEAF, withhold=("frames",))).kind is MediaKind.NONE
    heard = plan_media(a_video(), (CALMING,), replace(HEARS, withhold=("frames",)))
    assert (heard.kind, heard.audio) == (MediaKind.FRAMES, True)


def test_tokens_follow_the_size_of_the_picture() -> None:
    video = a_video()
    small, large = (replace(DEAF, sampling=FrameSampling(frames=4, long_side=n)) for n in (56, 512))
    # 640x360 shrunk to 56x32 and 512x288, in patches of 28; 7 tokens for the time
    assert media_usage(video, plan_media(video, (CALMING,), small)) == (4 * (2 * 2 + 7), 0)
    assert media_usage(video, plan_media(video, (CALMING,), large)) == (4 * (19 * 11 + 7), 0)
    assert media_usage(video, plan_media(video, (CALMING,), HEARS))[1] == 6 * 32
