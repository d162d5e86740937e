from dataclasses import replace

import pytest

from support.questions import CALMING, MP4, SILENT, a_video
from vibekit.annotators.gemini_plan import plan_media
from vibekit.annotators.settings import AnnotatorSettings, MediaChoice
from vibekit.core.attribute import Modality
from vibekit.core.media import FrameSampling, MediaKind, MediaPlan
from vibekit.errors import InputError

SETTINGS = AnnotatorSettings()


def test_auto_takes_what_costs_fewer_tokens_and_says_so() -> None:
    short = plan_media(a_video(duration_s=6.0), (CALMING,), SETTINGS)
    assert (short.kind, short.mime, short.fps) == (MediaKind.VIDEO, "video/mp4", 1.0)
    # 6 frames of 70 + 7, 6 s of sound at 32; 16 pictures of 280 + 7 and the same sound
    assert short.why == "video costs about 654 tokens, 16 frames 4784"
    long = plan_media(a_video(duration_s=600.0), (CALMING,), SETTINGS)
    assert long.kind is MediaKind.FRAMES
    assert long.audio
    assert long.why == "16 frames cost about 23792 tokens, video 65400"


def test_the_family_of_the_model_decides() -> None:
    video = a_video(duration_s=20.0, audio=None)
    few = replace(SETTINGS, sampling=FrameSampling(frames=8))
    assert plan_media(video, (CALMING,), few).kind is MediaKind.VIDEO
    assert plan_media(video, (CALMING,), replace(few, model="gemini-2.5-flash")).kind is MediaKind.FRAMES


@pytest.mark.parametrize(
    ("container", "name", "codec", "audio", "mime"),
    [
        (MP4, "a.mp4", "h264", "aac", "video/mp4"),
        (MP4, "a.MOV", "h264", "aac", "video/quicktime"),
        (MP4, "a.3gp", "h263", None, "video/3gpp"),
        (MP4, "a.mkv", "h264", "aac", "video/mp4"),
        (MP4, "a", "h264", "aac", "video/mp4"),
        ("matroska,webm", "a.webm", "vp9", "opus", "video/webm"),
        ("matroska,webm", "a.webm", "h264", "opus", None),
        ("matroska,webm", "a.webm", "vp9", "aac", None),
        ("matroska,webm", "a.mkv", "vp9", "opus", None),
        ("matroska,webm", "a.mp4", "h264", "aac", None),
        ("flv", "a.mp4", "h264", "aac", "video/x-flv"),
        ("mpeg", "a.mpg", "mpeg2video", "mp2", "video/mpeg"),
        ("asf", "a.wmv", "wmv2", "wmav2", "video/wmv"),
        ("avi", "a.mp4", "mpeg4", "mp3", None),
        ("gif", "a.gif", "gif", None, None),
        ("mpegts", "a.ts", "h264", "aac", None),
        ("ogg", "a.ogv", "theora", "vorbis", None),
    ],
)
@pytest.mark.parametrize("media", ["auto", "video"])
def test_the_declared_type_is_the_containers(
    container: str, name: str, codec: str, audio: str | None, mime: str | None, media: str
) -> None:
    video = a_video(name, container=container, codec=codec, audio=audio)
    plan = plan_media(video, (CALMING,), replace(SETTINGS, media="video" if media == "video" else "auto"))
    if mime is None:
        assert plan.kind is MediaKind.FRAMES
        assert container in plan.why
    else:
        assert (plan.kind, plan.mime) == (MediaKind.VIDEO, mime)


def test_without_a_length_frames_go() -> None:
    plan = plan_media(a_video(duration_s=None), (CALMING,), replace(SETTINGS, media="video"))
    assert plan.kind is MediaKind.FRAMES
    assert "length" in plan.why


def test_an_attribute_without_sound_is_not_sent_sound() -> None:
    plan = plan_media(a_video(), (SILENT,), SETTINGS)
    assert (plan.kind, plan.audio) == (MediaKind.FRAMES, False)
    assert plan_media(a_video(audio=None), (SILENT,), SETTINGS).kind is MediaKind.VIDEO
    forced = plan_media(a_video(), (SILENT,), replace(SETTINGS, media="video"))
    assert forced.kind is MediaKind.VIDEO


def test_no_audio_is_a_wish_as_well() -> None:
    plan = plan_media(a_video(), (CALMING,), replace(SETTINGS, audio=False))
    assert (plan.kind, plan.audio) == (MediaKind.FRAMES, False)


def test_frames_that_were_asked_for_go_with_sound() -> None:
    plan = plan_media(a_video(), (CALMING,), replace(SETTINGS, media="frames"))
    assert (plan.kind, plan.audio, plan.sampling) == (MediaKind.FRAMES, True, FrameSampling())
    assert not plan_media(a_video(audio=None), (CALMING,), replace(SETTINGS, media="frames")).audio


def test_text_alone_needs_no_media() -> None:
    words = replace(CALMING, modalities=(Modality.TEXT,))
    assert plan_media(a_video(), (words,), SETTINGS).kind is MediaKind.NONE


def test_sound_alone_sends_sound() -> None:
    heard = replace(CALMING, modalities=(Modality.AUDIO,))
    plan = plan_media(a_video(), (heard,), SETTINGS)
    assert (plan.kind, plan.audio) == (MediaKind.FRAMES, True)


def test_vertex_takes_no_large_videos() -> None:
    large = a_video(size=50_000_000)
    assert plan_media(large, (CALMING,), SETTINGS).kind is MediaKind.VIDEO
    plan = plan_media(large, (CALMING,), replace(SETTINGS, vertex=True, media="video"))
    assert plan.kind is MediaKind.FRAMES
    assert "Vertex" in plan.why


def test_attributes_that_may_see_different_things_do_not_share_a_call() -> None:
    with pytest.raises(InputError, match="cannot share a call") as caught:
        plan_media(a_video(), (CALMING, SILENT), SETTINGS)
    assert "--attributes-per-call 1" in caught.value.hint


def test_what_is_withheld_is_not_planned() -> None:
    def plan(*held: str, media: MediaChoice = "auto") -> MediaPlan:
        return plan_media(a_video(), (CALMING,), replace(SETTINGS, withhold=held, media=media))

    assert plan("text").kind is MediaKind.VIDEO
    for silent in (plan("audio"), plan("audio", media="video")):
        assert (silent.kind, silent.audio) == (MediaKind.FRAMES, False)
    assert (plan("frames").kind, plan("frames").audio) == (MediaKind.FRAMES, True)
    assert plan("frames", "audio").kind is MediaKind.NONE
    assert plan("frames", "audio", "text").why == "withheld: audio, frames, text"
