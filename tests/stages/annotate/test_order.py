from __future__ import annotations

import os
from pathlib import Path

import pytest

from vibekit.errors import InputError
from vibekit.stages.annotate.order import ordered
from vibekit.stages.inputs import InputFile, Inputs


def inputs(*columns: dict[str, str], folder: Path = Path("clips")) -> Inputs:
    return Inputs(files=tuple(InputFile(path=folder / f"{i}.mp4", row=i, columns=c) for i, c in enumerate(columns)))


def rows(files: Inputs) -> list[int]:
    return [f.row for f in files.files]


def test_the_users_order_is_kept_by_default() -> None:
    assert rows(ordered(inputs({"views": "1"}, {"views": "2"}), "manifest")) == [0, 1]


def test_a_column_puts_the_largest_first_and_who_says_nothing_last() -> None:
    files = ordered(inputs({"views": "10"}, {}, {"views": "2e3"}, {"views": " "}, {"views": "10"}), "column:views")
    assert rows(files) == [2, 0, 4, 1, 3]
    assert files.warnings == ("--order column:views: 2 of 5 files say nothing about it and go last",)


def test_dates_go_by_time() -> None:
    files = inputs({"day": "2026-01-02"}, {"day": "20260103"}, {"day": "2026-01-02T12:00:00+00:00"})
    assert rows(ordered(files, "column:day")) == [1, 2, 0]


def test_eight_digits_are_a_number_where_not_everything_is_a_date() -> None:
    files = inputs({"views": "20261399"}, {"views": "20260103"}, {"views": "1800000000"}, {"views": "5"})
    assert rows(ordered(files, "column:views")) == [2, 0, 1, 3]
    assert rows(ordered(inputs({"day": "20260103"}, {"day": "20260104"}), "column:day")) == [1, 0]


def test_newest_takes_the_published_column_or_the_files_own_time(tmp_path: Path) -> None:
    for name, at in (("0.mp4", 1_000_000_000), ("1.mp4", 1_700_000_000), ("2.mp4", 5)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (at, at))
    files = inputs({}, {}, {"upload_date": "20260101"}, folder=tmp_path)
    assert rows(ordered(files, "newest")) == [2, 1, 0]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("newst", "did you mean 'newest'?"),
        ("column:", "one of: manifest, newest, column:NAME"),
        ("column:vews", "did you mean 'views'?"),
    ],
)
def test_an_unknown_order_says_what_there_is(order: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        ordered(inputs({"views": "1"}), order)
    assert said in caught.value.hint


def test_a_value_that_is_neither_number_nor_date_names_its_file() -> None:
    with pytest.raises(InputError, match=r"views of clips/1.mp4 is neither a number nor a date: '1,5'"):
        ordered(inputs({"views": "1"}, {"views": "1,5"}), "column:views")
