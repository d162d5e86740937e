"""The pages in a real browser: nothing is fetched, nothing fails, nothing runs over the edge of a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.chromium import chromium
from support.score_reports import categorical, comparison, frames, ordinal, report, rich, undefined
from vibekit.reports.write import write_comparison, write_report

COLOUR = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.slow
def test_pages_in_a_browser(tmp_path: Path) -> None:
    score = report(rich(), ordinal(), categorical(), undefined())
    page, *_ = write_report(score, tmp_path, frames=frames(rich().errors))
    other, *_ = write_comparison(comparison(), tmp_path)
    said: list[str] = []
    asked: set[str] = set()
    with chromium() as browser:
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
            tab = context.new_page()
            tab.on("console", lambda message: said.append(message.text))
            tab.on("pageerror", lambda error: said.append(str(error)))
            tab.on("request", lambda request: asked.add(request.url.partition(":")[0]))
            for path in (page, other):
                tab.goto(path.as_uri())
                tab.get_by_role("button", name="Open all").click()
                assert tab.locator("details[open]").count() == tab.locator("details").count() > 1
                assert tab.evaluate("document.documentElement.scrollWidth") <= 390
            dark = tab.evaluate(COLOUR)
            tab.get_by_role("button", name="Dark / light").click()
            assert tab.evaluate(COLOUR) != dark
            tab.goto(page.as_uri() + "#attribute-energy")
            assert tab.locator("#attribute-energy").get_attribute("open") is not None
            assert tab.locator("#attribute-calming").get_attribute("open") is None
            context.close()
    assert said == []
    assert asked <= {"file", "data"}
