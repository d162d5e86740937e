"""The report of a score, in its three forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from support.markup import parse
from support.score_reports import categorical, comparison, frames, of_the_paper, ordinal, report, rich, undefined
from vibekit.core.estimate import Estimate
from vibekit.core.score import ScoreReport
from vibekit.core.score_parts import Slice
from vibekit.formats.compare_report import read_compare_report
from vibekit.formats.score_report import SAMPLE, read_score_report
from vibekit.reports.compare_html import compare_html
from vibekit.reports.compare_markdown import compare_markdown
from vibekit.reports.github import github_summary
from vibekit.reports.html import html
from vibekit.reports.markdown import markdown
from vibekit.reports.write import COMPARE_FILES, FILES, write_comparison, write_report

ALL = report(rich(), ordinal(), categorical(), undefined())
EMPTY = replace(ALL, attributes={}, gates=(), macro={}, micro={}, warnings=())


@cache
def page_of_all() -> str:
    """The page of everything, made once."""
    return html(ALL, frames=frames(rich().errors))


def words_of_page(report: ScoreReport) -> str:
    """What a reader of the page sees."""
    return parse(page_of_all() if report is ALL else html(report)).text


@pytest.mark.parametrize("score", [ALL, EMPTY, SAMPLE], ids=["everything", "nothing", "sample"])
def test_the_page_is_whole(score: ScoreReport) -> None:
    page = parse(page_of_all() if score is ALL else html(score))
    assert page.faults == []
    known = set(page.ids)
    named = [name for value in page.values("aria-labelledby") for name in value.split()]
    named += [value[1:] for value in page.values("href") if value.startswith("#")]
    assert [name for name in named if name not in known] == []


def test_the_page_needs_nothing_from_outside() -> None:
    text = page_of_all()
    page = parse(text)
    assert [v for v in page.values("src") + page.values("href") if not v.startswith(("data:", "#"))] == []
    assert "http:" not in text
    assert "https:" not in text
    assert "url(#" in text
    assert not re.search(r"url\((?!#)|@import|@font-face", text)


@pytest.mark.parametrize("render", [words_of_page, markdown, github_summary])
def test_the_table_of_the_paper(render: Callable[[ScoreReport], str]) -> None:
    said = render(replace(SAMPLE, attributes={"calming": of_the_paper()}))
    for number in ("85.03", "77.94", "81.33", "76.82", "53.69", "63.21"):
        assert number in said
    model = said.index("85.03")
    assert model < said.index("77.94", model) < said.index("81.33", model) < said.index("76.82", model)


def test_what_must_be_known_comes_before_the_first_number() -> None:
    for said in (words_of_page(ALL), markdown(ALL), github_summary(ALL)):
        first = said.index("84.96")
        for words in ("Forced with", "Stale", "1 of 2 gates failed", "Look number 3", "have no metadata"):
            assert said.index(words) < first, words


def test_undefined_is_said_with_its_reason() -> None:
    score = replace(SAMPLE, attributes={"absent": undefined()})
    for said in (words_of_page(score), markdown(score)):
        for reason in (
            "no golden positive",
            "nothing was predicted true",
            "one class only",
            "the tune split has no golden positive",
            "one rater: nobody can be held against others",
            "three raters are needed, there is 1",
            "0 golden positives; at least 20 are needed",
            "the golden set is no probability sample of this run",
        ):
            assert reason in said
        assert "nan" not in re.findall(r"\w+", said.lower())
        assert "None" not in said


def test_every_part_is_there() -> None:
    said = words_of_page(ALL)
    for words in (
        "human raters (label-noise ceiling)",
        "unweighted",
        "Yes: the model may stand in for 2 of 3 raters",
        "Precision-recall curve of calming",
        "Confusion matrix of setting",
        "Reliability diagram of calming",
        "abstained",
        "blocked by the service",
        "Threshold for precision&gt;=0.9".replace("&gt;", ">"),
        "Written to attributes/calming.yaml.",
        "isotonic",
        "language = fr: 7 golden positives",
        "both together (PPI++)",
        "false positive, exclude 2",
        "exclude 2: relaxing words over hectic pictures",
        "anna: the voice shouts at the end",
        "65 videos without the golden label: the worst 11 are listed.",
        "Weighted κ",
    ):
        assert words in said, words


def test_many_suppressed_slices_are_counted() -> None:
    hidden = tuple(
        Slice(column="creator", value=f"c{i}", n=2, positives=1, note="1 golden positive") for i in range(300)
    )
    said = markdown(replace(SAMPLE, attributes={"calming": replace(rich(), slices=hidden)}))
    assert "and 280 more: 1 golden positive" in said


def test_pictures_are_bounded_and_counted() -> None:
    items = tuple(replace(rich().errors[0], video_id=str(i), path=f"{i}.mp4") for i in range(90))
    pictures = {str(i): [b"\xff\xd8\xff" + bytes([i])] for i in range(90)}
    pictures["0"] = [b"not a picture", b"\xff\xd8\xffshown"]
    score = replace(SAMPLE, attributes={name: replace(undefined(name), errors=items) for name in ("one", "two")})
    text = html(score, frames=pictures)
    shown = re.findall(r'src="data:image/jpeg;base64,([^"]*)"', text)
    # both attributes list the same 90 videos, and each of the 40 that are chosen is shown in both galleries
    assert len(shown) == 80
    assert len(set(shown)) == 40
    assert "Pictures are shown of 40 of the 90 videos" in text


def test_ids_differ_between_attributes_of_odd_names() -> None:
    names = ("a b", "a-b", "A", "ä", '"><script>')
    score = replace(SAMPLE, attributes={name: replace(undefined(), name=name) for name in names})
    page = parse(html(score))
    assert page.faults == []
    assert page.tags.count("script") == 1


def test_the_same_score_gives_the_same_bytes(tmp_path: Path) -> None:
    score = replace(SAMPLE, attributes={"calming": rich()})
    one = write_report(score, tmp_path / "one", frames=frames(rich().errors))
    two = write_report(score, tmp_path / "two", frames=frames(rich().errors))
    assert [a.read_bytes() for a in one] == [b.read_bytes() for b in two]
    assert [p.name for p in one] == list(FILES)


def test_what_was_written_can_be_read(tmp_path: Path) -> None:
    *_, row = write_report(SAMPLE, tmp_path)
    assert read_score_report(row) == SAMPLE
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(FILES)


def test_a_number_that_is_none_is_refused_and_leaves_no_report(tmp_path: Path) -> None:
    wrong = replace(SAMPLE, macro={"f1": Estimate(value=float("nan"))})
    with pytest.raises(ValueError, match="JSON"):
        write_report(wrong, tmp_path)
    assert not (tmp_path / "report.json").exists()


def test_secrets_are_kept_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "abcdefgh12345678")
    written = write_report(replace(SAMPLE, warnings=("failed with key abcdefgh12345678",)), tmp_path)
    for path in written:
        assert "abcdefgh12345678" not in path.read_text("utf-8")
        assert "[GEMINI_API_KEY]" in path.read_text("utf-8").replace("\\", "")


@pytest.mark.parametrize("text", [markdown(ALL), github_summary(ALL), compare_markdown(comparison())])
def test_every_table_of_the_markdown_is_one(text: str) -> None:
    page = parse(MarkdownIt("commonmark").enable("table").render(text))
    assert page.faults == []
    assert page.tags.count("table") == text.count("\n| ---")
    assert page.tags.count("table") > 0


def test_the_summary_is_short_and_folds_notes() -> None:
    said = github_summary(ALL)
    assert said.startswith("## ❌ Score: 4 attributes")
    assert "<details><summary>Calming: notes</summary>" in said
    assert len(said) < len(markdown(ALL)) / 2


def test_a_comparison(tmp_path: Path) -> None:
    both = comparison()
    page = parse(compare_html(both))
    assert page.faults == []
    for said in (page.text, compare_markdown(both)):
        for words in ("B is better", "no difference shown", "+3.10", "exact", "The cut is fast.", "8 videos"):
            assert words in said, words
    assert "<b>careful" not in compare_html(both)
    *_, row = write_comparison(both, tmp_path)
    assert read_compare_report(row) == both
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(COMPARE_FILES)
    assert parse(compare_html(replace(both, attributes={}))).faults == []
