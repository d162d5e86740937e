"""A ruling on a video of the tune split becomes a precedent of the definition; one on the test split never does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibekit.core.attribute import Example
from vibekit.core.golden import EventKind, Role, Split
from vibekit.core.ratings import standing
from vibekit.errors import InputError, UsageError, did_you_mean
from vibekit.formats.annotations import label_text
from vibekit.formats.atomic import write_text
from vibekit.formats.attribute_example import with_example
from vibekit.formats.golden_file import GOLDEN_FILE, change_golden
from vibekit.formats.library import Origin, find_attribute, list_attributes
from vibekit.formats.run import now
from vibekit.stages.golden.adjudicate_report import Precedent
from vibekit.stages.golden.match import Candidate, match
from vibekit.stages.golden.open import open_golden

if TYPE_CHECKING:
    from pathlib import Path

    from vibekit.core.attribute import Attribute, Label
    from vibekit.core.golden import GoldenSet, Item
    from vibekit.formats.golden_file import GoldenFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentConfig:
    """Which ruling to add.

    Attributes:
        golden: Folder of a golden set.
        video: Video id, path or file name.
        why: The reason, in words that help with the next such video.
        attribute: Name; may be empty where the set has one attribute.
        attributes_dir: The user's definitions; by default ``./attributes`` when there is one.
    """

    golden: Path
    video: str
    why: str
    attribute: str = ""
    attributes_dir: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentReport:
    """What was added.

    Attributes:
        attribute: Name.
        definition: The changed file.
        video: What the definition calls the video now.
        label: The ruling; ``abstain`` for none.
        before: Fingerprint before.
        after: Fingerprint now.
        accepts: The golden set takes labels that are made with the new definition.
        suggestion: Lines for ``version`` and ``changelog``, which the owner writes.
    """

    attribute: str
    definition: str
    video: str
    label: str
    before: str
    after: str
    accepts: str
    suggestion: tuple[str, ...]


def candidates(golden: GoldenSet, names: tuple[str, ...]) -> tuple[Precedent, ...]:
    """Return the experts' rulings on videos of the tune split that the definition as rated does not name."""
    found = []
    for (video_id, name), (label, note) in _rulings(golden).items():
        item = golden.items[video_id]
        definition = golden.attributes[name].definition if name in golden.attributes else None
        known = {e.video for e in definition.examples} if definition is not None else set()
        if name in names and item.split is Split.TUNE and not known & {video_id, item.path}:
            text = "abstain" if label is None else label_text(label)
            found.append(Precedent(video_id=video_id, attribute=name, path=item.path, label=text, note=note))
    return tuple(found)


def add_precedent(config: PrecedentConfig) -> PrecedentReport:
    """Write an expert's ruling into the definition, and have the golden set accept the new fingerprint.

    Raises:
        InputError: The video is in the test split or not in the set, no expert ruled on it, the definition is not the
            user's or was changed otherwise since it was rated, or the file cannot be added to.
        UsageError: No reason, or several attributes to choose from.
    """
    if not config.why.strip():
        raise UsageError("--why is empty: a precedent teaches by its reason", hint='--why "what decides, and why"')
    golden = open_golden(config.golden)
    if not golden.is_folder:
        raise InputError("a table cannot keep precedents", path=config.golden, hint="vibekit golden import")
    name = _attribute(golden, config.attribute)
    item = _video(golden, config.video)
    if item.split is not Split.TUNE:
        raise InputError(
            f"{config.video} is in the test split: a definition that has seen a test video is scored too well",
            path=golden.path,
            hint="take a ruling on a tune video: vibekit golden adjudicate ... --precedents",
            item=item.video_id,
        )
    label = _ruling(golden, item, name)
    file, before = _definition(golden, name, config.attributes_dir)
    example = Example(video=item.video_id, label=label, why=" ".join(config.why.split()))
    if any(e.video in (item.video_id, item.path) for e in before.examples):
        raise InputError(f"{config.video} is a precedent already", path=file, hint="change its 'why' there by hand")
    edited = with_example(file, example, comment=item.path.rsplit("/", 1)[-1])
    after = edited.attribute.fingerprint
    # first the set, then the definition: a fingerprint too many does no harm, one too few makes the set stale
    change_golden(golden.path / GOLDEN_FILE, lambda held: _accepting(held, name, after))
    write_text(file, edited.text)
    day = now()[:10]
    return PrecedentReport(
        attribute=name,
        definition=str(file),
        video=example.video,
        label="abstain" if label is None else label_text(label),
        before=before.fingerprint,
        after=after,
        accepts=str(golden.path / GOLDEN_FILE),
        suggestion=(
            f"version: {before.version + 1}",
            f"changelog entry: version: {before.version + 1}, date: {day}, why: precedent {config.video}",
        ),
    )


