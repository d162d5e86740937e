"""The page in a real browser, by keyboard only: videos play, nothing is lost, repeats stay apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.chromium import chromium
from support.labelling import events, served, write_set
from vibekit.core.golden import EventKind
from vibekit.core.ratings import standing
from vibekit.media.synthesis import ClipSpec, Shot, write_clip
from vibekit.stages.golden.label import LabelConfig

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow
PATIENCE_MS = 60_000
SETTLED_MS = 320
"""A little more than the page waits before it takes an answer."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def come_in(browser: Browser, url: str, **options: object) -> Page:
    """Open a link in a browser of its own and start by keyboard."""
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.errors = errors  # type: ignore[attr-defined]
    page.goto(url)
    page.wait_for_url("**/")
    return page


def start(page: Page) -> None:
    """Leave the first screen with the keyboard."""
    page.wait_for_selector("#screen-start:not([hidden])")
    page.keyboard.press("Enter")
    ready(page)


def ready(page: Page) -> None:
    """Wait until the video is there and the page takes an answer."""
    page.wait_for_function("() => { const v = document.getElementById('video'); return v.readyState >= 2; }")
    page.wait_for_timeout(SETTLED_MS)


def press(page: Page, key: str) -> None:
    """Answer, and wait until the server has said that it is saved."""
    shown = page.get_attribute("#video", "src")
    page.keyboard.press(key)
    page.wait_for_function(
        "(old) => document.getElementById('video').getAttribute('src') !== old", arg=shown, timeout=PATIENCE_MS
    )
    page.wait_for_function("() => document.getElementById('status').textContent !== 'Saving …'")


def is_done(page: Page) -> bool:
    return page.is_visible("#screen-done")


def finish(page: Page, key: str) -> int:
    """Answer everything that is left."""
    answered = 0
    while not is_done(page):
        ready(page)
        press(page, key)
        answered += 1
    return answered


def test_two_raters_at_once_by_keyboard_one_closes_and_comes_back(
    browser: Browser, tmp_path: Path, six_clips: list[Path]
) -> None:
    golden = write_set(tmp_path / "golden" / "g", six_clips[:5])
    with served(LabelConfig(path=golden, raters=("anna", "ben"))) as server:
        anna = come_in(browser, server.links[0].url)
        ben = come_in(browser, server.links[1].url)
        start(anna)
        start(ben)
        press(anna, "y")
        press(ben, "n")
        ready(anna)
        press(anna, "a")
        context = anna.context
        anna.close()
        ready(ben)
        press(ben, "2")
        anna = context.new_page()
        anna.goto(f"http://127.0.0.1:{server.port}/")
        start(anna)
        assert anna.text_content("#count") == "2 of 6"
        anna.keyboard.press("u")
        anna.wait_for_function("() => document.getElementById('status').textContent.startsWith('Taken back')")
        ready(anna)
        anna.keyboard.press("Shift+N")
        anna.keyboard.type("slow y n 1 waves")
        anna.keyboard.press("Escape")
        press(anna, "y")
        assert (finish(anna, "1"), finish(ben, "n")) == (4, 4)
        assert ben.errors == []  # type: ignore[attr-defined]
    log = events(golden)
    final = standing(log)
    assert {(key[0], e.value) for key, e in final.items()} == {("anna", True), ("ben", False)}
    assert len(final) == 12
    assert sorted(key[3] for key in final) == [0] * 10 + [1] * 2
    assert [e.note for e in log if e.note] == ["slow y n 1 waves"]
    assert [e.kind for e in log].count(EventKind.UNDO) == 1
    assert all(e.seconds and e.watched for e in final.values())


def test_videos_play_also_those_that_browsers_do_not_know(browser: Browser, tmp_path: Path) -> None:
    shots = (Shot(seconds=3.0, speed=0.5),)
    clips = [tmp_path / "known.mp4", tmp_path / "old.avi", tmp_path / "free.webm"]
    codecs = ("libx264", "mpeg4", "libvpx-vp9")
    for path, codec in zip(clips, codecs, strict=True):
        write_clip(path, ClipSpec(shots=shots, codec=codec, width=128, height=72, fps=12, b_frames=0))
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clips[0].read_bytes()[:900])
    golden = write_set(tmp_path / "golden" / "g", [*clips, broken], attributes=("production_quality",))
    with served(LabelConfig(path=golden, raters=("anna",), repeats=0)) as server:
        page = come_in(browser, server.links[0].url)
        page.wait_for_selector("#screen-start:not([hidden])")
        page.keyboard.press("Enter")
        played, refused = 0, 0
        while not is_done(page):
            page.wait_for_function(
                "() => { const v = document.getElementById('video'); return v.currentTime > 0.3 || v.error; }"
            )
            if page.evaluate("() => document.getElementById('video').error !== null"):
                page.wait_for_timeout(SETTLED_MS)
                page.keyboard.press("3")
                page.wait_for_function(
                    "() => document.getElementById('status').textContent.includes('cannot be rated')"
                )
                refused += 1
                press(page, "s")
                continue
            assert page.evaluate("() => !document.getElementById('video').muted"), "after a key there is sound"
            page.keyboard.press("ArrowRight")
            page.wait_for_function("() => document.getElementById('video').currentTime > 2")
            played += 1
            press(page, "4")
        assert (played, refused) == (3, 1)
        assert page.is_visible("#again")
        assert any("cannot be shown" in line for line in server.said)
    assert sorted(str(e.kind) for e in events(golden)) == ["rating", "rating", "rating", "skip"]
    assert all(0.05 < (e.watched or 0) < 1 for e in events(golden) if e.kind is EventKind.RATING)


def test_it_looks_right_and_holds_on_when_the_server_is_away(
    browser: Browser, tmp_path: Path, six_clips: list[Path]
) -> None:
    golden = write_set(tmp_path / "golden" / "g", six_clips[:1], attributes=("calming", "cozy"))
    with served(LabelConfig(path=golden, repeats=0)) as server:
        page = come_in(browser, server.links[0].url, color_scheme="dark", viewport={"width": 1280, "height": 800})
        page.wait_for_selector("#screen-name:not([hidden])")
        page.keyboard.type("anna")
        page.keyboard.press("Enter")
        start(page)
        dark = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        look(page, "dark")
        page.emulate_media(color_scheme="light")
        assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") != dark
        look(page, "light")
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        look(page, "phone")
        page.keyboard.press("?")
        assert page.is_visible("#help")
        look(page, "help")
        page.keyboard.press("Escape")
        page.context.set_offline(True)
        page.keyboard.press("y")
        page.wait_for_selector("#alert:not([hidden])")
        assert "Not saved yet" in (page.text_content("#alert") or "")
        assert events(golden) == []
        page.context.set_offline(False)
        page.wait_for_function("() => document.getElementById('status').textContent === 'Saved: Yes'")
        assert [e.value for e in events(golden)] == [True]
        page.wait_for_selector("#screen-new:not([hidden])")
        page.wait_for_timeout(SETTLED_MS)
        page.keyboard.press("y")
        assert page.is_visible("#screen-new"), "a hand that got used to the last question answers nothing"
        look(page, "new")
        page.keyboard.press("Enter")
        ready(page)
        press(page, "n")
        assert page.is_visible("#screen-done")
        assert [e.value for e in events(golden)] == [True, False]
        assert page.evaluate("() => document.cookie") == "", "scripts cannot read the cookie"


def look(page: Page, name: str) -> None:
    """Keep a picture for people when they ask for it."""
    if folder := os.environ.get("VIBEKIT_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"label-{name}.png"), full_page=True)
