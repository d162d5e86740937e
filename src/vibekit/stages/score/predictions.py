"""What a run or a table says of its videos, column by column."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from vibekit.errors import InputError
from vibekit.formats.labels_table import is_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from vibekit.core.annotation import Answer
    from vibekit.core.attribute import Attribute
    from vibekit.core.golden import GoldenAttribute
    from vibekit.core.video import Video


class Outcome(IntEnum):
    """How a video came out, as a number for arrays."""

    OK = 0
    ABSTAIN = 1
    BLOCKED = 2
    FAILED = 3
    MISSING = 4


NO_LABEL = -1
"""In place of a label's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is said of one attribute; all arrays have one entry a video.

    Attributes:
        outcome: Codes of ``Outcome``.
        label: Place of the label among the allowed ones; ``NO_LABEL`` where there is none, or only a probability.
        probability: P(true) of a binary attribute, P(the label is right) of others; NaN where there is none.
        definition: Fingerprint that the labels were made with; empty when not known.
        source: Where the probabilities come from; empty without any.
        labelled: False when there are probabilities only, so that a threshold has to decide.
        threshold: That whoever made the probabilities chose for them; None when not known.
    """

    outcome: NDArray[np.int8]
    label: NDArray[np.int64]
    probability: NDArray[np.float64]
    definition: str = ""
    source: str = ""
    labelled: bool = True
    threshold: float | None = None


class Details(Protocol):
    """Gives the words behind a few labels."""

    def answers(self, attribute: str, rows: Sequence[int]) -> Mapping[int, Answer]:
        """Return the answers of some videos, by their row; a table has none."""
        ...


class NoDetails:
    """A table without words."""

    def answers(self, attribute: str, rows: Sequence[int]) -> Mapping[int, Answer]:  # noqa: ARG002 - the protocol's
        """Return nothing."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Labels of many videos.

    Attributes:
        path: The run folder or the table.
        ids: Name of every video: its content hash, or what the table calls it; distinct.
        paths: Where its file lay; empty where not known.
        more_paths: Row -> further places of the same video.
        columns: Attribute -> what is said of it.
        known: All attributes that the run or table has, asked for or not.
        videos: Video id -> the video, of a run.
        definitions: Attribute -> the definition that the labels were made with, of a run.
        definition_files: Attribute -> its file.
        details: Gives rationales.
        annotator: Who made the labels; empty when not known.
        model: Model id; empty when there is none.
        cost_usd: What the run cost; None for a table.
        is_run: False for a table.
        warnings: For people.
    """

    path: Path
    ids: pa.Array
    paths: pa.Array
    columns: Mapping[str, Column]
    known: tuple[str, ...]
    more_paths: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    videos: Mapping[str, Video] = field(default_factory=dict)
    definitions: Mapping[str, Attribute] = field(default_factory=dict)
    definition_files: Mapping[str, Path] = field(default_factory=dict)
    details: Details = field(default_factory=NoDetails)
    annotator: str = ""
    model: str = ""
    cost_usd: float | None = None
    is_run: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of videos."""
        return len(self.ids)


def read_predictions(path: Path, asked: Mapping[str, GoldenAttribute], *, id_column: str = "") -> Predictions:
    """Read a run or a table.

    Args:
        path: A run folder, a table, or a folder of ``part-*.parquet``.
        asked: The attributes that are wanted; those that are not there are left out.
        id_column: Of a table: the column that names the video; empty to find it.

    Raises:
        InputError: It is neither, a label is outside of what is allowed, or a video has two different labels.
    """
    if (path / "run.json").is_file():
        from vibekit.stages.score.run_labels import read_run_labels

        return read_run_labels(path, asked)
    if path.exists() and is_labels(path):
        from vibekit.stages.score.table_labels import read_table_labels

        return read_table_labels(path, asked, id_column=id_column)
    problem = "no such file or folder" if not path.exists() else "neither a run nor a table of labels"
    raise InputError(
        problem, path=path, hint="give a folder that holds run.json or part-*.parquet, or a CSV or Parquet file"
    )
