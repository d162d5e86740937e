"""A comparison as Markdown: ``compare.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibekit.reports.banners import warned
from vibekit.reports.compare_tables import about, deltas, listed, outcomes, overview, power, title
from vibekit.reports.markdown_text import escape, section
from vibekit.reports.numbers import count, decimal

if TYPE_CHECKING:
    from vibekit.core.compare import AttributeComparison, CompareReport, Flip

RIGHT = {"a": "A is right", "b": "B is right", "neither": "neither is right"}


def compare_markdown(report: CompareReport) -> str:
    """Return the comparison as GitHub-flavoured Markdown."""
    lines = [f"# {escape(title(report))}", ""]
    lines += [f"- {escape(name)}: {escape(value)}" for name, value in about(report)]
    for banner in warned(report):
        lines += ["", f"> **{escape(banner.lead)}** {escape(banner.rest)}".rstrip()]
    lines += section(overview(report, {}), level=2) if report.attributes else ["", "No attribute was compared."]
    for one in report.attributes.values():
        lines += _attribute(one)
    return "\n".join(lines).rstrip() + "\n"


def _attribute(one: AttributeComparison) -> list[str]:
    lines = ["", f"## {escape(one.title or one.name)}", ""]
    lines += [f"{escape(said)}  " for said in (one.words, power(one)) if said]
    lines += ["", *[f"- {escape(note)}" for note in one.notes]] if one.notes else []
    lines += [*section(deltas(one), level=3), *section(outcomes(one), level=3)]
    if one.n_flips or one.flips:
        lines += ["", "### Flips", "", escape(listed(one)), "", *[_flip(flip) for flip in one.flips]]
    return lines


def _flip(flip: Flip) -> str:
    said = f"golden {flip.golden}, A {_answer(flip.a, flip.probability_a)}, B {_answer(flip.b, flip.probability_b)}"
    weight = f", stands for {count(round(flip.weight, 1))} videos" if flip.weight != 1 else ""
    right = RIGHT.get(flip.right, flip.right)
    line = f"- **{escape(flip.path or flip.video_id)}**: {escape(f'{right}: {said}{weight}')}"
    for name, text in (("A", flip.rationale_a), ("B", flip.rationale_b)):
        line += f"  \n  {name}: {escape(text)}" if text else ""
    return line


def _answer(label: str, probability: float | None) -> str:
    return label if probability is None else f"{label} (probability {decimal(probability)})"
