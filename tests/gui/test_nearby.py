"""The point under the mouse among many: the one that looking at all of them finds, of a few that are looked at."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from latentexplorer.gui.panes.map.cloud import Cloud, Placing
from latentexplorer.gui.panes.map.scatter import Scatter
from tests.gui.conftest import PatientBot

MANY = 60_000
RNG = np.random.default_rng(0)
SHAPES = {
    "clusters": RNG.normal(size=(MANY, 2)) + 8 * RNG.integers(0, 5, (MANY, 2)),
    "one far away": np.vstack([RNG.normal(size=(MANY - 1, 2)), [(1e4, -1e4)]]),
    "a line": np.column_stack([RNG.normal(size=300), np.zeros(300)]),
    "one place": np.full((50, 2), 3.0),
    "one": np.array([(2.0, -1.0)]),
    "some nowhere": np.vstack([RNG.normal(size=(400, 2)), np.full((20, 2), np.nan)]),
}


def by_all(cloud: Cloud, placing: Placing, at: QPointF, reach: float) -> int:
    away = np.square(placing.pixels(cloud.coords) - (at.x(), at.y())).sum(1)
    away = np.where(cloud.shown & np.isfinite(away), away, np.inf)
    row = int(np.argmin(away))
    return row if away[row] <= reach**2 and np.isfinite(away[row]) else -1


@pytest.mark.parametrize("shape", SHAPES)
def test_the_nearest_is_that_of_all_of_them(shape: str) -> None:
    cloud, coords = Cloud(), SHAPES[shape]
    cloud.set_points(coords)
    known = coords[np.isfinite(coords).all(1)]
    hits = 0
    # Upwards is less in pixels; seen as a whole, closely, and from far away.
    for scale in (40.0, 2_000.0, 1.0):
        placing = Placing((scale, -scale), (300.0, 200.0))
        for row in RNG.integers(0, len(known), 12):
            at = QPointF(*(placing.pixels(known[row]) + RNG.normal(0, 8, 2)).tolist())
            for reach in (9.0, 0.5, np.inf):
                expected = by_all(cloud, placing, at, reach)
                assert cloud.nearest(placing, at, reach) == expected
                hits += expected >= 0
        cloud.shown = RNG.random(len(coords)) < 0.5
    assert hits
    cloud.shown[:] = False
    assert cloud.nearest(placing, at, np.inf) == -1
    # Moved, they are sought where they are now.
    cloud.shown[:] = True
    cloud.set_points(coords + 100.0)
    assert cloud.nearest(placing, QPointF(*placing.pixels(known[0] + 100.0).tolist()), 1.0) >= 0


def test_few_of_many_are_looked_at() -> None:
    cloud = Cloud()
    cloud.set_points(SHAPES["clusters"])
    placing = Placing((20.0, -20.0), (0.0, 0.0))
    middle = placing.pixels(SHAPES["clusters"][5])
    assert len(cloud._around(placing, QPointF(*middle.tolist()), 9.0)) < MANY // 20


def test_what_is_told_of_a_point_goes_with_it(qtbot: PatientBot) -> None:
    plot, told = Scatter("map"), list[int]()
    qtbot.addWidget(plot)
    plot.set_points(SHAPES["a line"])
    plot._set_hover(7)
    plot.hovered.connect(told.append)
    # The same ones elsewhere are still told of; others are not.
    plot.set_points(SHAPES["a line"] + 1)
    assert plot.hover == 7 and not told
    plot.set_points(SHAPES["one place"])
    assert plot.hover == -1 and told == [-1]
