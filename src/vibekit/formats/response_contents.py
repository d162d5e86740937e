"""What is in the file of kept answers: counted by annotator and model, and removed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from math import isfinite

CHOSEN = """
WHERE (:model IS NULL OR model = :model) AND (:annotator IS NULL OR annotator = :annotator)
AND (:days IS NULL OR last_used_at < strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || :days || ' days'))"""

# a damaged row may hold a value of any type in any column
_GROUPS = f"""
SELECT CAST(annotator AS TEXT), CAST(model AS TEXT), CAST(TOTAL(answers) AS INTEGER), TOTAL(cost_usd),
    CAST(TOTAL(bytes) AS INTEGER), CAST(MIN(created_at) AS TEXT), CAST(MAX(created_at) AS TEXT),
    CAST(MAX(last_used_at) AS TEXT)
FROM replies {CHOSEN} GROUP BY annotator, model ORDER BY annotator, model"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which replies are meant; None leaves a part open.

    Attributes:
        model: Model id.
        annotator: Name of the annotator.
        days: Not used for so many days.
    """

    model: str | None = None
    annotator: str | None = None
    days: float | None = None

    @property
    def all(self) -> bool:
        """True when every reply is meant."""
        return self.model is None and self.annotator is None and self.days is None

    def values(self) -> dict[str, str | float | None]:
        """Return what the SQL of ``CHOSEN`` asks for."""
        return {"model": self.model, "annotator": self.annotator, "days": self.days}


ALL = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswers:
    """What is kept of one annotator and model.

    Attributes:
        annotator: Its name.
        model: Model id; empty when there is none.
        answers: How many.
        paid_usd: What they cost when they were asked for.
        bytes: Of their text.
        oldest: When the first was kept: ISO 8601, UTC.
        newest: When the last was kept.
        last_used: When any of them was last of use.
    """

    annotator: str
    model: str
    answers: int
    paid_usd: float
    bytes: int
    oldest: str
    newest: str
    last_used: str


def kept_answers(connection: sqlite3.Connection, chosen: Selection = ALL) -> list[KeptAnswers]:
    """Return what is kept, by annotator and model."""
    return [
        KeptAnswers(
            annotator=row[0] or "",
            model=row[1] or "",
            answers=row[2],
            paid_usd=row[3] if row[3] is not None and isfinite(row[3]) else 0.0,
            bytes=row[4],
            oldest=row[5] or "",
            newest=row[6] or "",
            last_used=row[7] or "",
        )
        for row in connection.execute(_GROUPS, chosen.values())
    ]


def remove(connection: sqlite3.Connection, chosen: Selection) -> bool:
    """Remove replies, and give their room back to the disk.

    Returns:
        False when the file is as large as before, because another process or a full disk is in the way.

    Raises:
        FILE_TROUBLE: The replies are still there, all of them.
    """
    connection.execute(f"DELETE FROM replies {CHOSEN}", chosen.values())
    try:
        connection.execute("VACUUM")
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy
