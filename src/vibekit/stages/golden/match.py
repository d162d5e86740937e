"""Which video of a run or table a golden row means: by content hash, path, file name or stem."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.core.video import VIDEO_ID_LENGTH, is_hash
from vibekit.errors import InputError
from vibekit.formats.file_names import FileNames, absolute_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vibekit.core.golden import Item

_SHOWN = 3
_UPLOADED = re.compile("^[0-9a-f]{8}-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A video that a golden row may mean.

    Attributes:
        video_id: Content hash, or what the table calls it; None when not known.
        path: Where it lies, or the name of the file; empty when not known.
    """

    video_id: str | None
    path: str = ""

    @property
    def key(self) -> str:
        """What the caller knows it by: the video_id, or else the path."""
        return self.video_id or self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Golden rows with the videos that they mean.

    Attributes:
        keys: video_id of the golden item -> ``key`` of the candidate.
        unmatched: Golden items that no candidate fits, in order.
        changed: Golden items whose path is there with other content; they are among ``unmatched``.
    """

    keys: Mapping[str, str]
    unmatched: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def match(
    items: Iterable[Item],
    candidates: Iterable[Candidate],
    *,
    base: Path | None = None,
    uploaded: bool = False,
    source: Path | None = None,
) -> Matched:
    """Find the video that each golden item means.

    A content hash is believed before a name: where both sides know the hash and it differs, the file at that path is
    another video now, and does not match.

    Args:
        items: Of the golden set; an item without a hash is looked for by its path, then by its id as a name.
        candidates: Videos of the run or table; several files with one video_id are one video.
        base: Folder that relative paths of the items may be seen from, beside the working folder.
        uploaded: Items were uploaded to Label Studio, which puts eight hex digits before the name: where no file has
            that name, the rest of it counts.
        source: File that the items come from, for messages; None for a golden set.

    Raises:
        InputError: A name fits several videos, or two items mean the same video; names them.
    """
    index = _Index(candidates, (Path(), *([base] if base else [])), uploaded=uploaded, source=source)
    keys: dict[str, str] = {}
    taken: dict[str, str] = {}
    unmatched: list[str] = []
    changed: list[str] = []
    for item in items:
        key = index.key_of(item)
        if key is None:
            unmatched.append(item.video_id)
            changed += [item.video_id] if index.lies_elsewhere(item) else []
            continue
        other = taken.setdefault(key, item.video_id)
        if other != item.video_id:
            text = f"{other!r} and {item.video_id!r} {'' if source else 'of the golden set '}are one video: {key}"
            hint = "name a video the same way in every row"
            raise InputError(text, path=source, item=item.video_id, hint=hint)
        keys[item.video_id] = key
    return Matched(keys=keys, unmatched=tuple(unmatched), changed=tuple(changed))


class _Index:
    """Candidates by id and by name."""

    def __init__(
        self, candidates: Iterable[Candidate], bases: tuple[Path, ...], *, uploaded: bool, source: Path | None
    ) -> None:
        self._bases = bases
        self._source = source
        self._uploaded = uploaded
        self._ids: dict[str, str] = {}
        self._starts: dict[str, set[str]] = {}
        self._at: dict[str, list[Candidate]] = {}
        paths: list[Path] = []
        for candidate in candidates:
            if candidate.video_id:
                self._ids.setdefault(_short(candidate.video_id), candidate.key)
            if candidate.video_id and is_hash(candidate.video_id):
                self._starts.setdefault(candidate.video_id.lower()[:16], set()).add(candidate.key)
            name = candidate.path or candidate.key
            if candidate.path or not is_hash(name):
                path = Path(name)
                paths.append(path)
                self._at.setdefault(absolute_path(path), []).append(candidate)
        self._names = FileNames(paths)

    def key_of(self, item: Item) -> str | None:
        """Return the key of the only candidate that an item can mean; None when there is none."""
        known = self._ids.get(_short(item.video_id))
        if known is not None:
            return known
        if is_hash(item.video_id):
            short = {k for k in self._starts.get(item.video_id.lower()[:16], ()) if _agree(k, item.video_id)}
            hits = short or {c.key for c in self._named(item.path) if not is_hash(c.key)}
        else:
            hits = {c.key for c in self._named(item.path)} or {c.key for c in self._named(item.video_id)}
        if len(hits) > 1:
            listed = sorted(hits)
            more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
            of = "" if self._source else " of the golden set"
            raise InputError(
                f"{item.path or item.video_id!r}{of} fits {len(listed)} videos:"
                f" {', '.join(self._described(key) for key in listed[:_SHOWN])}{more}",
                path=self._source, item=item.video_id, hint="name it by its video_id, or give the folder too",
            )  # fmt: skip
        return next(iter(hits), None)

    def lies_elsewhere(self, item: Item) -> bool:
        """Say whether the item's path holds another content now."""
        return bool(is_hash(item.video_id) and self._named(item.path))

    def _named(self, name: str) -> list[Candidate]:
        found = self._names.named(name, bases=self._bases) if name else []
        if name and not found:
            # a table may name videos without any ending
            found = [path for path in self._names.named(Path(name).stem) if not Path(path).suffix]
        if not found and self._uploaded and (rest := _UPLOADED.sub("", name, count=1)) not in ("", name):
            found = self._names.named(rest)
        return [candidate for absolute in found for candidate in self._at[absolute]]

    def _described(self, key: str) -> str:
        path = next((c.path for same in self._at.values() for c in same if c.key == key and c.path), "")
        return f"{path} ({key})" if path and path != key else key


def _short(text: str) -> str:
    return text.lower()[:VIDEO_ID_LENGTH] if is_hash(text) else text


def _agree(one: str, other: str) -> bool:
    """Whether two hashes, of which one may have been cut, are of the same content."""
    a, b = one.lower(), other.lower()
    return a.startswith(b[: len(a)]) if len(a) < len(b) else b.startswith(a[: len(b)])
