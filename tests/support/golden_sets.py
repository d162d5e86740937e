"""Golden sets for tests: made by hypothesis, and written as folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from vibekit.core.attribute import Kind
from vibekit.core.golden import Event, EventKind, GoldenAttribute, GoldenLabel, Item, Role, Split
from vibekit.formats.golden_file import GoldenFile
from vibekit.formats.golden_labels import write_labels
from vibekit.formats.golden_ratings import RatingsLog
from vibekit.stages.golden.new_set import write_set

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ATTRIBUTES = {
    "calming": GoldenAttribute(name="calming", kind=Kind.BINARY, allowed=(True, False)),
    "pace": GoldenAttribute(name="pace", kind=Kind.ORDINAL, allowed=(1, 2, 3)),
    "mood": GoldenAttribute(name="mood", kind=Kind.CATEGORICAL, allowed=("glad", "sad, or so", "abstain")),
}
IDS = [f"{n:02x}" * 16 for n in range(4)]

# text that a cell can hold: no lone surrogates, and not only blanks, which no table tells from nothing
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).filter(lambda t: bool(t.strip()))
names = words.map(str.strip)
fractions = st.floats(min_value=1e-6, max_value=1)
measures = st.none() | st.floats(min_value=0, max_value=1e6)


def events() -> st.SearchStrategy[Event]:
    """Anything that a rater can do."""

    def of(name: str) -> st.SearchStrategy[Event]:
        rating = st.tuples(st.just(EventKind.RATING), st.sampled_from(ATTRIBUTES[name].allowed))
        other = st.tuples(st.sampled_from([k for k in EventKind if k is not EventKind.RATING]), st.none())
        return st.builds(
            lambda what, **rest: Event(attribute=name, kind=what[0], value=what[1], **rest),
            rating | other,
            rater=st.sampled_from(["ann", "ben@studio.example", "Zoë, the 2nd"]),
            video_id=st.sampled_from(IDS),
            repeat=st.integers(0, 2),
            ts=st.sampled_from(["", "2026-11-21T10:00:00Z"]),
            seconds=measures,
            watched=st.none() | fractions,
            note=st.just("") | words,
            definition=st.sampled_from(["", "0123456789abcdef"]),
            role=st.sampled_from(list(Role)),
            round=st.integers(1, 3),
        )

    return st.sampled_from(list(ATTRIBUTES)).flatmap(of)


def items() -> st.SearchStrategy[dict[str, Item]]:
    """The videos of a set."""
    columns = st.dictionaries(st.sampled_from(["title", "weights", "attribute", "kind", "n"]), names, max_size=3)
    one = st.builds(
        Item,
        video_id=st.just(""),
        path=st.sampled_from(["", "clips/lake one.mp4", "clips/ä,b.mp4"]),
        stratum=st.just("") | names,
        inclusion_probability=fractions,
        group=st.just("") | names,
        split=st.sampled_from(list(Split)),
        round=st.integers(1, 3),
        columns=columns,
    )
    made = st.lists(one, min_size=len(IDS), max_size=len(IDS))
    return made.map(lambda found: {i: _with(item, i) for i, item in zip(IDS, found, strict=True)})


def labels() -> st.SearchStrategy[list[GoldenLabel]]:
    """What holds, for some videos."""

    def of(name: str) -> st.SearchStrategy[GoldenLabel]:
        return st.builds(
            GoldenLabel,
            video_id=st.sampled_from(IDS),
            attribute=st.just(name),
            label=st.none() | st.sampled_from(ATTRIBUTES[name].allowed),
            probability=st.none() | fractions,
            n_raters=st.integers(0, 9),
            agreement=st.none() | fractions,
            source=st.sampled_from(["import", "expert", "dawid-skene"]),
            note=st.just("") | words,
        )

    found = st.lists(st.sampled_from(list(ATTRIBUTES)).flatmap(of), max_size=5)
    return found.map(lambda some: list({(one.video_id, one.attribute): one for one in some}.values()))


def write_golden_set(
    path: Path,
    *,
    items: Mapping[str, Item],
    events: Sequence[Event] = (),
    labels: Sequence[GoldenLabel] = (),
    attributes: Mapping[str, GoldenAttribute] = ATTRIBUTES,
) -> Path:
    """Write a golden set as a folder."""
    write_set(path, GoldenFile(attributes=attributes, draw={"method": "random"}), items.values())
    with RatingsLog(path / "ratings.jsonl") as log:
        log.append(*events)
    if labels:
        write_labels(path / "labels.csv", labels)
    return path


def _with(item: Item, video_id: str) -> Item:
    return Item(
        video_id=video_id, path=item.path, stratum=item.stratum, inclusion_probability=item.inclusion_probability,
        group=item.group, split=item.split, round=item.round, columns=item.columns,
    )  # fmt: skip
