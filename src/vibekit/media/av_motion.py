"""What changes from picture to picture: differences, blocks that move, the camera, cuts and shots."""

from __future__ import annotations

import zlib
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vibekit.media.measure_picture import LONG_SIDE, PER_SECOND, cuts, likeness, neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.media.measure_picture import Small

    Floats = NDArray[np.float64]
    Pair = tuple[Small, Small]

BLOCK = 8
"""Side of a block, in pixels of the small picture."""
REACH = 4
"""How far a block is looked for, in pixels: with 8 pictures a second, a third of the long side in a second."""
_TEXTURED = 0.02
_RELUCTANCE = 0.0015
_TOGETHER = 0.6
_CHUNK = 64
_STILL = 0.003


class Motion(NamedTuple):
    """The features, and how much the picture changes between neighbours, for what goes along with it."""

    features: dict[str, float]
    times_s: Floats
    change: Floats


def motion_features(smalls: list[Small]) -> Motion:
    """Measure what changes; a single picture does not change.

    Args:
        smalls: At least one, in order of time.
    """
    smalls = _of_one_size(smalls)
    pairs = neighbours(smalls)
    cut = cuts(pairs) if pairs else np.zeros(0, np.bool_)
    gap = np.array([max(1 / PER_SECOND, b.time_s - a.time_s) for a, b in pairs])
    change = np.array([float(np.abs(b.luma - a.luma).mean()) for a, b in pairs]) / (gap * PER_SECOND)
    inside = [pair for pair, is_cut in zip(pairs, cut, strict=True) if not is_cut]
    values = {
        **_changes(change[~cut], smalls),
        **_blocks(inside, gap[~cut]),
        **_shots(smalls, pairs, cut),
        "motion.compressed": _compressed(smalls),
    }
    return Motion(values, np.array([(a.time_s + b.time_s) / 2 for a, b in pairs]), change)


def _of_one_size(smalls: list[Small]) -> list[Small]:
    """Leave out pictures of another size than most: a stream may change it."""
    (shape, _), *_ = Counter(small.luma.shape for small in smalls).most_common(1)
    return [small for small in smalls if small.luma.shape == shape]


def _changes(change: Floats, smalls: list[Small]) -> dict[str, float]:
    """Mean luma change in 1/8 s, cuts left out."""
    light = np.array([small.luma.mean() for small in smalls])
    some = change if len(change) else np.zeros(1)
    half = len(some) // 2
    return {
        "motion.change.mean": float(some.mean()),
        "motion.change.std": float(some.std()),
        "motion.change.p50": float(np.median(some)),
        "motion.change.p90": float(np.percentile(some, 90)),
        "motion.still_share": float((some < _STILL).mean()),
        "motion.growth": float(some[half:].mean() - some[:half].mean()) if half else 0.0,
        "motion.flicker": float(np.abs(np.diff(light)).mean()) if len(light) > 1 else 0.0,
        "motion.return": likeness(smalls[0].luma, smalls[-1].luma) if len(smalls) > 1 else 1.0,
    }


def _blocks(pairs: list[Pair], gap: Floats) -> dict[str, float]:
    """Speeds in long sides a second: of blocks, of all of them together (the camera), of each against the rest."""
    vectors, known = _vectors(pairs)
    if not known.any():
        names = ("mean", "p50", "p90", "std")
        camera = ("camera_share", "camera_speed", "camera_across", "camera_down", "camera_zoom", "own_speed")
        return {**{f"motion.speed.{n}": 0.0 for n in names}, **{f"motion.{n}": 0.0 for n in camera}}
    seen = known.any(axis=(1, 2))
    vectors, known, gap = vectors[seen], known[seen], gap[seen]
    speed = vectors / (LONG_SIDE * gap[:, None, None, None])
    lost = np.where(known[..., None], speed, np.nan)
    shift = np.nanmedian(lost.reshape(len(lost), -1, 2), axis=1)
    own = np.hypot(*np.moveaxis(lost - shift[:, None, None, :], -1, 0))
    size = np.hypot(lost[..., 0], lost[..., 1])
    level = np.nanmean(size.reshape(len(size), -1), axis=1)
    near = np.abs(lost - shift[:, None, None, :]).max(axis=-1) * (LONG_SIDE * gap[:, None, None]) <= 1.0
    together = near.sum(axis=(1, 2)) / known.sum(axis=(1, 2))
    moves = np.hypot(shift[:, 0], shift[:, 1])
    return {
        "motion.speed.mean": float(level.mean()),
        "motion.speed.p50": float(np.median(level)),
        "motion.speed.p90": float(np.percentile(level, 90)),
        "motion.speed.std": float(level.std()),
        "motion.camera_share": float(((moves > 0) & (together > _TOGETHER)).mean()),
        "motion.camera_speed": float(moves.mean()),
        "motion.camera_across": float(np.abs(shift[:, 1]).mean()),
        "motion.camera_down": float(np.abs(shift[:, 0]).mean()),
        "motion.camera_zoom": float(np.abs(_zoom(lost - shift[:, None, None, :])).mean()),
        "motion.own_speed": float(np.nanmean(own)),
    }


