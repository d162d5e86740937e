"""Draws with matplotlib, without pyplot and without its global state, and gives an SVG that lives inside a page.

Colours are those of the page (CSS variables), so that one drawing serves the light and the dark theme. Text stays text.
Text from outside never reaches matplotlib: a placeholder is drawn and replaced afterwards, so that no character can be
read as a formula, miss a glyph or break the XML.
"""

from __future__ import annotations

import io
import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from vibekit.reports.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, LINE, MODEL, PEOPLE, SURFACE = "#010101", "#020202", "#030303", "#040404", "#050505", "#060606"
"""Stand-ins that matplotlib draws with."""
VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    MODEL: "var(--model)",
    PEOPLE: "var(--people)",
    SURFACE: "var(--surface)",
}
STYLE = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "legend.fontsize": 10.5,
    "lines.linewidth": 1.8,
}
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_COLOUR = re.compile("|".join(VARIABLES))
_FONT = re.compile(r"font-family:[^;]*;?|font-size: ?(?=\d)")


@dataclass(slots=True)
class Canvas:
    """What a plot draws on.

    Attributes:
        figure: matplotlib's; its size is in pixels of the page, at 72 dots per inch.
        texts: Placeholder -> text from outside.
    """

    figure: Figure
    width: float
    height: float
    texts: dict[str, str] = field(default_factory=dict)

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Add axes with these margins, in pixels."""
        box = (
            left / self.width,
            bottom / self.height,
            1 - (left + right) / self.width,
            1 - (top + bottom) / self.height,
        )
        return self.figure.add_axes(box)

    def label(self, text: str) -> str:
        """Keep text from outside, and return what to draw in its place."""
        placeholder = f"@{len(self.texts)}@"
        self.texts[placeholder] = one_line(text)
        return placeholder


def draw(
    name: str, paint: Callable[[Canvas], None], *, title: str, description: str, width: float = 360, height: float = 300
) -> str:
    """Draw a figure and return it as an ``<svg>`` element for the inside of a page.

    Args:
        name: Unique on the page; goes in front of every id.
        paint: Draws.
        title: For those who do not see it: what it is.
        description: What it shows, with its numbers.
        width: Pixels at which text has its natural size.
        height: Likewise.
    """
    matplotlib, figure_class, canvas_class = _matplotlib()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**STYLE, "svg.hashsalt": name})
        figure = figure_class(figsize=(width / 72, height / 72), dpi=72)
        canvas_class(figure)
        canvas = Canvas(figure=figure, width=width, height=height)
        paint(canvas)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    return _inline(stream.getvalue(), name, canvas.texts, one_line(title), one_line(description))


@lru_cache(maxsize=1)
def _matplotlib() -> tuple[ModuleType, Any, Any]:
    # in a home that cannot be written, it logs a warning and goes on with a temporary folder
    with _silent("matplotlib"):
        import matplotlib as module
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure as FigureClass
    return module, FigureClass, FigureCanvasSVG


@contextmanager
def _silent(name: str) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _inline(raw: bytes, name: str, texts: dict[str, str], title: str, description: str) -> str:
    """Make a part of a page from a file: own ids, the page's colours and font, no metadata, words beside it."""
    root = ElementTree.fromstring(raw)
    for child in list(root):
        if child.tag == f"{_SVG}metadata" or (child.tag == f"{_SVG}defs" and child.find(f"{_SVG}style") is not None):
            root.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        _own(element, name, texts)
    box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update({
        "viewBox": box, "role": "img", "id": name, "aria-labelledby": f"{name}-title {name}-desc",
        "style": f"--natural: {box.split()[2]}px",
    })  # fmt: skip
    for i, (tag, text) in enumerate((("title", title), ("desc", description))):
        said = ElementTree.Element(tag, {"id": f"{name}-{tag}"})
        said.text = text
        root.insert(i, said)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _own(element: ElementTree.Element, name: str, texts: dict[str, str]) -> None:
    attributes = element.attrib
    if "id" in attributes:
        attributes["id"] = f"{name}-{attributes['id']}"
    if link := attributes.pop(_LINK, ""):
        attributes["href"] = f"#{name}-{link[1:]}"
    if clip := attributes.get("clip-path", ""):
        attributes["clip-path"] = clip.replace("url(#", f"url(#{name}-")
    if style := attributes.get("style", ""):
        attributes["style"] = _COLOUR.sub(lambda m: VARIABLES[m[0]], style)
    if element.tag == "text":
        attributes["style"] = re.sub(r"font-family:[^;]*;? ?", "", attributes.get("style", ""))
        element.text = texts.get(element.text or "", element.text)
    else:
        element.text = None
    element.tail = None
