"""Pictures of any size in a figure: pixel by pixel as matplotlib draws them, in a fraction of the memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from latentexplorer.figures import picture
from latentexplorer.figures.picture import lay

GENERATOR = np.random.default_rng(0)
SMALL = GENERATOR.random((9, 7))
SHADES = np.dstack([GENERATOR.random((9, 7, 3)), np.full((9, 7), 0.4)])
PIXELS = GENERATOR.integers(0, 256, (120, 200, 4), np.uint8)


def drawn(put: Callable[[Axes], object], place: tuple[float, float, float, float]) -> np.ndarray:
    """Pixels (160, 240, 4), uint8, of a figure with axes at a place of it."""
    figure = Figure((2.4, 1.6), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes(place)
    axes.axis("off")
    put(axes)
    canvas.draw()
    return np.array(canvas.buffer_rgba())


@pytest.mark.parametrize("place", [(0, 0, 1, 1), (0.1, 0.125, 0.8333, 0.7511)], ids=["whole", "between pixels"])
@pytest.mark.parametrize(
    ("values", "how"),
    [
        (SMALL, {"origin": "lower", "cmap": "viridis", "norm": Normalize(0.1, 0.8), "interpolation": "nearest"}),
        (SHADES, {"interpolation": "bilinear", "extent": (-1, 1, -3, 2)}),
        (PIXELS, {"interpolation": "none"}),
    ],
    ids=["values", "shades", "pixels"],
)
def test_a_picture_in_parts_is_the_picture(
    monkeypatch: pytest.MonkeyPatch, values: np.ndarray, how: dict[str, Any], place: tuple[float, float, float, float]
) -> None:
    monkeypatch.setattr(picture, "AT_ONCE", 3_000)
    whole = drawn(lambda axes: axes.imshow(values, aspect="auto", **how), place)
    parts = drawn(lambda axes: lay(axes, values, **how), place)
    assert len(np.unique(whole)) > 50
    # Sums of single precision may fall to either side of a half.
    assert np.abs(parts.astype(int) - whole).max() <= ("bilinear" in how.values())


@pytest.mark.parametrize("turned", [False, True])
def test_a_picture_of_the_figures_own_pixels_is_laid_down_as_it_is(turned: bool) -> None:
    opaque = PIXELS.copy()
    opaque[..., 3] = 255

    def put(axes: Axes) -> None:
        lay(axes, opaque, extent=(0, 200, 120, 0), interpolation="none")
        axes.set(xlim=(0, 200), ylim=(0, 120) if turned else (120, 0))

    found = drawn(put, (20 / 240, 30 / 160, 200 / 240, 120 / 160))
    np.testing.assert_array_equal(found[10:130, 20:220], opaque[::-1] if turned else opaque)


@pytest.mark.parametrize(
    "values", [SMALL, SHADES, np.full((2000, 3000, 4), 200, np.uint8)], ids=["values", "shades", "pixels"]
)
def test_a_large_picture_takes_a_few_bytes_a_pixel(monkeypatch: pytest.MonkeyPatch, values: np.ndarray) -> None:
    monkeypatch.setattr(picture, "AT_ONCE", 200_000)
    figure = Figure((30, 20), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    lay(axes, values, interpolation="none", extent=(0, 3000, 2000, 0))
    axes.set(xlim=(0, 3000), ylim=(2000, 0))
    canvas.get_renderer()
    tracemalloc.start()
    canvas.draw()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Once the picture and once its parts put together; matplotlib alone takes 28 bytes and more.
    assert most < 14 * 6_000_000
