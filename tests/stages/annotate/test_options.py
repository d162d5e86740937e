"""Options are checked before anything is read: each error names the flag, the variable and the key of the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vibekit.errors import InputError
from vibekit.stages.annotate.options import AnnotateOptions, AnnotateRequest, cautions, default_out, to_config

REQUEST = AnnotateRequest(sources=("clips/",), attributes=("calming",), out=None)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("frames", 0, "frames 0 is out of range (--frames, VIBEKIT_FRAMES, or annotate.frames in vibekit.yaml)"),
        ("near", 1.5, "near 1.5 is out of range"),
        ("jpeg_quality", 101, "jpeg-quality 101 is out of range"),
        ("max_cost", -1.0, "max-cost -1 is out of range"),
        ("media", "vidoe", "--media 'vidoe' is not known"),
        ("sampling", "nearest", "--sampling 'nearest' is not known"),
        ("thinking", "much", "--thinking 'much' is not known"),
        ("media_resolution", "huge", "--media-resolution 'huge' is not known"),
        ("start", 5.0, "--end 3 is not after --start 5"),
    ],
)
def test_a_wrong_value_is_named(field: str, value: object, says: str) -> None:
    options = replace(AnnotateOptions(), **{"end": 3.0 if field == "start" else None, field: value})  # type: ignore[arg-type]
    with pytest.raises(InputError) as error:
        to_config(REQUEST, options)
    assert says in error.value.message
    assert error.value.hint


def test_samples_that_will_be_the_same_are_warned_of() -> None:
    assert cautions(replace(AnnotateOptions(), samples=3, temperature=0.0))
    assert not cautions(replace(AnnotateOptions(), samples=3))
    assert not cautions(replace(AnnotateOptions(), temperature=0.0))


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(InputError) as error:
        to_config(REQUEST, replace(AnnotateOptions(), media="vidoe"))
    assert "did you mean 'video'?" in error.value.hint


def test_a_part_of_a_video_cannot_be_measured() -> None:
    with pytest.raises(InputError, match="do not work with --annotator signals"):
        to_config(REQUEST, replace(AnnotateOptions(), annotator="signals", end=3.0))


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(InputError, match="--limit 0"):
        to_config(replace(REQUEST, limit=0), AnnotateOptions())


@pytest.mark.parametrize(
    ("source", "run"),
    [("clips/", "clips"), ("some/dir/list.csv", "list"), ("clips/**/*.mp4", "clips"), ("a b/ü.mp4", "ü"), ("/", "run")],
)
def test_a_run_is_named_after_its_videos(source: str, run: str) -> None:
    assert default_out((source,)) == Path("runs") / run


def test_defaults_are_the_documented_ones() -> None:
    config = to_config(REQUEST, AnnotateOptions())
    assert config.annotator == "gemini"
    assert config.settings.model == "gemini-3.8-flash"
    assert (config.settings.media, config.settings.sampling.frames, config.samples) == ("auto", 16, 1)
    assert config.out == Path("runs/clips")
