"""Which points of a map are shown as pictures where it is looked at closely: never one over another."""

from __future__ import annotations

import math

import numpy as np

from latentexplorer.views.base import Array

LEAST_PX, MOST_PX = 24.0, 72.0
"""Sides of pictures: smaller ones say nothing, larger ones are looked at elsewhere."""
ROOM = 4.0
"""Side of a picture as a multiple of the distance from a point to its nearest: at that about every fourth point has
room for one."""
STEPS = 4
"""So often pictures become smaller by a root of two, on the map, as it is magnified: then all but the closest have
room."""
NEIGHBOURS = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0))


def picture_side(usual: float, scale: float) -> float:
    """Side of the pictures on a map, in its coordinates; 0 where there is no room for any.

    Depends on the magnification only, so that pictures stay as they are while the map is moved; and for a while not
    even on that: until there is room for more of them they grow with the map.

    Parameters
    ----------
    usual : float
        `views.map_place.usual_distance`; 0: all points lie on one another.
    scale : float
        Pixels to a unit of the map.
    """
    if not usual > 0:
        return MOST_PX / scale
    side = ROOM * usual
    if side * scale < LEAST_PX:
        return 0.0
    smaller = min(math.floor(2 * math.log2(side * scale / LEAST_PX)), STEPS)
    return min(side / 2 ** (smaller / 2), MOST_PX / scale)


def thinned(coords: Array, rank: Array, side: float) -> Array:
    """Points so far apart that squares of a side around them do not overlap, and leave no room for much more.

    The same for the same points, whatever lies more than four sides beside them.

    Parameters
    ----------
    coords : (N, 2)
    rank : (N,)
        Of two points that want the same room that of the lower rank gets it.
    side : float

    Returns
    -------
    (M,) int64
        Rows, ascending.
    """
    if not len(coords):
        return np.empty(0, np.int64)
    cell = np.floor(np.asarray(coords, np.float64) / side).astype(np.int64)
    parity = (cell[:, 0] & 1) * 2 + (cell[:, 1] & 1)
    at = cell - cell.min(0) + 1
    taken = np.full((*(at.max(0) + 2), 2), np.inf)
    order = np.argsort(rank, kind="stable")
    kept = []
    # Of cells that lie two apart none touches another: a quarter of them at a time can be filled at once.
    for quarter in range(4):
        rows = order[parity[order] == quarter]
        free = np.ones(len(rows), bool)
        for step in NEIGHBOURS:
            beside = taken[at[rows, 0] + step[0], at[rows, 1] + step[1]]
            free &= (np.abs(beside - coords[rows]) >= side).any(1)
        rows = rows[free]
        key = at[rows, 0] * taken.shape[1] + at[rows, 1]
        rows = rows[np.unique(key, return_index=True)[1]]
        taken[at[rows, 0], at[rows, 1]] = coords[rows]
        kept.append(rows)
    return np.sort(np.concatenate(kept))
