"""Answers of a golden table: ratings where it names raters, labels where it does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibekit.core.golden import Event, EventKind, GoldenLabel, Role
from vibekit.core.number import finite
from vibekit.errors import InputError, did_you_mean
from vibekit.formats.annotations import label_text
from vibekit.formats.golden_items import read_count
from vibekit.formats.golden_long import LABEL
from vibekit.formats.golden_value import NotALabelError, is_abstention, read_label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vibekit.core.attribute import Label
    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.golden_rows import GoldenRow, GoldenTable

_KINDS = (*EventKind, LABEL)


@dataclass(slots=True)
class Answers:
    """What a table says.

    Attributes:
        events: In file order.
        labels: (video id, attribute) -> what holds.
        counts: What was left out, in words -> how often.
    """

    events: list[Event] = field(default_factory=list)
    labels: dict[tuple[str, str], GoldenLabel] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def table_answers(path: Path, table: GoldenTable, attributes: Mapping[str, GoldenAttribute]) -> Answers:
    """Read every cell that holds an answer.

    Args:
        path: The file, for messages.
        table: Its rows.
        attributes: By which labels are read.

    Raises:
        InputError: A label is not allowed, or two rows contradict each other; names the rows.
    """
    return _Reader(path, table, attributes).answers()


class _Reader:
    """Reads row after row, and knows which row said what."""

    def __init__(self, path: Path, table: GoldenTable, attributes: Mapping[str, GoldenAttribute]) -> None:
        self._path = path
        self._table = table
        self._attributes = attributes
        self._lines: dict[tuple[str, ...], tuple[str, int]] = {}
        self._found = Answers()
        self._is_log = "kind" in table.columns.roles
        self._has_raters = self._is_log or "rater" in table.columns.roles

    def answers(self) -> Answers:
        for row in self._table.rows:
            for name, text in row.cells:
                self._add(row, name, text)
        return self._found

    def _add(self, row: GoldenRow, name: str, text: str) -> None:
        kind = self._kind(row, name, text)
        if kind is None:
            return
        attribute = self._attributes.get(name)
        value: Label | None = None
        if attribute is not None and text and kind == EventKind.RATING and is_abstention(text, attribute):
            kind = EventKind.ABSTAIN
        elif text and kind in (EventKind.RATING, LABEL):
            value = self._value(row, attribute, text)
        if kind == LABEL:
            self._add_label(row, name, value)
        else:
            self._add_event(row, name, EventKind(kind), value)

    def _kind(self, row: GoldenRow, name: str, text: str) -> str | None:
        """Say what a cell is: a kind of event, a label, or nothing."""
        if not self._is_log:
            if not name:
                raise self._error(row, "names no attribute", "fill in the column 'attribute'")
            if not text:
                self._found.counts["cells without a label"] += self._table.columns.attributes == ()
                return None
            return str(EventKind.RATING) if self._has_raters else LABEL
        kind = row.texts.get("kind", "")
        if not kind and not name and not text:
            return None
        if kind not in _KINDS:
            raise self._error(row, f"kind {kind!r} is none of {', '.join(_KINDS)}", did_you_mean(kind, _KINDS))
        if kind == EventKind.RATING and not text:
            raise self._error(row, "a rating without a label", "an answer without a label has the kind abstain or skip")
        return kind

    def _value(self, row: GoldenRow, attribute: GoldenAttribute | None, text: str) -> Label | None:
        if attribute is None:
            raise self._error(row, "names no attribute", "fill in the column 'attribute'")
        if is_abstention(text, attribute):
            return None
        try:
            return read_label(text, attribute)
        except NotALabelError as error:
            raise self._error(row, str(error), error.hint) from error

    def _add_label(self, row: GoldenRow, name: str, value: Label | None) -> None:
        if self._is_known(row, (row.video_id, name), value):
            return
        note = row.texts.get("note", "")
        self._found.labels[row.video_id, name] = GoldenLabel(
            video_id=row.video_id,
            attribute=name,
            label=value,
            probability=self._measure(row, "probability", most=1),
            n_raters=self._count(row, "n_raters", 0),
            agreement=self._measure(row, "agreement", most=1),
            source=row.texts.get("source", "import"),
            note=note if note or value is not None or self._is_log else "abstained",
        )

    def _add_event(self, row: GoldenRow, name: str, kind: EventKind, value: Label | None) -> None:
        rater = row.texts.get("rater", "")
        if not rater:
            raise self._error(row, "names no rater", "fill in the column 'rater'")
        repeat = self._count(row, "repeat", 0)
        if not self._is_log and self._is_known(row, (row.video_id, name, rater, str(repeat)), value):
            return
        role = row.texts.get("role", Role.RATER)
        if role not in tuple(Role):
            raise self._error(row, f"role {role!r} is neither rater nor expert", did_you_mean(role, list(Role)))
        self._found.events.append(
            Event(
                rater=rater,
                video_id=row.video_id,
                attribute=name,
                kind=kind,
                value=value,
                repeat=repeat,
                ts=row.texts.get("ts", ""),
                seconds=self._measure(row, "seconds"),
                watched=self._measure(row, "watched"),
                note=row.texts.get("note", ""),
                definition=row.texts.get("definition", ""),
                role=Role(role),
                round=self._count(row, "round", 1),
            )
        )

    def _is_known(self, row: GoldenRow, key: tuple[str, ...], value: Label | None) -> bool:
        """Say whether another row said the same before.

        Raises:
            InputError: It said something else.
        """
        said = "no label" if value is None else label_text(value)
        before, line = self._lines.setdefault(key, (said, row.line))
        if before != said:
            who = f" by {key[2]}" if len(key) > 2 else ""
            columns = "rater" if len(key) == 2 else "repeat"
            hint = f"keep one, or tell them apart by a column {columns!r}"
            raise self._error(row, f"{key[1]} of {key[0]}{who} is {said} here and {before} in row {line}", hint)
        if line == row.line:
            return False
        self._found.counts["rows that say the same as an earlier one"] += 1
        return True

    def _measure(self, row: GoldenRow, role: str, most: float | None = None) -> float | None:
        text = row.texts.get(role)
        if text is None:
            return None
        value = finite(text)
        if value is None or value < 0 or (most is not None and value > most):
            raise self._error(row, f"{role} {text!r} is not a number from 0{'' if most is None else ' to 1'}", "")
        return value

    def _count(self, row: GoldenRow, role: str, least: int) -> int:
        return read_count(row.texts.get(role, str(least)), name=role, least=least, path=self._path, line=row.line)

    def _error(self, row: GoldenRow, message: str, hint: str) -> InputError:
        return InputError(message, path=self._path, line=row.line, hint=hint)
