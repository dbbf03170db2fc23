"""How the map shares its room with its legend."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from latentexplorer.gui.panes.map.legend import Legend
from latentexplorer.gui.style.theme import SPACE

WIDE = 1.9
"""A room so much wider than high has the legend at the side: a map needs as much height as width."""
LEGEND_SHARE = 0.3


class MapRoom(QBoxLayout):
    """The plot, and its legend below it, or beside it where the room is low and wide."""

    def __init__(self, plot: QWidget, legend: Legend) -> None:
        super().__init__(QBoxLayout.Direction.TopToBottom)
        self._legend = legend
        self.setSpacing(SPACE)
        self.addWidget(plot, 1)
        self.addWidget(legend, 0, Qt.AlignmentFlag.AlignTop)

    def setGeometry(self, rect: QRect) -> None:
        beside = rect.width() > WIDE * rect.height()
        room = QSize(round(rect.width() * LEGEND_SHARE), rect.height()) if beside else None
        if self._legend.stand_beside(room):
            # What it asks for now is not what it asked for when this began.
            self.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
            self.invalidate()
        super().setGeometry(rect)
