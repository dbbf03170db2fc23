"""Squares, ellipses and triangles drawn from known factors: ground truth for disentanglement, after dSprites.

Matthey, Higgins, Hassabis and Lerchner 2017, dSprites. Unlike there, angles run over a quarter turn only: all three
shapes look different at every one of them (a square repeats after 90 degrees), so each image has one set of factors.
"""

from __future__ import annotations

import math

import numpy as np

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.counting import count_text
from latentexplorer.core.events import Emit
from latentexplorer.data.convert import Scale
from latentexplorer.data.factor_grid import HUES, draw_combinations, images_wanted, paint, palette
from latentexplorer.data.pixels import Block, Loaded

NAMES = ("square", "ellipse", "triangle")
SIZES = np.linspace(0.11, 0.19, 8)
"""Square root of the area of a quarter of the shape, in image sides: all three shapes of a size are of equal area."""
ANGLES_DEG = np.arange(15) * 6.0
POSITIONS = np.linspace(0.34, 0.66, 16)
"""Centre of the shape in image sides, so that the largest shape still lies inside."""
DEFAULT_COUNT = 10_000
DEFAULT_SIZE = (32, 32)
ASPECT = 1.6
"""Long against short axis of the ellipse."""


class ShapePixels:
    """Shapes drawn when they are read.

    Parameters
    ----------
    codes : ndarray (N, 5 or 6), int64
        Positions in the tables of shape, size, angle, x, y and colour.
    size : (H, W)
    """

    def __init__(self, codes: np.ndarray, size: tuple[int, int]) -> None:
        self.codes = codes
        self.size = size
        self.notes: list[str] = []
        self.scales: dict[str, Scale] = {}

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self.codes), *self.size, 3 if self.codes.shape[1] == 6 else 1

    def read(self, rows: np.ndarray) -> np.ndarray:
        codes = self.codes[rows]
        height, width = self.size
        side = min(height, width)
        scale = (SIZES[codes[:, 1]] * side)[:, None, None]
        turn = np.deg2rad(ANGLES_DEG[codes[:, 2]])[:, None, None]
        center_x = width / 2 + (POSITIONS[codes[:, 3]] - 0.5)[:, None, None] * side
        center_y = height / 2 + (POSITIONS[codes[:, 4]] - 0.5)[:, None, None] * side
        dx = np.arange(width)[None, None, :] + 0.5 - center_x
        dy = np.arange(height)[None, :, None] + 0.5 - center_y
        u = np.cos(turn) * dx + np.sin(turn) * dy
        v = np.cos(turn) * dy - np.sin(turn) * dx
        coverage = np.empty(np.broadcast_shapes(u.shape, v.shape), np.float32)
        for number, distance in enumerate((square, ellipse, triangle)):
            these = codes[:, 0] == number
            # An edge covers a pixel by as much as its distance from the pixel's centre says.
            coverage[these] = np.clip(0.5 - distance(u[these], v[these], scale[these]), 0, 1)
        return paint(coverage, palette()[codes[:, 5]] if codes.shape[1] == 6 else None)

    def array(self) -> np.ndarray | None:
        return None

    def finish(self) -> dict[int, str]:
        """Drawing cannot fail."""
        return {}


def square(u: np.ndarray, v: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Distance from the edge in pixels, negative inside; half a side is `scale`."""
    distance: np.ndarray = np.maximum(np.abs(u), np.abs(v)) - scale
    return distance


def ellipse(u: np.ndarray, v: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Distance from the edge to first order; pi a b = 4 scale^2."""
    b = scale * math.sqrt(4 / (math.pi * ASPECT))
    a = b * ASPECT
    level = np.sqrt((u / a) ** 2 + (v / b) ** 2)
    slope = np.sqrt((u / a**2) ** 2 + (v / b**2) ** 2)
    return (level - 1) * level / np.maximum(slope, 1e-9)


def triangle(u: np.ndarray, v: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Distance from the edges of an equilateral triangle that points up; its area is 4 scale^2."""
    inner = scale * math.sqrt(4 / (3 * math.sqrt(3)))
    half, tall = 0.5, math.sqrt(3) / 2
    distance: np.ndarray = np.maximum.reduce([v, -half * v + tall * u, -half * v - tall * u]) - inner
    return distance


def load(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded:
    """Random combinations of factors, no two alike while there are enough."""
    per_class = (config.train_per_class, config.test_per_class)
    count = images_wanted(config.count, DEFAULT_COUNT, len(NAMES), per_class, config.test_fraction)
    levels = (len(NAMES), len(SIZES), len(ANGLES_DEG), len(POSITIONS), len(POSITIONS))
    colored = config.color == "rgb"
    codes, note = draw_combinations((*levels, len(HUES)) if colored else levels, count, config.seed)
    columns = {
        "shape": np.array(NAMES)[codes[:, 0]],
        "size": SIZES[codes[:, 1]].round(4),
        "angle": ANGLES_DEG[codes[:, 2]],
        "x": POSITIONS[codes[:, 3]].round(4),
        "y": POSITIONS[codes[:, 4]].round(4),
    }
    if colored:
        columns["colour"] = np.array(list(HUES))[codes[:, 5]]
    block = Block.of(ShapePixels(codes, config.size_px or DEFAULT_SIZE), codes[:, 0], columns)
    notes = (f"{count_text(count, 'image')} generated, seed {config.seed}", *([note] if note else []))
    return Loaded("Shapes", block, None, NAMES, notes, tuple(columns), in_order=True)
