"""CSV as vibekit writes it: UTF-8, one line feed a row; bytes of a name that are not UTF-8 are kept as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SPECIAL = re.compile('[",\r\n]|^\\s|\\s$')
# os.fsdecode gives U+DC80-U+DCFF for bytes that are not UTF-8; other lone surrogates stand for nothing
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as the bytes of a CSV file; None is written as an empty cell.

    Args:
        header: Names of the columns.
        rows: Cells; floats are written so that reading gives the same float.
    """
    lines = [",".join(map(_quoted, row)) for row in ((*header,), *rows)]
    return _LONE.sub("\ufffd", "\n".join([*lines, ""])).encode("utf-8", "surrogateescape")


def _quoted(value: object) -> str:
    # csv.writer leaves a lone carriage return bare, and its own reader then ends the row there
    text = cell(value)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def cell(value: object) -> str:
    """Write one value: true and false in small letters, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