def _accepting(held: GoldenFile, name: str, fingerprint: str) -> GoldenFile:
    known = held.attributes[name]
    accepts = tuple(dict.fromkeys((*known.accepts, fingerprint)))
    return replace(held, attributes={**held.attributes, name: replace(known, accepts=accepts)})


def _rulings(golden: GoldenSet) -> dict[tuple[str, str], tuple[Label | None, str]]:
    """Return (video id, attribute) -> what experts said, and their words; several who differ say nothing."""
    said: dict[tuple[str, str], list[tuple[Label | None, str]]] = {}
    for event in standing(e for e in golden.events if e.role is Role.EXPERT).values():
        if event.repeat == 0 and event.kind is not EventKind.SKIP and event.video_id in golden.items:
            said.setdefault((event.video_id, event.attribute), []).append((event.value, event.note))
    return {
        key: (found[0][0], "; ".join(note for _, note in found if note))
        for key, found in said.items()
        if len({(type(label), label) for label, _ in found}) == 1
    }


def _attribute(golden: GoldenSet, name: str) -> str:
    if name in golden.attributes:
        return name
    known = ", ".join(golden.attributes)
    if not name and len(golden.attributes) == 1:
        return next(iter(golden.attributes))
    if not name:
        raise UsageError("a precedent belongs to one attribute", hint=f"--attribute, one of: {known}")
    hint = f"{did_you_mean(name, golden.attributes)} it has: {known}".strip()
    raise InputError(f"has no attribute {name!r}", path=golden.path, hint=hint)


def _video(golden: GoldenSet, name: str) -> Item:
    from vibekit.core.golden import Item as Wanted

    there = [Candidate(video_id=item.video_id, path=item.path) for item in golden.items.values()]
    key = match([Wanted(video_id=name)], there, base=golden.path).keys.get(name)
    if key is None:
        near = did_you_mean(name, [*golden.items, *(item.path for item in golden.items.values())])
        hint = near or "name it by its video_id, path or file name, as in items.csv"
        raise InputError(f"has no video {name!r}", path=golden.path, hint=hint, item=name)
    return golden.items[key]


def _ruling(golden: GoldenSet, item: Item, name: str) -> Label | None:
    found = _rulings(golden).get((item.video_id, name))
    if found is not None:
        return found[0]
    raise InputError(
        f"no expert has ruled on {name} of {item.path or item.video_id}, or several differ",
        path=golden.path,
        hint="open the queue as an expert: vibekit golden adjudicate ... --open",
        item=item.video_id,
    )


def _definition(golden: GoldenSet, name: str, folder: Path | None) -> tuple[Path, Attribute]:
    """Find the user's definition and see that it is the one that was rated."""
    found = find_attribute(name, folder)
    origin = next(entry.origin for entry in list_attributes(folder) if entry.name == name)
    if origin is Origin.SHIPPED:
        hint = f"make it yours first: vibekit attributes show {name} --yaml > attributes/{name}.yaml"
        raise InputError(f"the definition of {name} is a ready-made one", path=found.path, hint=hint, item=name)
    known = golden.attributes[name]
    if known.fingerprint and found.attribute.fingerprint not in (known.fingerprint, *known.accepts):
        copy = golden.path / "attributes" / f"{name}.yaml"
        raise InputError(
            f"{name} was changed since it was rated ({found.attribute.fingerprint}, rated: {known.fingerprint})",
            path=found.path,
            hint=f"see what changed: vibekit attributes diff {copy} {found.path}",
            item=name,
        )
    return found.path, found.attribute
