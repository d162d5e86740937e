"""What a browser makes of a page, as far as a test must know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr", "input"}


@dataclass
class Page:
    """The parts of a parsed page."""

    tags: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text that is not style or script, single-spaced."""
        return " ".join(" ".join(self.words).split())

    def values(self, name: str) -> list[str]:
        """All values of an attribute."""
        return [value for _, key, value in self.attributes if key == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append(tag)
        names = [name for name, _ in attrs]
        if len(set(names)) != len(names):
            self.page.faults.append(f"<{tag}> has an attribute twice")
        for name, value in attrs:
            self.page.attributes.append((tag, name, value or ""))
            if name == "id":
                self.page.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.page.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.page.words.append(data)


def parse(html: str) -> Page:
    """Read a page; what is not balanced or not unique is in ``faults``."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    page = reader.page
    page.faults += [f"<{tag}> is never closed" for tag in reader.open]
    page.faults += [f"id {name!r} is there twice" for name in set(page.ids) if page.ids.count(name) > 1]
    return page
