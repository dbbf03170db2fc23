"""The plane through the same three images by two models, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.views.duel_plane import Plane
from latentexplorer.views.tiling import as_one

MOST_PX = 300
HOW = "A click on a map takes that image up"


class PlanePair(QWidget):
    """Two pictures of a plane below a line of words; away where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("duel_plane")
        self.setAccessibleName("The same plane by both models")
        self.plane: Plane | None = None
        self.heading = Label()
        self.heading.setFont(caption_font())
        self.heading.setWordWrap(True)
        self.views = [ImageView(f"duel_plane_{name}") for name in ("first", "second")]
        self.names = [ElidedLabel(""), ElidedLabel("")]
        beside = QHBoxLayout()
        beside.setSpacing(SPACE)
        for view, name in zip(self.views, self.names, strict=True):
            name.setFont(caption_font())
            name.setProperty("role", "muted")
            view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            column = QVBoxLayout()
            column.setSpacing(1)
            column.addWidget(name)
            column.addWidget(view)
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
        self.setAccessibleDescription(plane.words)
        for view, label, images, name in zip(self.views, self.names, plane.images, names, strict=True):
            view.setAccessibleName(f"The plane by {name}")
            view.set_image(as_one(images))
            label.setText(name)
        self._fit()

    def _fit(self) -> None:
        """As high as the pictures are in the width that each has."""
        if self.plane is None:
            return
        each = (self.width() - SPACE) // 2
        height, width = as_one(self.plane.images[0]).shape[:2]
        for view in self.views:
            view.setFixedHeight(max(min(round(each * height / width), MOST_PX), 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
