"""Generated images of one style in any class: every factor but the class is kept, and the image is drawn anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentexplorer.core.config import DataConfig
from latentexplorer.data import fonts, glyphs, shapes
from latentexplorer.data.factor_grid import HUES
from latentexplorer.data.image_set import ImageSet

Drawer = glyphs.GlyphPixels | shapes.ShapePixels
Draws = Callable[[DataConfig, ImageSet], tuple[dict[str, np.ndarray], Drawer]]
CHECKED = 4
"""Images that are drawn again to see whether these are they."""


@dataclass(frozen=True, eq=False)
class KnownStyles:
    """Draws the images of a generated set in other classes.

    Attributes
    ----------
    images : ImageSet
    values : dict of str to ndarray
        The values of each factor, as the columns hold them, in the order of its codes; the class is the first.
    pixels : GlyphPixels or ShapePixels
        What draws them.
    """

    images: ImageSet
    values: dict[str, np.ndarray]
    pixels: Drawer

    @classmethod
    def of(cls, config: DataConfig, images: ImageSet) -> KnownStyles | None:
        """How such a set is drawn; None for sets that are not, or where that does not give the very same images."""
        if config.name not in GENERATED or images.labels is None or not len(images):
            return None
        values, pixels = _DRAWN[config.name](config, images)
        if len(values) != len(images.factor_names):
            return None
        found = cls(images, values, pixels)
        if not set(images.class_names) <= set(found.values[found.of_class].tolist()):
            return None
        rows = np.arange(min(len(images), CHECKED))
        same = np.array_equal(found.drawn(rows, images.labels[rows]), images.images[rows])
        return found if same else None

    @property
    def of_class(self) -> str:
        """The factor that is the class."""
        return next(iter(self.values))

    def drawn(self, rows: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Images (B, H, W, C), uint8, of the styles of the images `rows` (B,), in other classes (B,)."""
        codes = np.stack(
            [_positions(self.images.columns[name][rows], known) for name, known in self.values.items()], axis=1
        )
        names = np.array(self.images.class_names)[classes]
        codes[:, 0] = _positions(names, self.values[self.of_class])
        self.pixels.codes = codes
        return self.pixels.read(np.arange(len(rows)))


def _positions(found: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Where each value stands in the list of its factor's values."""
    if known.dtype.kind == "f":
        nearest: np.ndarray = np.abs(found.astype(float)[:, None] - known).argmin(1)
        return nearest
    place = {str(value): number for number, value in enumerate(known)}
    return np.array([place[str(value)] for value in found], np.int64)


def _glyphs(config: DataConfig, images: ImageSet) -> tuple[dict[str, np.ndarray], glyphs.GlyphPixels]:
    faces = glyphs.faces_of(config)
    values = {
        "character": np.array(list(glyphs.CHARACTERS)),
        "style": np.array([fonts.face_name(face) for face in faces]),
        "slant": glyphs.SLANTS,
        "weight": glyphs.WEIGHTS,
        "x": glyphs.SHIFTS,
        "y": glyphs.SHIFTS,
        **_hues(images),
    }
    none = np.zeros((0, len(values)), np.int64)
    return values, glyphs.GlyphPixels(faces, none, images.images.shape[1:3])


def _shapes(config: DataConfig, images: ImageSet) -> tuple[dict[str, np.ndarray], shapes.ShapePixels]:
    values = {
        "shape": np.array(shapes.NAMES),
        "size": shapes.SIZES,
        "angle": shapes.ANGLES_DEG,
        "x": shapes.POSITIONS,
        "y": shapes.POSITIONS,
        **_hues(images),
    }
    return values, shapes.ShapePixels(np.zeros((0, len(values)), np.int64), images.images.shape[1:3])


def _hues(images: ImageSet) -> dict[str, np.ndarray]:
    return {"colour": np.array(list(HUES))} if "colour" in images.columns else {}


_DRAWN: dict[str, Draws] = {
    "glyphs": _glyphs,
    "shapes": _shapes,
}
GENERATED = tuple(_DRAWN)
"""The sources whose images can be drawn again."""