def _zoom(lost: Floats) -> Floats:
    """Return how fast blocks flee the middle (positive: zoom in), per second; shape (pairs,)."""
    rows, columns = lost.shape[1:3]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    place = np.stack([y - y.mean(), x - x.mean()], axis=-1) * BLOCK / LONG_SIDE
    seen = ~np.isnan(lost[..., 0])
    along = np.where(seen, np.nan_to_num((lost * place).sum(axis=-1)), 0).sum(axis=(1, 2))
    far = (seen * (place**2).sum(axis=-1)).sum(axis=(1, 2))
    return np.asarray(along / np.maximum(far, 1e-6))


def _vectors(pairs: list[Pair]) -> tuple[Floats, NDArray[np.bool_]]:
    """Find where each block of the first picture went in the second, by the least absolute difference.

    Returns:
        Shifts (pairs, rows, columns, 2) in pixels, down and across; whether a block has enough texture to tell.
    """
    pieces = [_chunk(pairs[at : at + _CHUNK]) for at in range(0, len(pairs), _CHUNK)]
    pieces = [piece for piece in pieces if piece[0].size]
    if not pieces:
        return np.zeros((0, 1, 1, 2)), np.zeros((0, 1, 1), np.bool_)
    return np.concatenate([v for v, _ in pieces]), np.concatenate([k for _, k in pieces])


def _chunk(pairs: list[Pair]) -> tuple[Floats, NDArray[np.bool_]]:
    before = np.stack([a.luma for a, _ in pairs]).astype(np.float32)
    after = np.stack([b.luma for _, b in pairs]).astype(np.float32)
    height, width = ((size - 2 * REACH) // BLOCK * BLOCK for size in before.shape[1:])
    if height <= 0 or width <= 0:
        return np.zeros((0, 1, 1, 2)), np.zeros((0, 1, 1), np.bool_)
    inner = before[:, REACH : REACH + height, REACH : REACH + width]
    best = np.full((len(pairs), height // BLOCK, width // BLOCK), np.inf, np.float32)
    vectors = np.zeros((*best.shape, 2))
    for down in range(-REACH, REACH + 1):
        for across in range(-REACH, REACH + 1):
            moved = after[:, REACH + down : REACH + down + height, REACH + across : REACH + across + width]
            # where nothing tells shifts apart, the smallest one is right
            cost = _means(np.abs(moved - inner)) + _RELUCTANCE * float(np.hypot(down, across))
            better = cost < best
            best = np.where(better, cost, best)
            vectors[better] = (down, across)
    spread = np.sqrt(np.maximum(_means(inner**2) - _means(inner) ** 2, 0))
    return vectors, spread > _TEXTURED


def _means(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    count, height, width = pictures.shape
    blocks = pictures.reshape(count, height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return np.asarray(blocks.mean(axis=(2, 4)), np.float32)


def _shots(smalls: list[Small], pairs: list[Pair], cut: NDArray[np.bool_]) -> dict[str, float]:
    """Cuts a second, and the lengths of the shots between them, log2 of seconds."""
    seconds = sum(b.time_s - a.time_s for a, b in pairs)
    lengths, begin, last = [], smalls[0].time_s, smalls[0].time_s
    piece = smalls[0].piece
    for (a, b), is_cut in zip(pairs, cut, strict=True):
        if a.piece != piece:
            lengths.append(last - begin)
            begin, piece = a.time_s, a.piece
        if is_cut:
            lengths.append(b.time_s - begin)
            begin = b.time_s
        last = b.time_s
    logs = np.log2(np.maximum([*lengths, last - begin], 1 / PER_SECOND))
    return {
        "cuts.rate": float(cut.sum()) / seconds if seconds > 0 else 0.0,
        "cuts.shot_median": float(np.median(logs)),
        "cuts.shot_shortest": float(logs.min()),
        "cuts.shot_longest": float(logs.max()),
    }


def _compressed(smalls: list[Small]) -> float:
    """Return bits a pixel that deflate needs for the differences of up to 64 pictures: how unpredictable it is."""
    luma = [np.round(small.luma * 63).astype(np.int16) for small in smalls[:: max(1, len(smalls) // 64)]]
    steps = [luma[0], *(b - a for a, b in pairwise(luma))]
    data = np.concatenate([step.astype(np.int8).ravel() for step in steps]).tobytes()
    return 8 * len(zlib.compress(data, 1)) / len(data)
