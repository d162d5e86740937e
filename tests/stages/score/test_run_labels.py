"""Which lines of a run count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.scoring import NAME, NO, YES, annotation, definition, lost, make_run, run_file, said, video_id
from vibekit.core.annotation import Annotation, Status
from vibekit.core.attribute import Kind
from vibekit.core.golden import GoldenAttribute
from vibekit.errors import InputError
from vibekit.formats.annotations import to_row
from vibekit.formats.jsonl import Appender
from vibekit.formats.run import RunStatus, write_run
from vibekit.stages.score.predictions import Outcome, Predictions, read_predictions

ASKED = {NAME: GoldenAttribute(name=NAME, kind=Kind.BINARY, allowed=(True, False))}


def append(run: Path, *lines: Annotation) -> None:
    """Add lines to a run."""
    appender = Appender(run / "annotations.jsonl")
    for line in lines:
        appender.append(to_row(line))
    appender.close()


def labels(found: Predictions) -> list[int]:
    """Return the codes: 0 is true, 1 is false, -1 is none."""
    return [int(code) for code in found.columns[NAME].label]


def test_the_last_line_for_a_key_wins(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {NAME: [lost(Status.ERROR), YES]})
    append(run, annotation(0, definition(), NO))
    assert labels(read_predictions(run, ASKED)) == [1, 0]


def test_labels_under_an_older_definition_are_missing(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {NAME: [YES, YES]})
    later = definition(question="Is something unpacked?")
    append(run, annotation(0, later, NO))
    write_run(run / "run.json", run_file([later]))
    found = read_predictions(run, ASKED)
    assert labels(found) == [1, -1]
    assert found.columns[NAME].outcome.tolist() == [Outcome.OK, Outcome.MISSING]
    # the definition that is kept there is not the one of the labels
    assert found.definitions == {}


def test_the_same_bytes_count_once_under_all_their_names(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {NAME: [YES]})
    copy = replace(annotation(0, definition(), YES), path="clips/copy.mp4", duplicate_of="clips/v0.mp4", cost_usd=0.0)
    append(run, copy)
    found = read_predictions(run, ASKED)
    assert found.n == 1
    assert found.ids.to_pylist() == [video_id(0)]
    assert found.more_paths == {0: ("clips/copy.mp4",)}


def test_a_run_that_is_not_complete_or_mixed_says_so(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {NAME: [YES, NO]})
    write_run(run / "run.json", replace(run_file([definition()]), status=RunStatus.INTERRUPTED))
    append(run, replace(annotation(0, definition(), NO), key="0f" * 16, recipe="r0"))
    warnings = read_predictions(run, ASKED).warnings
    assert any("not complete (interrupted)" in warning for warning in warnings)
    assert any("1 of 2 labels of 'unboxing' were made with other settings" in warning for warning in warnings)


def test_a_video_that_cannot_be_read_is_a_failure_under_its_path(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {NAME: [YES]})
    broken = replace(annotation(5, definition(), lost(Status.MEDIA_ERROR)), video_id=None, path="clips/broken.mp4")
    append(run, broken)
    found = read_predictions(run, ASKED)
    assert found.ids.to_pylist()[1] == "clips/broken.mp4"
    assert found.columns[NAME].outcome.tolist() == [Outcome.OK, Outcome.FAILED]


def test_a_label_that_the_golden_set_does_not_allow_is_an_error(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {NAME: [said("maybe")]})
    with pytest.raises(InputError, match="outside of what the golden set allows"):
        read_predictions(run, ASKED)
