"""What single pictures of a video look like: light, colour, texture and where in the picture they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vibekit.media.measure_picture import colourfulness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vibekit.media.measure_picture import Small

    Floats = NDArray[np.float64]

HUES = (
    "red", "orange", "yellow", "lime", "green", "mint", "cyan", "azure", "blue", "violet", "magenta", "rose",
)  # fmt: skip
"""Twelve parts of the circle of hues, 30 degrees each; the first is centred on red."""
_PLACES = ("top_left", "top", "top_right", "left", "centre", "right", "bottom_left", "bottom", "bottom_right")
_COLOURED = 0.15
_EDGE = 0.08


def colour_features(smalls: list[Small]) -> dict[str, float]:
    """Measure the pictures one by one, and take mean and deviation over them.

    Args:
        smalls: At least one.
    """
    looks = [_of_picture(small) for small in smalls]
    levels = {name: np.array([look[name] for look in looks]) for name in _levels(looks[0])}
    means = {f"{name}.mean": float(v.mean()) for name, v in levels.items()}
    spreads = {f"{name}.std": float(v.std()) for name, v in levels.items()}
    shares = {name: float(np.mean([look[name] for look in looks])) for name in looks[0] if name not in levels}
    return {**means, **spreads, **shares}


def _levels(look: dict[str, float]) -> list[str]:
    """Return the names that are followed over time; the others (histograms, places) only as a mean."""
    return [name for name in look if name.startswith(("colour.", "texture."))]


def _of_picture(small: Small) -> dict[str, float]:
    rgb, luma = small.rgb / 255, small.luma
    high, low = rgb.max(axis=2), rgb.min(axis=2)
    saturation = (high - low) / np.maximum(high, 1e-6)
    return {
        "colour.luma": float(luma.mean()),
        "colour.contrast": float(luma.std()),
        "colour.dark_share": float((luma < 0.15).mean()),
        "colour.bright_share": float((luma > 0.85).mean()),
        "colour.saturation": float(saturation.mean()),
        "colour.warmth": float((rgb[..., 0] - rgb[..., 2]).mean()),
        "colour.green_tint": float((rgb[..., 1] - (rgb[..., 0] + rgb[..., 2]) / 2).mean()),
        "colour.colourfulness": colourfulness(small.rgb),
        "colour.luma_entropy": _entropy(np.bincount((luma * 31.999).astype(np.int64).ravel(), minlength=32)),
        **_texture(luma),
        **_hues(rgb, high, low, saturation),
        **_grid(luma),
    }


def _texture(luma: Floats) -> dict[str, float]:
    """Gradients between neighbours 2 pixels apart, and what a picture loses when it is smoothed."""
    across, down = (luma[1:-1, 2:] - luma[1:-1, :-2]) / 2, (luma[2:, 1:-1] - luma[:-2, 1:-1]) / 2
    if not across.size:
        return {"texture.edge_density": 0.0, "texture.edge_strength": 0.0, "texture.fine": 0.0, "texture.level": 0.5}
    strength = np.hypot(across, down)
    inner = luma[1:-1, 1:-1]
    around = (luma[1:-1, 2:] + luma[1:-1, :-2] + luma[2:, 1:-1] + luma[:-2, 1:-1]) / 4
    total = float(np.abs(across).sum() + np.abs(down).sum())
    return {
        "texture.edge_density": float((strength > _EDGE).mean()),
        "texture.edge_strength": float(strength.mean()),
        "texture.fine": float(np.abs(inner - around).mean()),
        # 1: only level edges, such as a horizon; 0: only upright ones
        "texture.level": float(np.abs(down).sum()) / total if total > 1e-9 else 0.5,
    }


def _hues(rgb: Floats, high: Floats, low: Floats, saturation: Floats) -> dict[str, float]:
    """Shares of pixels: each hue among the coloured ones, and steps of saturation and light."""
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    span = np.maximum(high - low, 1e-6)
    sector = np.where(
        high == red, ((green - blue) / span) % 6,
        np.where(high == green, (blue - red) / span + 2, (red - green) / span + 4),
    )  # fmt: skip
    coloured = (saturation > _COLOURED) & (high > _COLOURED)
    bins = (np.floor(sector * 2 + 0.5).astype(np.int64) % 12)[coloured]
    shares = np.bincount(bins, minlength=12) / high.size
    steps = np.bincount(np.minimum((saturation * 4).astype(np.int64), 3).ravel(), minlength=4) / high.size
    light = np.bincount(np.minimum((high * 4).astype(np.int64), 3).ravel(), minlength=4) / high.size
    return {
        **{f"hue.{name}": float(share) for name, share in zip(HUES, shares, strict=True)},
        **{f"saturation.quarter_{n + 1}": float(share) for n, share in enumerate(steps)},
        **{f"value.quarter_{n + 1}": float(share) for n, share in enumerate(light)},
    }


def _grid(luma: Floats) -> dict[str, float]:
    """Light of each ninth of the picture, less that of the whole."""
    rows = np.array_split(luma, 3, axis=0)
    cells = [cell for row in rows for cell in np.array_split(row, 3, axis=1)]
    whole = luma.mean()
    return {
        f"place.{name}": float(cell.mean() - whole) if cell.size else 0.0
        for name, cell in zip(_PLACES, cells, strict=True)
    }


def _entropy(counts: NDArray[np.int64]) -> float:
    """Return bits, 0 to log2 of the number of bins."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())
