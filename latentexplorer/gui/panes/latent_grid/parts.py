"""What is chosen about a latent grid stands above the pictures, or beside them where the height is for these."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QBoxLayout

from latentexplorer.gui.panes.latent_grid.options import BESIDE_PX, PlaneRow
from latentexplorer.gui.panes.latent_grid.plane_view import PlaneView
from latentexplorer.gui.style.theme import SPACE

AXES_PX = (60, 40)
"""What the axes take of the width and of the height."""


class PlaneParts(QBoxLayout):
    """The row and the grid."""

    def __init__(self, row: PlaneRow, grid: PlaneView) -> None:
        super().__init__(QBoxLayout.Direction.TopToBottom)
        self.setSpacing(SPACE)
        self.addWidget(row)
        self.addWidget(grid, 1)
        self._row = row

    def stand(self, room: QSize) -> None:
        """Beside each other in a room so wide and low that the pictures have more of it then."""
        across, down = AXES_PX
        width, height = room.width() - across, room.height() - down
        above = width * (height - self._row.height_in(room.width()) - self.spacing())
        beside = height > 0 and (width - BESIDE_PX - self.spacing()) * height > above
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self.direction() != way:
            self.setDirection(way)
            self._row.stand_beside(beside)
