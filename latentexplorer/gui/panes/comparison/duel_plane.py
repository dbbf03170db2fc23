"""The plane through the same three images by two models, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.tiles import Tiles
from latentexplorer.views.duel_plane import Plane

MOST_PX, GAP_PX = 420, 3
HOW = "A click on a map lets it go up to that image"


class PlanePair(QWidget):
    """The plane by both models below a line of words; away where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("duel_plane")
        self.setAccessibleName("The same plane by both models")
        self.plane: Plane | None = None
        self.heading = Label()
        self.heading.setFont(caption_font())
        self.heading.setWordWrap(True)
        self.tiles = [Tiles(gap_px=GAP_PX) for _ in range(2)]
        self.names = [ElidedLabel(""), ElidedLabel("")]
        beside = QHBoxLayout()
        beside.setSpacing(SPACE)
        for at, (tiles, name) in enumerate(zip(self.tiles, self.names, strict=True)):
            name.setFont(caption_font())
            name.setProperty("role", "muted")
            tiles.setObjectName(f"duel_plane_{at}")
            tiles.setAccessibleName(f"The plane by the {'second' if at else 'first'} model")
            # Below the name.
            tiles.centred = False
            tiles.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            column = QVBoxLayout()
            column.setSpacing(1)
            column.addWidget(name)
            column.addWidget(tiles)
            beside.addLayout(column, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(2)
        outer.addWidget(self.heading)
        outer.addLayout(beside)
        self.hide()

    def show_plane(self, plane: Plane | None, names: Sequence[str]) -> None:
        """Show a plane with the names of both models; None: there is none."""
        self.plane = plane
        self.setVisible(plane is not None)
        if plane is None:
            return
        self.heading.setText(f"The same plane: {plane.words}. {HOW}.")
        for tiles, label, images, name in zip(self.tiles, self.names, plane.images, names, strict=True):
            tiles.setAccessibleName(f"The plane {plane.words}, by {name}")
            tiles.set_images(images.reshape(-1, *images.shape[2:]), columns=images.shape[1])
            label.setText(name)
        self._fit()

    def _fit(self) -> None:
        """As high as the pictures are in the width that each has."""
        if self.plane is None:
            return
        each = (self.width() - SPACE) // 2
        rows, columns, height, width = self.plane.images[0].shape[:4]
        for tiles in self.tiles:
            tiles.setFixedHeight(max(min(round(each * rows * height / (columns * width)), MOST_PX), 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
