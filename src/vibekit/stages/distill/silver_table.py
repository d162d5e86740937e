"""A table as a silver source: a probability column an attribute, ``name=label`` columns, or one row a label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vibekit.core.attribute import Kind
from vibekit.core.distill_parts import Source
from vibekit.core.golden import GoldenAttribute
from vibekit.core.video import text_path
from vibekit.errors import InputError
from vibekit.formats.annotations import label_text
from vibekit.formats.folder_kind import holds
from vibekit.formats.golden_value import golden_attribute, inferred_attribute, read_truth
from vibekit.formats.labels_table import is_labels, read_labels
from vibekit.formats.library import find_attribute, list_attributes
from vibekit.formats.manifest import PATH_COLUMNS
from vibekit.formats.metadata_table import ID_COLUMNS
from vibekit.stages.distill.silver import SourceLabels, SourceSet, soft_labels
from vibekit.stages.score.label_codes import label_codes, probabilities
from vibekit.stages.score.labels_folder import STUDENT, manifest_of
from vibekit.stages.score.predictions import NO_LABEL, Outcome
from vibekit.stages.score.table_labels import ATTRIBUTE, LONG, names_of, read_table_labels, refuse_twice
from vibekit.student.threshold import HALF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vibekit.formats.labels_table import LabelsTable
    from vibekit.stages.score.predictions import Column

TABLE_HINT = "give a run folder, or a CSV or Parquet file with video_id and one probability column an attribute"


def read_silver_table(
    path: Path, attributes: Sequence[str], *, smoothing: float, id_column: str, attributes_dir: Path | None
) -> SourceSet:
    """Read a table.

    A column is an attribute when it is asked for or has a definition; without any such wish, when it holds
    probabilities from 0 to 1, or true and false. All others are named in a warning.

    Args:
        path: A file, or a folder of ``part-*.parquet``.
        attributes: Names; empty for all.
        smoothing: What a label without a probability is short of certain.
        id_column: Column that names the video; empty to find it.
        attributes_dir: The user's definitions.

    Raises:
        InputError: It is no table, no column names the video, a video stands twice, or a cell is wrong.
    """
    if not path.exists() or not is_labels(path):
        problem = "no such file or folder"
        if path.exists():
            problem = f"{f'this is {what}' if (what := holds(path)) else 'is'}, neither a run nor a table of labels"
        raise InputError(problem, path=path, hint=TABLE_HINT)
    manifest = manifest_of(path)
    table = read_labels(path)
    names = list(table.table.column_names)
    known = {entry.name for entry in list_attributes(attributes_dir)}
    defined = {name: golden_attribute(find_attribute(name, attributes_dir).attribute, fingerprint=False)
               for name in _speaking(names) if name in known}  # fmt: skip
    if ATTRIBUTE in names and any(name in names for name in LONG):
        return _long(table, attributes, known, smoothing=smoothing, id_column=id_column, attributes_dir=attributes_dir)
    key = id_column or next((name for name in (*ID_COLUMNS, *PATH_COLUMNS) if name in names), "")
    if key not in names:
        raise InputError(f"no column names the video; its columns are: {', '.join(names)}", path=path,
                         hint="name a column video_id, or give --id-column NAME")  # fmt: skip
    ids = names_of(table, (key,))
    refuse_twice(table, ids)
    labels, ignored = _columns(table, key, attributes, defined, smoothing)
    warnings: tuple[str, ...] = ()
    source = Source(path=text_path(path), labels=sum(len(one.rows) for one in labels.values()))
    if ignored:
        warnings = (f"{text_path(path)}: not taken for attributes: {', '.join(ignored)}",)
    if manifest is not None:
        warnings += (f"{text_path(path)}: labels of a student, whose errors are learnt like its teacher's",)
        source = replace(source, annotator=STUDENT, model=manifest.student)
        definitions = {head.name: head.definition for head in manifest.heads}
        labels = {name: replace(one, definition=definitions.get(name, "")) for name, one in labels.items()}
    paths = next((name for name in PATH_COLUMNS if name in names), "")
    return SourceSet(
        source=source,
        ids=ids.to_pylist(),
        paths=table.table[paths].cast(pa.string()).fill_null("").to_pylist() if paths else (),
        labels=labels,
        warnings=warnings,
    )


def _speaking(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(column.partition("=")[0] for column in columns))


def _columns(
    table: LabelsTable,
    key: str,
    attributes: Sequence[str],
    defined: Mapping[str, GoldenAttribute],
    smoothing: float,
) -> tuple[dict[str, SourceLabels], list[str]]:
    columns = [name for name in table.table.column_names if name not in (key, *ID_COLUMNS, *PATH_COLUMNS)]
    labels: dict[str, SourceLabels] = {}
    ignored = []
    for name in _speaking(columns):
        several = [column for column in columns if column.startswith(f"{name}=")]
        if attributes and name not in attributes:
            continue
        if several and name in columns:
            raise InputError(f"both {name!r} and {several[0]!r} are columns", path=table.path, hint="drop one")
        if several:
            labels[name] = _distribution(table, name, several, defined.get(name))
        elif name in defined or name in attributes or _looks_like_one(table.table[name]):
            labels[name] = _single(table, name, defined.get(name), smoothing)
        else:
            ignored.append(name)
    return labels, ignored


def _single(table: LabelsTable, name: str, attribute: GoldenAttribute | None, smoothing: float) -> SourceLabels:
    cells = table.table[name].combine_chunks()
    attribute = attribute or GoldenAttribute(name=name, kind=Kind.BINARY, allowed=(True, False))
    if attribute.kind is Kind.BINARY and not _are_truths(cells):
        chance = probabilities(table, name)
        rows = np.flatnonzero(np.isfinite(chance))
        return SourceLabels(attribute=attribute, rows=rows, chance=chance[rows, None])
    codes = label_codes(table, cells, attribute)
    rows = np.flatnonzero(codes >= 0)
    none = np.full(len(rows), np.nan)
    return SourceLabels(
        attribute=attribute, rows=rows, chance=soft_labels(attribute, codes[rows], none, smoothing=smoothing)
    )


def _distribution(
    table: LabelsTable, name: str, columns: Sequence[str], attribute: GoldenAttribute | None
) -> SourceLabels:
    """Read one probability column a label; a row has to have all of them, or none."""
    words = [column.partition("=")[2] for column in columns]
    attribute = attribute or inferred_attribute(name, words)
    if attribute.kind is Kind.BINARY:
        attribute = GoldenAttribute(name=name, kind=Kind.CATEGORICAL, allowed=tuple(sorted(words)))
    texts = [label_text(label) for label in attribute.allowed]
    lost = sorted(set(texts) ^ set(words))
    if lost:
        raise InputError(
            f"'{name}' has the labels {', '.join(texts)}, its columns are of {', '.join(words)}", path=table.path,
            hint=f"a column for every label: {', '.join(f'{name}={text}' for text in texts)}",
        )  # fmt: skip
    chance = np.stack([probabilities(table, f"{name}={text}") for text in texts], axis=1)
    given = np.isfinite(chance)
    torn = np.flatnonzero(given.any(axis=1) & ~given.all(axis=1))
    if len(torn):
        raise table.error(int(torn[0]), f"'{name}' has a probability for some labels only", hint="fill in all of them")
    rows = np.flatnonzero(given.all(axis=1))
    total = chance[rows].sum(axis=1)
    off = np.flatnonzero(np.abs(total - 1) > 0.02)
    if len(off):
        raise table.error(int(rows[off[0]]), f"the probabilities of '{name}' sum to {total[off[0]]:.3f}, not to 1")
    return SourceLabels(attribute=attribute, rows=rows, chance=chance[rows] / total[:, None])


def _long(
    table: LabelsTable,
    attributes: Sequence[str],
    known: set[str],
    *,
    smoothing: float,
    id_column: str,
    attributes_dir: Path | None,
) -> SourceSet:
    told = table.table[ATTRIBUTE].cast(pa.string()).to_pylist()
    names = [n for n in dict.fromkeys(told) if n is not None and (not attributes or n in attributes)]
    cells = table.table["label"].cast(pa.string()).to_pylist() if "label" in table.table.column_names else None
    asked = {}
    for name in names:
        if name in known:
            asked[name] = golden_attribute(find_attribute(name, attributes_dir).attribute, fingerprint=False)
        else:
            words = {w for a, w in zip(told, cells, strict=True) if a == name and w} if cells else {"true", "false"}
            asked[name] = inferred_attribute(name, words)
    found = read_table_labels(table.path, asked, id_column=id_column)
    labels = {}
    for name, column in found.columns.items():
        has = column.label != NO_LABEL
        if asked[name].kind is Kind.BINARY:
            has |= np.isfinite(column.probability)
            _refuse_turned(table.path, name, asked[name].allowed.index(True), column)
        rows = np.flatnonzero((column.outcome == Outcome.OK) & has)
        chance = soft_labels(asked[name], column.label[rows], column.probability[rows], smoothing=smoothing)
        labels[name] = SourceLabels(attribute=asked[name], rows=rows, chance=chance, definition=column.definition)
    source = Source(
        path=text_path(table.path), annotator=found.annotator, model=found.model,
        labels=sum(len(one.rows) for one in labels.values()),
    )  # fmt: skip
    return SourceSet(source=source, ids=found.ids.to_pylist(), paths=found.paths.to_pylist(), labels=labels)


def _refuse_turned(path: Path, name: str, true: int, column: Column) -> None:
    """Raise when most false labels have a probability of more than one half: those are P(the label is right)."""
    no = (column.outcome == Outcome.OK) & (column.label != NO_LABEL) & (column.label != true)
    sure = column.probability[no & np.isfinite(column.probability)]
    turned = int((sure > HALF).sum())
    if turned > len(sure) / 2:
        raise InputError(
            f"{turned:,} of {len(sure):,} false labels of '{name}' have a probability of more than one half", path=path,
            item=name, hint="the probability is that of true: of a false label that is 90 % sure, 0.1",
        )  # fmt: skip


def _looks_like_one(column: pa.ChunkedArray) -> bool:
    """Tell a column of probabilities, or of true and false, from all others."""
    numbers = _numbers(column.combine_chunks())
    known = numbers[np.isfinite(numbers)] if numbers is not None else np.zeros(0)
    if len(known):
        return bool((known >= 0).all() and (known <= 1).all())
    return _are_truths(column.combine_chunks())


def _are_truths(cells: pa.Array) -> bool:
    """Tell true and false from probabilities."""
    if pa.types.is_boolean(cells.type):
        return True
    if pa.types.is_integer(cells.type):
        return set(cells.drop_null().unique().to_pylist()) <= {0, 1}
    if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
        return False
    words = [word for word in cells.unique().to_pylist() if word]
    return bool(words) and all("." not in word and read_truth(word) is not None for word in words)


def _numbers(cells: pa.Array) -> NDArray[np.float64] | None:
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        return np.asarray(cells.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False), np.float64)
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        try:
            return np.array([float(word) if word else np.nan for word in cells.to_pylist()], np.float64)
        except ValueError:
            return None
    return None
