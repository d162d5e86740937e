from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vibekit.formats.subtitles import transcript

SRT = """1
00:00:01,000 --> 00:00:02,500
Breathe <i>in</i>

2
00:00:03,000 --> 00:00:04,000
and out.
{\\an8}Slowly &amp; softly
"""

VTT = """WEBVTT
Kind: captions

STYLE
::cue { color: red }

NOTE this is no speech

intro
00:01.000 --> 00:02.000 align:start position:0%
<v Ann>Look</v> at <00:00:01.500><c>the lake

00:00:02.000 --> 00:00:03.000
{blank}
at the lake
""".replace("{blank}", " ")

ROLLING = """WEBVTT

00:00:00.000 --> 00:00:01.000
so today

00:00:01.000 --> 00:00:02.000
so today
we bake

00:00:02.000 --> 00:00:03.000
we bake
"""


def test_srt_without_numbers_times_and_tags() -> None:
    assert transcript(SRT) == "Breathe in\nand out.\nSlowly & softly"


def test_webvtt_without_styles_notes_names_and_voices() -> None:
    assert transcript(VTT) == "Look at the lake\nat the lake"


def test_captions_that_roll_are_said_once() -> None:
    assert transcript(ROLLING) == "so today\nwe bake"


def test_windows_and_old_mac_line_ends_and_a_byte_order_mark() -> None:
    assert transcript("\ufeff" + SRT.replace("\n", "\r\n")) == transcript(SRT)
    assert transcript(SRT.replace("\n", "\r")) == transcript(SRT)


def test_missing_blank_lines_do_not_turn_numbers_into_speech() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\none\n2\n00:00:02,000 --> 00:00:03,000\ntwo\n"
    assert transcript(text) == "one\ntwo"


def test_a_spoken_number_stays() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n42\n\n00:00:02,000 --> 00:00:03,000\ntwo\n"
    assert transcript(text) == "42\ntwo"


def test_text_without_times_holds_no_captions() -> None:
    assert transcript("just some notes\nabout --> a clip\n") == ""
    assert transcript("") == ""


@given(st.text(max_size=400))
def test_any_text_gives_lines_without_line_ends_and_repeats(text: str) -> None:
    lines = transcript(text).split("\n")
    assert all(a != b for a, b in pairwise(lines) if a)


@given(st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8}){0,3}", fullmatch=True), min_size=1, max_size=6))
def test_every_line_of_well_made_subtitles_is_kept(lines: list[str]) -> None:
    blocks = [f"{n}\n00:00:{n:02d},000 --> 00:00:{n + 1:02d},000\n{line}\n" for n, line in enumerate(lines, start=1)]
    kept = transcript("\n".join(blocks)).split("\n")
    assert kept == [line for n, line in enumerate(lines) if n == 0 or lines[n - 1] != line]


def test_words_between_angle_signs_are_kept_and_marks_are_not() -> None:
    cue = "1\n00:00:01,000 --> 00:00:02,000\n<i>If</i> x < 5 and <00:01.5>y > 3 then <c.loud>run</c>\n"
    assert transcript(cue) == "If x < 5 and y > 3 then run"
