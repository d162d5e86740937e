"""Definitions for tests, as text."""

from __future__ import annotations

GOOD = """\
name: {name}
version: 2
title: Unboxing
kind: binary
question: Does the video show somebody opening a new product?
definition: >-
  A product that is still in its packaging is opened on camera, and what comes out of the packaging is shown to the
  viewer piece by piece, so that one takes part in the discovery.
include:
  - A sealed box is cut open and the parts are laid out.
exclude:
  - A review of a product that is out of its box from the start.
edge_cases:
  - case: The box is opened off camera.
    label: false
    why: The opening itself is what viewers come for.
  - case: A letter with a gift inside is opened.
    label: true
    why: It is new and packed; what it is packed in does not matter.
threshold: 0.5
owner: the team
changelog:
  - version: 2
    date: 2026-01-02
    why: Gifts count.
"""


def good(name: str = "unboxing") -> str:
    """Return a definition without any weakness."""
    return GOOD.format(name=name)
