from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from support.reference import ROOT, dimensions_table, with_part
from vibekit.embedders.av import LIMIT, Av, scaled
from vibekit.embedders.av_table import DIMENSIONS
from vibekit.embedders.base import EmbedderSettings, EmbedError, Given
from vibekit.media.av_features import av_features

NAMES = tuple(dimension.name for dimension in DIMENSIONS)
SIZE = np.sqrt(len(DIMENSIONS))


def given(path: Path, *, read: dict[str, float] | None) -> Given:
    return Given(path=path, read=read, duration_s=2.0, width=160, height=96, bytes=9000)


def test_every_measured_number_has_a_place_and_every_place_a_number(small_clips: Path) -> None:
    measured = set(av_features(str(small_clips / "busy.mp4"))) | {"file.length", "file.shape", "file.bits"}
    assert measured == set(NAMES)
    assert len(set(NAMES)) == len(NAMES)


def test_the_block_names_its_dimensions() -> None:
    one = Av(EmbedderSettings())
    one.check()
    block = one.block(5)
    assert (block.start, block.dim, block.dimensions) == (5, len(NAMES), NAMES)
    module, _, function = one.needs.reading.partition(":")
    assert (module, function) == (av_features.__module__, av_features.__name__)


def test_vectors_of_clips_are_finite_and_differ(small_clips: Path) -> None:
    one = Av(EmbedderSettings())
    paths = sorted(small_clips.iterdir())
    vectors = [one.embed(given(path, read=av_features(str(path)))) for path in paths]
    assert all(v.dtype == np.float32 and np.isfinite(v).all() for v in vectors)
    assert len({v.tobytes() for v in vectors}) == len(paths)


def test_what_was_not_measured_is_typical_and_the_flag_says_so(small_clips: Path) -> None:
    vector = Av(EmbedderSettings()).embed(
        given(small_clips / "silent.mp4", read=av_features(str(small_clips / "silent.mp4")))
    )
    sound = [i for i, name in enumerate(NAMES) if name.startswith(("sound.", "spectrum.", "mfcc.", "onsets."))]
    assert not vector[sound].any()
    assert vector[NAMES.index("has.sound")] == 0
    assert vector[NAMES.index("has.picture")] == pytest.approx(1 / SIZE)


def test_unknown_facts_of_the_file_are_left_out() -> None:
    known = given(Path("a.mp4"), read={"has.picture": 1.0})
    one = Av(EmbedderSettings())
    at = [NAMES.index(name) for name in ("file.length", "file.shape", "file.bits")]
    assert one.embed(known)[at].all()
    assert not one.embed(replace(known, duration_s=None, width=0))[at].any()


@hypothesis_given(st.dictionaries(st.sampled_from(NAMES), st.floats(-1e30, 1e30)))
def test_any_finite_numbers_give_a_bounded_vector(values: dict[str, float]) -> None:
    vector = scaled(values)
    assert np.isfinite(vector).all()
    assert float(np.abs(vector).max()) <= LIMIT / SIZE + 1e-6


def test_a_centre_becomes_nothing_and_a_scale_above_it_one() -> None:
    for place in (0, 50, len(DIMENSIONS) - 1):
        d = DIMENSIONS[place]
        assert scaled({d.name: d.centre})[place] == 0
        assert scaled({d.name: d.centre + d.scale})[place] == pytest.approx(1 / SIZE)


def test_scales_are_positive() -> None:
    assert min(dimension.scale for dimension in DIMENSIONS) > 0


def test_nothing_measured_is_a_reason() -> None:
    with pytest.raises(EmbedError, match="measured"):
        Av(EmbedderSettings()).embed(given(Path("a.mp4"), read=None))


def test_every_dimension_is_in_the_document() -> None:
    page = (ROOT / "docs" / "embedders.md").read_text("utf-8")
    assert page == with_part(page, "dimensions", dimensions_table()), "type: python tests/test_docs.py --write"
    block = Av(EmbedderSettings()).block(0)
    assert f"| `av` | colour, texture, motion, cuts, level, spectrum, beat | {block.dim}," in page
