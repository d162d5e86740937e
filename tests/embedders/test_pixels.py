import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vibekit.embedders.base import EmbedError
from vibekit.embedders.pixels import resized
from vibekit.embedders.pooling import pooled, unit_length

sizes = st.integers(1, 40)


@given(sizes, sizes, sizes, sizes, st.integers(0, 255))
def test_a_plain_picture_stays_plain_at_any_size(h: int, w: int, height: int, width: int, value: int) -> None:
    small = resized(np.full((2, h, w, 3), value, np.uint8), height=height, width=width)
    assert small.shape == (2, height, width, 3)
    assert np.allclose(small, value, atol=1e-3)


@given(sizes, sizes, st.integers(0, 99))
def test_the_same_size_changes_nothing(h: int, w: int, seed: int) -> None:
    frames = np.random.default_rng(seed).integers(0, 256, (2, h, w, 3), dtype=np.uint8)
    assert np.allclose(resized(frames, height=h, width=w), frames, atol=1e-3)


def test_it_agrees_with_a_well_known_filter() -> None:
    image = pytest.importorskip("PIL.Image")
    # a smooth picture: the other one rounds its weights
    y, x = np.mgrid[0:90, 0:160]
    frame = np.stack([127 + 120 * np.sin(x / 9), 127 + 120 * np.cos(y / 7), (x + y) % 250], axis=-1).astype(np.uint8)
    wanted = np.asarray(image.fromarray(frame).resize((64, 48), image.Resampling.BILINEAR), np.float32)
    assert np.abs(resized(frame[None], height=48, width=64)[0] - wanted).max() < 1.01


def test_pooling_by_hand() -> None:
    frames = np.array([[3, 0], [0, 5], [2, 0]], np.float32)
    mean, std, delta = np.array([2 / 3, 1 / 3]), np.sqrt([2 / 9, 2 / 9]), np.array([1.0, 1.0])
    whole = np.concatenate([mean, std, delta])
    assert np.allclose(pooled(frames, ("mean", "std", "delta")), whole / np.linalg.norm(whole))
    assert np.allclose(pooled(frames, ("mean",)), mean / np.linalg.norm(mean))


@pytest.mark.parametrize("bad", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_numbers_that_are_no_vector_are_a_reason(bad: list[float]) -> None:
    with pytest.raises(EmbedError, match=r"finite|zeros"):
        unit_length(np.array(bad))
    with pytest.raises(EmbedError, match=r"finite|zeros"):
        pooled(np.array([bad], np.float32), ("mean",))
