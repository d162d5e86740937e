"""Who rated and what video it is, in the words of Label Studio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from vibekit.formats.golden_kept import KEPT
from vibekit.formats.golden_long import META
from vibekit.formats.manifest import cell_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from vibekit.formats.golden_kept import Cells

VIDEO_KEYS = ("video", "video_url", "url", "path", "file")
ID_KEYS = ("video_id", "sha256")


def rater_of(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Name a rater: an email or user name, or the number of the account."""
    if isinstance(value, dict):
        named = next((str(value[key]) for key in ("email", "username") if value.get(key)), "")
        return named or rater_of(value.get("id"))
    if isinstance(value, str) and value.strip():
        return value.strip()
    return "label-studio" if value is None or value == "" else f"ls-{value}"


def video_of(data: dict[str, Any], *, but: Collection[str] = ()) -> Cells:
    """Return the cells that name a video, and its metadata.

    Args:
        data: Of a task.
        but: Keys that are no metadata.
    """
    cells: Cells = {}
    for key, raw in data.items():
        name, text = str(key).strip().lower(), cell_of(raw)
        text = text if isinstance(text, str) else ", ".join(text)
        if name in ID_KEYS and text:
            cells.setdefault("video_id", text)
        elif name in VIDEO_KEYS and text:
            cells.setdefault("path", path_of(text))
        elif name != KEPT and key not in but and text:
            cells[META + name] = text
    return cells


def path_of(address: str) -> str:
    """Return the path behind an address of Label Studio: that of a local file, or the name of an uploaded one."""
    parts = urlsplit(address)
    if parts.path.startswith("/data/local-files") and "d" in (query := parse_qs(parts.query)):
        return query["d"][0]
    if parts.scheme or parts.path.startswith("/data/"):
        return unquote(parts.path.rsplit("/", 1)[-1])
    return address
