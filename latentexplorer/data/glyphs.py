"""Digits and capital letters drawn from fonts: labelled by character and by style, crisp at any size.

Each character of each face is drawn once, large, and turned into its signed distance field (the distance of every
point from the outline). Slant, position and weight are then a shear, a shift and a threshold of that field, and an
edge stays smooth at any size: Green 2007, Improved Alpha-Tested Magnification for Vector Textures (SIGGRAPH courses).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from latentexplorer.core.cancellation import StopToken
from latentexplorer.core.config import DataConfig
from latentexplorer.core.counting import count_text
from latentexplorer.core.errors import DataError
from latentexplorer.core.events import Emit
from latentexplorer.data import fonts
from latentexplorer.data.convert import Scale
from latentexplorer.data.factor_grid import HUES, images_wanted, paint, palette
from latentexplorer.data.pixels import Block, Loaded

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SLANTS = np.linspace(-0.24, 0.24, 9)
"""Shift to the right for each step up."""
WEIGHTS = np.linspace(-0.006, 0.018, 5)
"""How far the outline moves outwards, in image sides."""
SHIFTS = np.linspace(-0.045, 0.045, 7)
"""Of the centre, in image sides."""
CAP_HEIGHT = 0.58
"""Height of a capital, in image sides."""
WIDEST = 0.73
"""Width of a character at most, in image sides."""
DEEPEST = 0.13
"""How far below the line a character reaches at most, in image sides."""
DEFAULT_COUNT = 10_800
DEFAULT_SIZE = (32, 32)


def distance_field(face: Path, character: str, side: int) -> Image.Image:
    """Signed distance from the outline, positive inside, of a character centred in a square image.

    Returns
    -------
    Image, mode F, `side` x `side`
        In pixels of this image.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    font = _font_of_cap_height(face, CAP_HEIGHT * side)
    left, _, right, descent = font.getbbox(character, anchor="ls")
    # Centred by the ink across, by the height of the capitals along: all characters stand on one line.
    fit = min(1.0, WIDEST * side / max(right - left, 1))
    if fit < 1:
        font = ImageFont.truetype(face, font.size * fit)
        left, _, right, descent = font.getbbox(character, anchor="ls")
    picture = Image.new("L", (side, side))
    # The tails of Q and J are long in some faces: these are lifted off the line by as much as would be cut off.
    base = side * (1 + CAP_HEIGHT * fit) / 2 - max(0.0, descent - DEEPEST * side)
    ImageDraw.Draw(picture).text((side / 2 - (left + right) / 2, base), character, 255, font, anchor="ls")
    ink = np.asarray(picture, np.float32) / 255
    inside = ink >= 0.5
    field = np.zeros_like(ink)
    for sign, region in ((1, inside), (-1, ~inside)):
        distance, nearest = distance_transform_edt(region, return_indices=True)
        # The outline runs through the nearest pixel of the other side, where its grey value says.
        field[region] = sign * (distance + sign * (ink[tuple(nearest)] - 0.5))[region]
    on_outline = (ink > 0) & (ink < 1)
    field[on_outline] = ink[on_outline] - 0.5
    return Image.fromarray(gaussian_filter(field, 0.7).astype(np.float32))


@lru_cache(maxsize=512)
def _font_of_cap_height(face: Path, height_px: float) -> ImageFont.FreeTypeFont:
    probe = ImageFont.truetype(face, 200)
    _, top, _, bottom = probe.getbbox("H", anchor="ls")
    return ImageFont.truetype(face, 200 * height_px / max(bottom - top, 1))


