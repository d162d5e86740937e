"""Subtitles (.srt, .vtt) to a plain transcript: what is said, without times, tags and repeats."""

from __future__ import annotations

import html
import re

SUBTITLE_SUFFIXES = (".srt", ".vtt")

_TIME = r"(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")


def transcript(text: str) -> str:
    """Return what is said in SRT or WebVTT text, one line per caption line; empty when it holds no caption.

    Styles, notes, cue names, times and tags are dropped, and so is a line that repeats the line before it, which is
    how automatic captions roll.
    """
    spoken: list[str] = []
    for line in _caption_lines(text.removeprefix("\ufeff")):
        words = " ".join(html.unescape(_TAG.sub("", line)).split())
        if words and (not spoken or spoken[-1] != words):
            spoken.append(words)
    return "\n".join(spoken)


def _caption_lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found: list[str] = []
    inside = False
    last = -1
    for number, line in enumerate(lines):
        if _TIMING.match(line):
            # Without a blank line between two captions, the number of the second looks like words of the first.
            if inside and last == number - 1 and found[-1].strip().isdigit():
                found.pop()
            inside = True
        elif not line:
            inside = False
        elif inside:
            found.append(line)
            last = number
    return found
