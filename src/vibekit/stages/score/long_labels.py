"""Labels with one row a video and attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vibekit.core.annotation import Status
from vibekit.core.attribute import Kind
from vibekit.errors import InputError, did_you_mean
from vibekit.stages.score.label_codes import ABSTAINED, label_codes, probabilities
from vibekit.stages.score.predictions import NO_LABEL, Column, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vibekit.core.golden import GoldenAttribute
    from vibekit.formats.labels_table import LabelsTable

LABELS = ("label", "value")
PROBABILITY = "probability"
STATUS = "status"
DEFINITION = "definition"
SOURCE = "probability_source"

OUTCOMES = {
    str(Status.OK): Outcome.OK,
    str(Status.ABSTAIN): Outcome.ABSTAIN,
    str(Status.BLOCKED): Outcome.BLOCKED,
    **{str(s): Outcome.FAILED for s in (Status.EMPTY, Status.INVALID, Status.MEDIA_ERROR, Status.ERROR)},
}


def long_columns(
    table: LabelsTable, videos: NDArray[np.int64], n: int, attributes: pa.Array, asked: Mapping[str, GoldenAttribute]
) -> dict[str, Column]:
    """Return what is said of every attribute that is asked for and there.

    Args:
        table: The rows.
        videos: Of every row, the place of its video; shape (rows,).
        n: Number of videos.
        attributes: Of every row, its attribute.
        asked: The attributes that are wanted.

    Raises:
        InputError: A label is not allowed, or a video has two different labels.
    """
    columns = {}
    for name, attribute in asked.items():
        rows = np.flatnonzero(pc.fill_null(pc.equal(attributes, name), False).to_numpy(zero_copy_only=False))
        if len(rows):
            part = table.part(pa.array(rows), (*LABELS, PROBABILITY, STATUS, DEFINITION, SOURCE))
            columns[name] = _column(part, videos[rows], n, attribute)
    return columns


def _column(part: LabelsTable, videos: NDArray[np.int64], n: int, attribute: GoldenAttribute) -> Column:
    names = part.table.column_names
    rows = part.table.num_rows
    cells = next((name for name in LABELS if name in names), None)
    codes = np.full(rows, NO_LABEL, np.int64)
    if cells is not None:
        codes = label_codes(part, part.table[cells].combine_chunks(), attribute)
    chances = probabilities(part, PROBABILITY) if PROBABILITY in names else np.full(rows, np.nan)
    decides = np.isfinite(chances) & (attribute.kind is Kind.BINARY)
    outcomes = _outcomes(part, codes, decides)
    codes = np.where(outcomes == Outcome.OK, np.maximum(codes, NO_LABEL), NO_LABEL)
    _refuse_conflicts(part, attribute.name, videos, (codes, outcomes, np.nan_to_num(chances, nan=-1.0)))
    column = Column(
        outcome=np.full(n, Outcome.MISSING, np.int8),
        label=np.full(n, NO_LABEL, np.int64),
        probability=np.full(n, np.nan),
        definition=_definition(part, attribute.name),
        source=_words(part, SOURCE) or ("table" if np.isfinite(chances).any() else ""),
        labelled=bool((codes != NO_LABEL).any()) or not decides.any(),
    )
    column.outcome[videos], column.label[videos], column.probability[videos] = outcomes, codes, chances
    return column


def _outcomes(part: LabelsTable, codes: NDArray[np.int64], decides: NDArray[np.bool_]) -> NDArray[np.int8]:
    said = (codes >= 0) | ((codes == NO_LABEL) & decides)
    plain = np.where(said, Outcome.OK, np.where(codes == ABSTAINED, Outcome.ABSTAIN, Outcome.MISSING)).astype(np.int8)
    if STATUS not in part.table.column_names:
        return plain
    coded = pc.dictionary_encode(part.table[STATUS].combine_chunks().cast(pa.string()))
    places = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)
    outcomes = plain.copy()
    for place, word in enumerate(coded.dictionary.to_pylist()):
        here = places == place
        if word not in OUTCOMES:
            row = int(np.flatnonzero(here)[0])
            raise part.error(row, f"unknown status {word!r}", hint=did_you_mean(word, OUTCOMES) or ", ".join(OUTCOMES))
        outcomes[here] = OUTCOMES[word]
        odd = np.flatnonzero(here & ((codes >= 0) != (word == Status.OK)) & ((codes >= 0) | ~said))
        if len(odd):
            raise part.error(int(odd[0]), f"status {word!r} {'with' if codes[odd[0]] >= 0 else 'without'} a label")
    return outcomes


def _refuse_conflicts(
    part: LabelsTable, name: str, videos: NDArray[np.int64], said: tuple[NDArray[np.generic], ...]
) -> None:
    order = np.argsort(videos, kind="stable")
    same = videos[order][1:] == videos[order][:-1]
    if not same.any():
        return
    differs = np.zeros(len(same), bool)
    for values in said:
        differs |= values[order][1:] != values[order][:-1]
    clash = np.flatnonzero(same & differs)
    if len(clash):
        first, second = int(order[clash[0]]), int(order[clash[0] + 1])
        raise part.error(
            second,
            f"another answer about '{name}' for the video of {part.place(first)}",
            hint="keep one row a video and attribute",
        )


def _definition(part: LabelsTable, name: str) -> str:
    known = _values(part, DEFINITION)
    if len(known) > 1:
        raise InputError(
            f"labels of '{name}' were made with {len(known)} definitions: {', '.join(known)}",
            path=part.path, hint="keep the rows of one definition",
        )  # fmt: skip
    return known[0] if known else ""


def _words(part: LabelsTable, name: str) -> str:
    return " and ".join(_values(part, name))


def _values(part: LabelsTable, name: str) -> list[str]:
    if name not in part.table.column_names:
        return []
    return [str(value) for value in pc.unique(part.table[name]).to_pylist() if value]
