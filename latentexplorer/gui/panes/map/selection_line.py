"""How many images are selected, and where they can be seen: a line that stands where nothing cuts it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.views.base import count_text


class SelectionLine(QWidget):
    """Stands under the map while anything is selected.

    Signals
    -------
    gallery_asked, clear_asked : ()
    """

    gallery_asked = Signal()
    clear_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("map_selection_line")
        self.text = ElidedLabel()
        self.text.setObjectName("map_selected")
        self.text.setFont(caption_font())
        self.gallery, self.clear = (
            self._button(text, name, tip)
            for text, name, tip in (
                ("Gallery › Selection", "map_to_gallery", "See the selected images in the Gallery, which holds them"),
                ("Clear", "map_clear", "Select nothing (Esc)"),
            )
        )
        self.gallery.clicked.connect(self.gallery_asked)
        self.clear.clicked.connect(self.clear_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.text, 1)
        row.addWidget(self.gallery)
        row.addWidget(self.clear)
        # Its room is kept: a map that shrank as a click on it selects would move under the pointer.
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()

    def _button(self, text: str, name: str, tip: str) -> QPushButton:
        button = QPushButton(text)
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
        self.setVisible(bool(count or new))
