"""Labels that go into an index: a labels folder of a student, a run, or a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from vibekit.core.attribute import Kind
from vibekit.core.fingerprint import fingerprint
from vibekit.core.index import IndexedAttribute
from vibekit.core.labels import LabelsStatus
from vibekit.core.video import is_hash, text_path
from vibekit.errors import InputError, UsageError, VibekitError, did_you_mean
from vibekit.formats.index_data import digest_of
from vibekit.formats.labels_manifest import AGAIN, has_labels_manifest, read_labels_manifest
from vibekit.formats.labels_table import is_parquet, parts_of
from vibekit.formats.library import find_attribute, list_attributes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.core.labels import LabelsManifest
    from vibekit.stages.distill.silver import SourceSet

RUN = "run.json"


class LabelSource(Protocol):
    """Labels of some videos, read attribute by attribute."""

    @property
    def path(self) -> Path:
        """Where they are."""
        ...

    @property
    def attributes(self) -> tuple[IndexedAttribute, ...]:
        """What is labelled, with thresholds, without counts."""
        ...

    @property
    def keys(self) -> Mapping[str, pa.ChunkedArray]:
        """Columns that name the video of every row, the most telling one first."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """For people."""
        ...

    def chances(self, name: str) -> NDArray[np.floating]:
        """Return (rows, labels) probabilities of an attribute, NaN where there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """A labels folder: read a column at a time."""

    path: Path
    manifest: LabelsManifest
    attributes: tuple[IndexedAttribute, ...]
    warnings: tuple[str, ...] = ()

    @property
    def keys(self) -> Mapping[str, pa.ChunkedArray]:
        """The ids of all parts."""
        return {"video_id": self._column("video_id")}

    def chances(self, name: str) -> NDArray[np.float32]:
        """Read the columns of an attribute."""
        head = next(head for head in self.manifest.heads if head.name == name)
        return np.stack([_numbers(self._column(column)) for column in head.columns], axis=1)

    def _column(self, name: str) -> pa.ChunkedArray:
        found = []
        for part in self.manifest.parts:
            file = self.path / part.name
            try:
                with file.open("rb") as stream:
                    # a flipped byte is an error and no label
                    column = pq.read_table(stream, columns=[name], page_checksum_verification=True).column(name)
            except (pa.ArrowException, OSError, KeyError) as error:
                first = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise InputError(f"not a whole part: {first}", path=file, hint=AGAIN) from error
            if len(column) != part.rows:
                raise InputError(f"{len(column)} rows, labels.json says {part.rows}", path=file, hint=AGAIN)
            found += column.chunks
        kind = found[0].type if found else pa.string() if name == "video_id" else pa.float32()
        return pa.chunked_array(found, kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    """A run or a table, as distilling reads it."""

    path: Path
    attributes: tuple[IndexedAttribute, ...]
    read: SourceSet
    warnings: tuple[str, ...] = ()

    @property
    def keys(self) -> Mapping[str, pa.ChunkedArray]:
        """The ids as written, and the paths where there are any."""
        ids = pa.chunked_array([pa.array(list(self.read.ids), pa.string())])
        names = {"video_id": ids}
        if self.read.paths:
            names["path"] = pa.chunked_array([pa.array(list(self.read.paths), pa.string())])
        elif not all(is_hash(name) for name in self.read.ids[:1]):
            names["path"] = ids
        return names

    def chances(self, name: str) -> NDArray[np.float64]:
        """Spread the labels over the rows."""
        labels = self.read.labels[name]
        found = np.full((len(self.read.ids), labels.chance.shape[1]), np.nan)
        found[labels.rows] = labels.chance
        return found


def open_sources(
    paths: Sequence[Path], *, thresholds: Mapping[str, float], attributes_dir: Path | None, now: str
) -> tuple[LabelSource, ...]:
    """Open labels, and say from which probability a video carries each attribute.

    The threshold is the one that is given, else the student's, else the definition's, else 0.5. One that is given
    does away with the student's abstain zone, which lies around the student's own.

    Args:
        paths: Labels folders, runs and tables.
        thresholds: Attribute -> probability.
        attributes_dir: The user's definitions.
        now: ISO 8601: when they enter.

    Raises:
        InputError: One cannot be read, is not finished, or two label the same attribute.
        UsageError: A threshold is for no attribute, or for one that has none.
    """
    sources = [_open(path, attributes_dir) for path in paths]
    owner: dict[str, Path] = {}
    for source in sources:
        for attribute in source.attributes:
            if attribute.name in owner:
                raise InputError(
                    f"'{attribute.name}' is labelled in {text_path(owner[attribute.name])} too", path=source.path,
                    item=attribute.name, hint="leave one of them out, or drop the column",
                )  # fmt: skip
            owner[attribute.name] = source.path
    kinds = {attribute.name: attribute.kind for source in sources for attribute in source.attributes}
    for name in thresholds:
        if name not in kinds:
            known = ", ".join(sorted(kinds)) or "none"
            hint = did_you_mean(name, kinds) or f"there are labels of: {known}"
            raise UsageError(f"--threshold {name}: no labels of this attribute", hint=hint)
        if kinds[name] is not Kind.BINARY:
            raise UsageError(f"--threshold {name}: its labels are not true and false", hint="drop it")
    return tuple(_decided(source, thresholds, now, attributes_dir) for source in sources)


def _decided(
    source: FolderSource | TableSource, thresholds: Mapping[str, float], now: str, attributes_dir: Path | None
) -> LabelSource:
    attributes, warnings = [], list(source.warnings)
    for attribute in source.attributes:
        given = thresholds.get(attribute.name)
        if given is not None and attribute.abstain is not None:
            low, high = attribute.abstain
            warnings.append(
                f"'{attribute.name}': the abstain zone from {low:g} to {high:g} does not hold with "
                f"--threshold {given:g}"
            )
        definition = definition_of(attribute.name, attributes_dir)
        if definition and attribute.definition and definition != attribute.definition:
            warnings.append(
                f"'{attribute.name}' was labelled by another definition than the one that is there now: "
                f"{attribute.definition}, now {definition}"
            )
        changed = attribute if given is None else replace(attribute, threshold=given, abstain=None, given=True)
        attributes.append(replace(changed, labelled_at=now))
    return replace(source, attributes=tuple(attributes), warnings=tuple(warnings))


def _open(path: Path, attributes_dir: Path | None) -> FolderSource | TableSource:
    return _folder(path) if has_labels_manifest(path) else _table(path, attributes_dir)


def _folder(path: Path) -> FolderSource:
    manifest = read_labels_manifest(path)
    if manifest.status is not LabelsStatus.COMPLETE:
        raise InputError("these labels are not finished", path=path, hint=AGAIN)
    print_ = source_fingerprint(path)
    attributes = tuple(
        IndexedAttribute(
            name=head.name, kind=head.kind, labels=head.labels, threshold=head.threshold, abstain=head.abstain,
            definition=head.definition, source=text_path(path), source_fingerprint=print_,
        )
        for head in manifest.heads
    )  # fmt: skip
    found = FolderSource(path=path, manifest=manifest, attributes=attributes)
    _refuse_twice(path, found.keys["video_id"])
    return found


def _refuse_twice(path: Path, ids: pa.ChunkedArray) -> None:
    if pc.count_distinct(ids).as_py() != len(ids):
        counts = pc.value_counts(ids)
        name = counts.filter(pc.greater(counts.field("counts"), 1))[0]["values"].as_py()
        raise InputError(f"the video {name} stands in it twice", path=path, hint=AGAIN)


def _table(path: Path, attributes_dir: Path | None) -> TableSource:
    from vibekit.stages.distill.silver_run import read_silver_run
    from vibekit.stages.distill.silver_table import read_silver_table

    if (path / RUN).is_file():
        read = read_silver_run(path, (), smoothing=0.0)
    else:
        read = read_silver_table(path, (), smoothing=0.0, id_column="", attributes_dir=attributes_dir)
    if not read.labels:
        raise InputError("there is no label in it", path=path, hint="give a column of probabilities an attribute")
    known = {entry.name for entry in list_attributes(attributes_dir)}
    print_ = source_fingerprint(path)
    attributes = []
    for name, labels in read.labels.items():
        definition = find_attribute(name, attributes_dir).attribute if name in known else None
        binary = labels.attribute.kind is Kind.BINARY
        attributes.append(
            IndexedAttribute(
                name=name,
                kind=labels.attribute.kind,
                labels=(True,) if binary else labels.attribute.allowed,
                threshold=definition.threshold if definition is not None and binary else 0.5,
                definition=labels.definition or (definition.fingerprint if definition is not None else ""),
                source=text_path(path),
                source_fingerprint=print_,
            )
        )
    return TableSource(path=path, attributes=tuple(attributes), read=read, warnings=read.warnings)


def definition_of(name: str, attributes_dir: Path | None) -> str:
    """Return the fingerprint of an attribute's definition as it is now; empty when there is none."""
    try:
        known = {entry.name for entry in list_attributes(attributes_dir)}
        return find_attribute(name, attributes_dir).attribute.fingerprint if name in known else ""
    except VibekitError:
        return ""


def source_fingerprint(path: Path) -> str:
    """Return what tells whether labels are still those that were read; empty when there is nothing any more."""
    if has_labels_manifest(path):
        manifest = read_labels_manifest(path)
        return fingerprint([manifest.stage, [[part.name, part.rows, part.key] for part in manifest.parts]])
    if (path / RUN).is_file():
        return digest_of(path / "annotations.jsonl")
    files = parts_of(path) if path.is_dir() and is_parquet(path) else [path]
    if not files or not all(file.is_file() for file in files):
        return ""
    digests = [digest_of(file) for file in files]
    return digests[0] if len(digests) == 1 else fingerprint(digests)


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float32]:
    return np.asarray(column.to_numpy(), np.float32)
