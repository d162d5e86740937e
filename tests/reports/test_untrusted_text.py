"""Words of models, raters and file names are shown as words, whatever is in them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from support.markup import parse
from support.score_reports import comparison, report, rich, undefined
from vibekit.core.score import ScoreReport
from vibekit.core.score_parts import ErrorItem, Slice, Table
from vibekit.reports.compare_markdown import compare_markdown
from vibekit.reports.github import github_summary
from vibekit.reports.html import html
from vibekit.reports.markdown import markdown
from vibekit.reports.markdown_text import escape
from vibekit.reports.text import clean, one_line, short

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "| a | b |\n| --- |",
    "](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "# heading\n\n- list",
    "---",
    "1. one",
    "`code` **bold** _it_ ~~no~~ $x$ \\",
    "{{ 7 * 7 }} {% raw %}",
    "\x00\x1b[31m\u202etxt",
    "\ud800",
    "$\\frac{1}{0}$",
    "&lt;b&gt; &amp;",
    "@someone #12 www.example.org https://example.org",
)


def poisoned(text: str) -> ScoreReport:
    """A report in which every text from outside is this one."""
    error = ErrorItem(
        video_id=text, path=text, golden=text, predicted=text, rationale=text, evidence=((0.0, 1.0, text),),
        clause=text, cause=text, golden_note=text,
    )  # fmt: skip
    shown = replace(rich().slices[0], column=text, value=text)
    score = replace(
        undefined(),
        title=text,
        notes=(text,),
        definition=text,
        interval=text,
        confusion=Table(labels=(text, "b"), counts=((1, 2), (3, 4)), weighted=((1.0, 2.0), (3.0, 4.0))),
        slices=(shown, Slice(column=text, value=text, n=1, positives=0, note=text)),
        errors=(error,),
        n_errors=1,
    )
    return replace(report(score), labels=text, golden=text, model=text, stale=text, warnings=(text,))


def test_known_tricks_change_nothing_of_the_page() -> None:
    tags = parse(html(poisoned("plain"))).tags
    for text in EVIL:
        page = parse(html(poisoned(text)))
        assert page.faults == []
        assert page.tags == tags, text
        assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_a_script_comes_out_as_text() -> None:
    assert "<script>alert(1)</script>" in parse(html(poisoned(EVIL[0]))).text
    assert "{{ 7 * 7 }}" in parse(html(poisoned("{{ 7 * 7 }}"))).text


def rendered(text: str) -> list[str]:
    page = parse(MarkdownIt("commonmark").enable("table").render(text.replace("<!-- -->", "")))
    assert page.faults == []
    return page.tags


def test_known_tricks_change_nothing_of_the_markdown() -> None:
    plain = poisoned("plain")
    for text in EVIL:
        poison = poisoned(text)
        assert rendered(markdown(poison)) == rendered(markdown(plain)), text
        assert rendered(github_summary(poison)) == rendered(github_summary(plain)), text


def test_known_tricks_change_nothing_of_a_comparison() -> None:
    def with_text(text: str) -> str:
        one = comparison(1)
        flips = (replace(one.attributes["calming"].flips[0], path=text, rationale_a=text, rationale_b=text),)
        return compare_markdown(replace(one, attributes={"calming": replace(one.attributes["calming"], flips=flips)}))

    assert {tuple(rendered(with_text(text))) for text in EVIL} == {tuple(rendered(with_text("plain")))}


@settings(max_examples=200)
@given(st.text())
def test_escaped_markdown_is_one_line_without_markup(text: str) -> None:
    said = escape(text)
    assert "\n" not in said
    table = f"| a |\n| --- |\n| x{said} |".replace("<!-- -->", "")
    page = parse(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(table))
    assert page.tags == ["table", "thead", "tr", "th", "tbody", "tr", "td"]
    assert page.text.split()[1:] == f"x{one_line(text)}".split()


@given(st.text())
def test_escaped_text_is_safe_at_the_start_of_a_line(text: str) -> None:
    tags = parse(MarkdownIt("commonmark").render(escape(text))).tags
    assert tags in ([], ["p"])


@given(st.text(st.characters(codec=None)))
def test_shown_text_can_be_written_and_hides_nothing(text: str) -> None:
    said = clean(text)
    said.encode("utf-8")
    assert not set(said) & set("\x00\x1b\x7f\u202e\u2066\u200f")
    assert clean(said) == said


@given(st.text(), st.integers(1, 30))
def test_short_text_fits(text: str, width: int) -> None:
    assert len(short(text, width)) <= max(width, 1)


def test_endless_text_is_cut_and_said_so() -> None:
    assert clean("x" * 3000).endswith("x … (1000 more characters)")
