"""How many images are selected, and where they can be seen: a line that lies on the map's corner."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.views.base import count_text

PAD_PX, ROUND_PX = 4, 6


class SelectionLine(QWidget):
    """Lies on the upper right corner of the map while anything is selected.

    On it, because a map that shrank as a click on it selects would move under the pointer, and room that was kept for
    it would be a gap most of the time.

    Parameters
    ----------
    plot : QWidget
        The map.

    Signals
    -------
    gallery_asked, direction_asked, clear_asked : ()
    """

    gallery_asked = Signal()
    direction_asked = Signal()
    clear_asked = Signal()

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self._of_data = True
        plot.installEventFilter(self)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setObjectName("map_selection_line")
        self.text = ElidedLabel()
        self.text.setObjectName("map_selected")
        self.text.setFont(caption_font())
        self.gallery, self.direction, self.clear = (
            self._button(text, name, tip)
            for text, name, tip in (
                ("Gallery › Selection", "map_to_gallery", "See the selected images in the Gallery, which holds them"),
                ("Direction…", "map_to_direction", "Make a direction to the selected images, in Attributes"),
                ("Clear", "map_clear", "Select nothing (Esc)"),
            )
        )
        self.gallery.clicked.connect(self.gallery_asked)
        self.direction.clicked.connect(self.direction_asked)
        self.clear.clicked.connect(self.clear_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * PAD_PX, 0, PAD_PX, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.text, 1)
        row.addWidget(self.gallery)
        row.addWidget(self.direction)
        row.addWidget(self.clear)
        theme.changed.connect(self.update)
        self.hide()

    def _button(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setProperty("role", "link")
        button.setFont(caption_font())
        button.setObjectName(name)
        button.setToolTip(verbatim(tip))
        return button

    def show_selected(self, count: int, shown: int, of: int, new: int) -> None:
        """Say how many are selected.

        Parameters
        ----------
        count : int
            Selected images of the data.
        shown, of : int
            How many of them are points of the map, and how many points it has.
        new : int
            Selected images that are none of the data.
        """
        if new:
            self.text.setText(f"{count_text(new, 'new image')} selected")
        elif shown == count:
            self.text.setText(f"{count:,} of {of:,} selected")
        else:
            self.text.setText(f"{count:,} selected, {f'{shown:,}' if shown else 'none'} on this map")
        self._of_data = not new
        self._stand()
        self.setVisible(bool(count or new))

    def _stand(self) -> None:
        """In the corner, as wide as its words, or as the map is."""
        # Where there is no room for all of them, a direction is made by the menu: the count is not cut for it.
        room = self._plot.width() - self._whole_width()
        self.direction.setVisible(self._of_data and room >= 0)
        size = self.sizeHint()
        words = self.text.fontMetrics().horizontalAdvance(self.text.text()) + SPACE
        width = min(size.width() + words, self._plot.width())
        self.setGeometry(self._plot.width() - width, 0, width, size.height())

    def _whole_width(self) -> int:
        """Of all of it, the words being whole."""
        links = sum(link.sizeHint().width() + SPACE for link in (self.gallery, self.direction, self.clear))
        return links + self.text.fontMetrics().horizontalAdvance(self.text.text()) + SPACE + 4 * PAD_PX

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._stand()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = theme.color("card")
        ground.setAlpha(235)
        painter.setPen(theme.color("border"))
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), ROUND_PX, ROUND_PX)
