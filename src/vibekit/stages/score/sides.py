"""The two sides of a score: a golden set, and the labels that are held against it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vibekit.errors import InputError, did_you_mean
from vibekit.stages.golden.open import open_golden
from vibekit.stages.score.definitions import definition_of, owned
from vibekit.stages.score.find import find_rows, named_in
from vibekit.stages.score.predictions import read_predictions
from vibekit.stages.score.truth import truth_of
from vibekit.stages.score.truth_table import is_large_table, read_truth_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vibekit.core.attribute import Attribute
    from vibekit.core.golden import GoldenAttribute
    from vibekit.stages.score.definitions import Owned
    from vibekit.stages.score.predictions import Predictions
    from vibekit.stages.score.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """A run or table beside a golden set.

    Attributes:
        predictions: What it says.
        rows: Of every golden video, its row in it; negative where there is none.
        definitions: Attribute -> the definition that its labels were made with, where that is known.
        named: Attribute -> golden videos that this definition names as examples.
    """

    predictions: Predictions
    rows: NDArray[np.int64]
    definitions: Mapping[str, Attribute]
    named: Mapping[str, NDArray[np.bool_]]

    @property
    def fingerprints(self) -> dict[str, str]:
        """Attribute -> fingerprint that its labels were made with; empty when not known."""
        return {name: column.definition for name, column in self.predictions.columns.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A golden set and one or more runs or tables, for the same attributes.

    Attributes:
        truth: The golden set.
        labels: The runs or tables, in the order in which they were named.
        names: Attributes that all of them have.
        mine: The user's definitions.
        warnings: For people.
    """

    truth: Truth
    labels: tuple[Labels, ...]
    names: tuple[str, ...]
    mine: Mapping[str, Owned]
    warnings: tuple[str, ...] = ()


def open_sides(
    golden: Path,
    paths: Sequence[Path],
    *,
    attributes: Sequence[str] = (),
    attributes_dir: Path | None = None,
    id_column: str = "",
) -> Sides:
    """Read both sides and find every golden video among the labels.

    Args:
        golden: A folder or a plain table.
        paths: Runs or tables.
        attributes: Names; empty for all that every side has.
        attributes_dir: The user's definitions.
        id_column: Of a labels table: the column that names the video.

    Raises:
        InputError: A side cannot be read, lacks an attribute that was asked for, or they have no video in common.
    """
    everything = _open_truth(golden, paths, attributes_dir)
    wanted = _wanted(everything, attributes)
    read = [read_predictions(path, wanted, id_column=id_column) for path in paths]
    warnings = [*everything.warnings]
    names = tuple(name for name in wanted if all(name in one.columns for one in read))
    for one in read:
        warnings += [w for w in one.warnings if w not in warnings]
        _check_attributes(one, wanted, names, asked=bool(attributes), warnings=warnings)
    mine = owned(names, attributes_dir)
    labels = tuple(_labels(one, everything, names, mine, warnings) for one in read)
    return Sides(truth=everything, labels=labels, names=names, mine=mine, warnings=tuple(warnings))


def _open_truth(golden: Path, paths: Sequence[Path], attributes_dir: Path | None) -> Truth:
    # a plain table is read by the definitions that the labels were made with
    kept = [path / "attributes" for path in paths if (path / "attributes").is_dir()]
    folder = attributes_dir or (kept[0] if kept else None)
    if is_large_table(golden):
        return read_truth_table(golden, attributes_dir=folder)
    found = open_golden(golden, attributes_dir=folder)
    return truth_of(found, tuple(found.attributes))


def _wanted(truth: Truth, attributes: Sequence[str]) -> dict[str, GoldenAttribute]:
    for name in attributes:
        if name not in truth.attributes:
            raise InputError(
                f"the golden set has no attribute '{name}'", path=truth.path, item=name,
                hint=did_you_mean(name, truth.attributes) or f"it has: {', '.join(truth.attributes)}",
            )  # fmt: skip
    return {name: truth.attributes[name] for name in dict.fromkeys(attributes or truth.attributes)}


def _check_attributes(
    predictions: Predictions,
    wanted: Mapping[str, GoldenAttribute],
    names: Sequence[str],
    *,
    asked: bool,
    warnings: list[str],
) -> None:
    lacking = [name for name in wanted if name not in predictions.columns]
    known = ", ".join(predictions.known) or "none"
    if lacking and (asked or not names):
        raise InputError(
            f"there are no labels of '{lacking[0]}'", path=predictions.path, item=lacking[0],
            hint=did_you_mean(lacking[0], predictions.known) or f"there are labels of: {known}",
        )  # fmt: skip
    if lacking:
        warnings.append(f"{predictions.path}: no labels of {', '.join(lacking)}; they are not scored")


def _labels(
    predictions: Predictions, truth: Truth, names: Sequence[str], mine: Mapping[str, Owned], warnings: list[str]
) -> Labels:
    found = {name: definition_of(name, predictions, truth, mine)[0] for name in names}
    return Labels(
        predictions=predictions,
        rows=find_rows(truth, predictions, warnings),
        definitions={name: definition for name, definition in found.items() if definition is not None},
        named=named_in(found, truth),
    )
