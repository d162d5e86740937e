"""Words about an index that several commands show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibekit.cli.output import Output
    from vibekit.core.index import IndexManifest


def size_text(size: float) -> str:
    """Write a number of bytes for people."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"


def show_attributes(manifest: IndexManifest, out: Output) -> None:
    """Write a line for each label of each attribute."""
    if not manifest.attributes:
        out.text("no attributes: put labels in with vibekit index update-labels")
        return
    rows = []
    for attribute in manifest.attributes:
        total = max(sum(attribute.counts.values()), 1)
        for label, n in attribute.counts.items():
            if label == "false" or (label == "unknown" and not n):
                continue
            cut = f"{attribute.threshold:.3f}" if label == "true" else ""
            rows.append((attribute.name, label, cut, f"{n:,}", f"{n / total:.1%}"))
    out.table(("attribute", "label", "from", "videos", "share"), rows)
    out.text()
