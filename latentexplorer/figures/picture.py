"""Pictures in a figure that take memory by their pixels: matplotlib makes four numbers of 32 bits and more of each.

For a figure of a hundred million pixels that is 1.6 GB at a time, and several such at once. What has a pixel for each
of the figure's is laid down as it is; all else is drawn a few million pixels at a time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox, IdentityTransform

from latentexplorer.views.base import Array

AT_ONCE = 4_000_000
"""Pixels of the figure that are drawn together: some 200 MB while they are."""
EXACT = 1e-3
"""Of a pixel: so near an edge lies on one."""


class Picture(AxesImage):
    """An image of axes, see `lay`."""

    def _make_image(
        self,
        A: Array,
        in_bbox: Any,
        out_bbox: Any,
        clip_bbox: Any,
        magnification: float = 1.0,
        unsampled: bool = False,
        round_to_pixel_border: bool = True,
    ) -> Any:
        draw = super()._make_image  # type: ignore[misc]
        rest = (magnification, unsampled, round_to_pixel_border)
        shown = Bbox.intersection(out_bbox, clip_bbox)
        if unsampled or shown is None:
            return draw(A, in_bbox, out_bbox, clip_bbox, *rest)
        left, bottom, right, top = (float(edge) * magnification for edge in shown.extents)
        if self._is_of_pixels(A, shown, out_bbox, magnification):
            # The first row lies at the end of the box, and matplotlib counts rows from below.
            ends = self.get_transform().transform([(in_bbox.x0, in_bbox.y0), (in_bbox.x1, in_bbox.y1)])
            upright = ends[1][1] > ends[0][1]
            return np.ascontiguousarray(A[::-1] if upright else A), shown.x0, shown.y0, IdentityTransform()
        rows = int(AT_ONCE / max(right - left, 1.0))
        if top - bottom <= rows or rows < 1:
            return draw(A, in_bbox, out_bbox, clip_bbox, *rest)
        cuts = [bottom, *range(round(bottom) + rows, round(top), rows), top]
        found = []
        for low, high in pairwise(cuts):
            part = Bbox.from_extents(clip_bbox.x0, low / magnification, clip_bbox.x1, high / magnification)
            found.append(draw(A, in_bbox, out_bbox, part, *rest))
        found = [each for each in found if each[0] is not None]
        if not found:
            return None, 0, 0, None
        # From the lowest row upwards, as matplotlib counts them.
        return np.concatenate([each[0] for each in found]), *found[0][1:]

    def _is_of_pixels(self, A: Array, shown: Any, out_bbox: Any, magnification: float) -> bool:
        """Whether each number of the image is one pixel of the figure, and lies on one."""
        whole = np.abs(np.sort(np.asarray(out_bbox.get_points()), axis=0) - shown.get_points()).max() < EXACT
        edges = np.asarray(shown.get_points()) * magnification
        on_edges = np.abs(edges - np.rint(edges)).max() < EXACT
        width, height = np.rint(edges[1] - edges[0])
        if A.dtype != np.uint8 or A.shape[2:] != (4,) or self.origin != "upper" or self.get_alpha() is not None:
            return False
        return bool(whole and on_edges and A.shape[:2] == (height, width))


def lay(axes: Axes, values: Array, *, extent: Any = None, aspect: str = "auto", **how: Any) -> Picture:
    """What `axes.imshow` does; `how`: what `AxesImage` takes."""
    picture = Picture(axes, extent=extent, **how)
    axes.set_aspect(aspect)  # type: ignore[arg-type]
    picture.set_data(values)
    picture.set_clip_path(axes.patch)
    picture.set_extent(picture.get_extent())
    axes.add_image(picture)
    return picture
