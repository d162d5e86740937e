"""The labelling interface for Label Studio: a player, the question, one choice an attribute, room for a note."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from vibekit.core.attribute import Kind
from vibekit.formats.annotations import label_text
from vibekit.formats.label_studio import NOTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vibekit.core.golden import GoldenAttribute

ABSTAIN = "abstain"


def labelling_config(attributes: Iterable[GoldenAttribute]) -> str:
    """Return the XML to paste under Settings, Labeling Interface, Code.

    Args:
        attributes: What is rated; the texts of their definitions are shown beside the video.
    """
    parts = ["<View>", '  <Video name="video" value="$video"/>']
    for attribute in attributes:
        parts += _part(attribute)
    return "\n".join([*parts, "</View>"]) + "\n"


def _part(attribute: GoldenAttribute) -> list[str]:
    name = quoteattr(attribute.name)
    lines = [f"  <Header value={quoteattr(text)}/>" for text in _texts(attribute)]
    lines.append(f'  <Choices name={name} toName="video" choice="single" showInline="true">')
    lines += [f"    <Choice {_choice(attribute, label_text(label))}/>" for label in attribute.allowed]
    lines += [f'    <Choice value="{ABSTAIN}" alias="{ABSTAIN}" hint="cannot be told"/>', "  </Choices>"]
    note = quoteattr(attribute.name + NOTE)
    lines.append(f'  <TextArea name={note} toName="video" maxSubmissions="1" placeholder="note"/>')
    return lines


def _choice(attribute: GoldenAttribute, text: str) -> str:
    meaning = ""
    if attribute.definition is not None and attribute.kind is not Kind.BINARY:
        meanings = {label_text(c.label): c.meaning for c in attribute.definition.choices}
        meaning = f" hint={quoteattr(meanings[text])}" if meanings.get(text) else ""
    return f"value={quoteattr(text)}{meaning}"


def _texts(attribute: GoldenAttribute) -> list[str]:
    one = attribute.definition
    if one is None:
        return [attribute.name]
    lists = [("Counts: ", one.include), ("Does not count: ", one.exclude)]
    return [one.question, one.definition, *(head + "; ".join(items) for head, items in lists if items)]
