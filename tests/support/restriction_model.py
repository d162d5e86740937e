"""Restrictions drawn at random, and what each of them means in plain Python."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import strategies as st

BIG = 2**53


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


chances = some(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
rows = st.fixed_dictionaries({
    "calming": some(st.booleans()), "sad": some(st.booleans()),
    "energy": some(st.sampled_from([1, 2, 3])), "mood": some(st.sampled_from(["calm", "tense"])),
    "p:calming": chances, "p:sad": chances, "p:mood:calm": chances, "p:energy:2": chances,
    "language": some(st.sampled_from(["en", "EN", "de", "e.", ""])),
    "views": some(st.sampled_from([-1, 0, 3, BIG, BIG + 1, 2**63 - 1])),
    "duration_s": some(st.sampled_from([0.0, 2.5, 60.0, float(BIG), float(BIG + 2), 1e300])),
    "published": some(st.sampled_from([date(2025, 12, 31), date(2026, 1, 1)])),
    "music": some(st.booleans()),
})  # fmt: skip

Model = Callable[[dict[str, Any]], bool | None]
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def compared(key: str, sign: str, value: object) -> Model:
    return lambda row: None if row[key] is None else SIGNS[sign](row[key], value)


def condition(name: str, key: str, sign: str, shown: str, value: object) -> tuple[str, Model]:
    return f"{name} {sign} {shown}", compared(key, sign, value)


ORDER = ["<", "<=", ">", ">="]
SAME = ["==", "!="]
conditions: st.SearchStrategy[tuple[str, Model]] = st.one_of(
    st.sampled_from(["calming", "sad", "music"]).map(lambda n: (n, lambda row: row[n])),
    st.builds(
        lambda n, s, v: condition(n, f"p:{n}", s, str(v), v),
        st.sampled_from(["calming", "sad"]), st.sampled_from(ORDER), st.sampled_from([0, 0.25, 0.6, 1.0]),
    ),
    st.builds(
        lambda s, v: condition('mood["calm"]', "p:mood:calm", s, str(v), v),
        st.sampled_from(ORDER), st.sampled_from([0.25, 0.5]),
    ),
    st.builds(lambda s, v: condition("energy[2]", "p:energy:2", s, str(v), v), st.sampled_from(ORDER),
              st.sampled_from([0.25, 0.5])),
    st.builds(lambda s, v: condition("energy", "energy", s, str(v), v), st.sampled_from([*ORDER, *SAME]),
              st.sampled_from([1, 2, 3])),
    st.builds(lambda s, v: condition("mood", "mood", s, f'"{v}"', v), st.sampled_from(SAME),
              st.sampled_from(["calm", "tense"])),
    st.builds(lambda s, v: condition("language", "language", s, f'"{v}"', v), st.sampled_from(SAME),
              st.sampled_from(["en", "de", "", "fr"])),
    st.builds(lambda s, v: condition("views", "views", s, repr(v), v), st.sampled_from([*ORDER, *SAME]),
              st.sampled_from([0, 2.5, -1, BIG, BIG + 1, 2**63 - 1, 1e19, -1e19, 1e300])),
    st.builds(lambda s, v: condition("duration_s", "duration_s", s, repr(v), v), st.sampled_from([*ORDER, *SAME]),
              st.sampled_from([0, 2.5, 60, BIG + 1, 2**63 - 1, 1e300])),
    st.builds(lambda s, v: condition("published", "published", s, v.isoformat(), v),
              st.sampled_from([*ORDER, *SAME]), st.sampled_from([date(2025, 12, 31), date(2026, 1, 1)])),
    st.just(("language in (\"de\", \"en\")", lambda row: None if row["language"] is None else
             row["language"] in ("de", "en"))),
    st.just(("energy not in (1, 3)", lambda row: None if row["energy"] is None else row["energy"] == 2)),
    st.just(("language contains \"E.\"", lambda row: None if row["language"] is None else
             "e." in row["language"].lower())),
    st.sampled_from(["calming", "mood", "views", "language", "published"]).map(
        lambda n: (f"{n} is known", lambda row: row[n] is not None)
    ),
)  # fmt: skip


def opposite(pair: tuple[str, Model]) -> tuple[str, Model]:
    typed, model = pair

    def found(row: dict[str, Any]) -> bool | None:
        value = model(row)
        return None if value is None else not value

    return f"!({typed})", found


def joined(sign: str, pairs: list[tuple[str, Model]]) -> tuple[str, Model]:
    decisive = sign == "|"

    def found(row: dict[str, Any]) -> bool | None:
        values = [model(row) for _, model in pairs]
        return decisive if decisive in values else None if None in values else not decisive

    return f" {sign} ".join(f"({typed})" for typed, _ in pairs), found


def over(leaves: st.SearchStrategy[tuple[str, Model]]) -> st.SearchStrategy[tuple[str, Model]]:
    """Draw restrictions of such conditions, as text and as a function of a row."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(opposite), st.builds(joined, st.sampled_from("&|"), st.lists(inner, min_size=1, max_size=3))
        ),
        max_leaves=6,
    )
