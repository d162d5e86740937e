"""One reply as the text that is kept of it, bound to its key by a checksum."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from vibekit.core.annotation import ANSWERED, Usage
from vibekit.formats.annotations import answer_from_row, answer_to_row
from vibekit.formats.secrets import scrub

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vibekit.core.annotation import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedReply:
    """What one call was answered, and what was paid for it then.

    Attributes:
        answers: Attribute name -> checked answer.
        usage: Tokens of the call that was made.
        cost_usd: Its money.
    """

    answers: Mapping[str, Answer]
    usage: Usage
    cost_usd: float

    @property
    def whole(self) -> bool:
        """True when there are answers and each of them is a whole one."""
        return bool(self.answers) and all(a.status in ANSWERED for a in self.answers.values())


def to_text(reply: CachedReply) -> str:
    """Write a reply as JSON, in ASCII and without any secret.

    Raises:
        ValueError: It holds a number that JSON has no word for.
    """
    row = {
        "answers": {name: answer_to_row(answer) for name, answer in reply.answers.items()},
        "usage": asdict(reply.usage),
        "cost_usd": reply.cost_usd,
    }
    return scrub(json.dumps(row, ensure_ascii=True, allow_nan=False, separators=(",", ":")))


def from_text(text: str) -> CachedReply | None:
    """Read a reply; None when the text is none or not of whole answers."""
    try:
        row = json.loads(text)
        answers = {name: answer_from_row(answer) for name, answer in row["answers"].items()}
        reply = CachedReply(answers=answers, usage=Usage(**row["usage"]), cost_usd=float(row["cost_usd"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    return reply if reply.whole else None


def checksum(key: str, text: str) -> str:
    """Bind a text to its key: SQLite notices neither a flipped bit nor an index that leads to another row."""
    return hashlib.blake2b(f"{key}\n{text}".encode("utf-8", "replace"), digest_size=16).hexdigest()