class GlyphPixels:
    """Glyphs drawn when they are read.

    Parameters
    ----------
    faces : list of Path
    codes : ndarray (N, 6 or 7), int64
        Positions in the tables of character, face, slant, weight, x, y and colour.
    size : (H, W)
    """

    def __init__(self, faces: list[Path], codes: np.ndarray, size: tuple[int, int]) -> None:
        self.faces = faces
        self.codes = codes
        self.size = size
        self.notes: list[str] = []
        self.scales: dict[str, Scale] = {}
        # With many faces the fields are kept smaller, to stay below some 200 MB.
        self.field_side = int(np.clip(3 * min(size), 96, 256 if len(faces) <= len(fonts.SHIPPED) else 128))
        self._fields: dict[tuple[int, int], Image.Image] = {}

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return len(self.codes), *self.size, 3 if self.codes.shape[1] == 7 else 1

    def read(self, rows: np.ndarray) -> np.ndarray:
        codes = self.codes[rows]
        distances = np.stack([self._distance(code) for code in codes]) if len(codes) else np.empty((0, *self.size))
        coverage = np.clip(distances + 0.5, 0, 1).astype(np.float32)
        return paint(coverage, palette()[codes[:, 6]] if codes.shape[1] == 7 else None)

    def _distance(self, code: np.ndarray) -> np.ndarray:
        """Signed distance from the outline in pixels of the result, positive inside."""
        height, width = self.size
        side = min(height, width)
        key = (int(code[1]), int(code[0]))
        if key not in self._fields:
            self._fields[key] = distance_field(self.faces[key[0]], CHARACTERS[key[1]], self.field_side)
        field = self._fields[key]
        zoom = self.field_side / side
        slant = SLANTS[code[2]]
        x, y = width / 2 + SHIFTS[code[4]] * side, height / 2 + SHIFTS[code[5]] * side
        # Where each pixel of the result lies in the field: undo the shift, then the slant, then the size.
        middle = self.field_side / 2
        across = (zoom, zoom * slant, middle - zoom * (x + slant * y))
        along = (0.0, zoom, middle - zoom * y)
        outside = -float(self.field_side)
        moved = field.transform(
            (width, height),
            Image.Transform.AFFINE,
            (*across, *along),
            Image.Resampling.BILINEAR,
            fillcolor=outside,
        )
        distance: np.ndarray = np.asarray(moved) / zoom + WEIGHTS[code[3]] * side
        return distance

    def array(self) -> np.ndarray | None:
        return None

    def finish(self) -> dict[int, str]:
        """Drawing cannot fail."""
        return {}


def faces_of(config: DataConfig) -> list[Path]:
    """The faces that glyphs are drawn from, in a fixed order."""
    faces = fonts.shipped()
    if config.system_fonts:
        found = fonts.of_system(CHARACTERS)
        if not found:
            raise DataError(
                "The system has no font that draws every digit and capital letter",
                "Switch System fonts off, or install fonts",
            )
        faces += found
    return faces


def load(config: DataConfig, emit: Emit, stop: StopToken) -> Loaded:
    """Random glyphs, the characters in turn, so that every class is equally large."""
    faces = faces_of(config)
    per_class = (config.train_per_class, config.test_per_class)
    count = images_wanted(config.count, DEFAULT_COUNT, len(CHARACTERS), per_class, config.test_fraction)
    generator = np.random.default_rng(config.seed)
    tables = [len(faces), len(SLANTS), len(WEIGHTS), len(SHIFTS), len(SHIFTS)]
    colored = config.color == "rgb"
    codes = np.stack(
        [
            np.arange(count) % len(CHARACTERS),
            *(generator.integers(0, values, count) for values in [*tables, *([len(HUES)] if colored else [])]),
        ],
        axis=1,
    )
    names = np.array([fonts.face_name(face) for face in faces])
    columns = {
        "character": np.array(list(CHARACTERS))[codes[:, 0]],
        "style": names[codes[:, 1]],
        "slant": SLANTS[codes[:, 2]].round(4),
        "weight": WEIGHTS[codes[:, 3]].round(4),
        "x": SHIFTS[codes[:, 4]].round(4),
        "y": SHIFTS[codes[:, 5]].round(4),
    }
    if colored:
        columns["colour"] = np.array(list(HUES))[codes[:, 6]]
    block = Block.of(GlyphPixels(faces, codes, config.size_px or DEFAULT_SIZE), codes[:, 0], columns)
    notes = (f"{count_text(count, 'image')} generated from {count_text(len(faces), 'font')}, seed {config.seed}",)
    return Loaded("Glyphs", block, None, tuple(CHARACTERS), notes, tuple(columns), in_order=True)
