"""How an empty place of a map gets its code, and how wrong that is, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from latentexplorer.core.counting import count_text

if TYPE_CHECKING:
    from latentexplorer.latent.inverse_maps import InverseMap, Way

WAY_NAMES: dict[str, str] = {
    "exact": "Exact inverse",
    "nearest": "Nearest code",
    "neighbours": "Weighted neighbours",
    "network": "Inverse network",
}


def rmse_text(value: float) -> str:
    """`0.0834`, `0.12`: two figures that count."""
    return "0" if value < 5e-6 else f"{value:#.2g}" if value < 0.095 else f"{value:.2f}"


def overall_words(inverse: InverseMap) -> str:
    """Every way with its error at hidden codes, and what that is compared with, a sentence."""
    ways = ", ".join(f"{WAY_NAMES[way].lower()} {rmse_text(inverse.overall(way)[1])}" for way in inverse.errors)
    return (
        f"Pixel RMSE to the decode of the true code, mean over {count_text(inverse.count, 'hidden code')} among the "
        f"points: {ways}; decodes of two at random differ by {rmse_text(inverse.chance[1])}"
    )


def place_words(inverse: InverseMap, way: Way, place: tuple[float, float]) -> str:
    """`pixel error about 0.12 here, 0.10 among the points, 0.31 at random` of a place."""
    found = inverse.predicted(way, np.array([place]))
    least = "at least" if found.beyond[0] else "about"
    return (
        f"pixel error {least} {rmse_text(float(found.pixel[0]))} here, {rmse_text(inverse.overall(way)[1])} among "
        f"the points, {rmse_text(inverse.chance[1])} at random"
    )


def place_sentence(inverse: InverseMap, way: Way, place: tuple[float, float]) -> str:
    """The same with all that is known, for who wants to read it."""
    from latentexplorer.latent.inverse_maps import ALIKE

    found = inverse.predicted(way, np.array([place]))
    lines = [
        f"{WAY_NAMES[way]}. Here its decode is expected to differ from the true one by a pixel RMSE of "
        f"{rmse_text(float(found.pixel[0]))}, and its code by {found.code[0]:.3g} (two codes at random: "
        f"{inverse.chance[0]:.3g}): as much as {ALIKE} hidden codes near by that were as far from what was left.",
        f"{overall_words(inverse)}.",
    ]
    if found.beyond[0]:
        lines.insert(1, "It lies farther from the points than any hidden code did: it may be worse.")
    return "\n".join(lines)
