"""What is chosen about a latent grid stands above the pictures, or beside them where the height is for these."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QBoxLayout

from latentexplorer.gui.panes.latent_grid.options import PlaneRow
from latentexplorer.gui.panes.latent_grid.plane_view import PlaneView
from latentexplorer.gui.style.theme import SPACE

WIDE = 1.8
"""A pane that is wider than so many times its height is low."""


class PlaneParts(QBoxLayout):
    """The row and the grid."""

    def __init__(self, row: PlaneRow, grid: PlaneView) -> None:
        super().__init__(QBoxLayout.Direction.TopToBottom)
        self.setSpacing(SPACE)
        self.addWidget(row)
        self.addWidget(grid, 1)
        self._row = row

    def stand(self, room: QSize) -> None:
        """Beside each other in a room that is wide and low."""
        beside = room.width() > WIDE * room.height()
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self.direction() != way:
            self.setDirection(way)
            self._row.stand_beside(beside)
