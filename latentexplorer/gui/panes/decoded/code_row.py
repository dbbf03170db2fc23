"""The row above the pictures: earlier and later codes, what the current one is, its class, and bookmarks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from latentexplorer.gui.panes.decoded.bookmarks_panel import BookmarksPanel
from latentexplorer.gui.style.icons import icon
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, theme
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.views.code import Code

CLASS_PX = (64, 72, 150)
"""Width of the choice of a class: at least, with short names and with long ones."""
ARROW_PX = 36


class CodeRow(QWidget):
    """Says what the current code is, and is asked for others.

    Attributes
    ----------
    how : ElidedLabel
        What the code is, in words.
    klass : Choice
        The class it is decoded with.
    bookmarks : BookmarksPanel
        Opens below its button.

    Signals
    -------
    gone : (int)
        Back (-1) or forward (1) through earlier codes.
    class_chosen : (int)
    bookmarks_asked : ()
        `open_bookmarks` follows.
    """

    gone = Signal(int)
    class_chosen = Signal(int)
    bookmarks_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.how = ElidedLabel()
        self.klass = Choice("decoded_class", "Class")
        self.klass.prefix = "class "
        self.klass.setToolTip("The class this code is decoded with")
        self.klass.setMinimumWidth(CLASS_PX[0])
        self.klass.hide()
        self.klass.activated.connect(self.class_chosen)
        self.back = _button("Back", "Back through earlier codes (Alt+Left)")
        self.back.clicked.connect(self._back)
        self.forward = _button("Forward", "Forward through earlier codes (Alt+Right)")
        self.forward.clicked.connect(self._forward)
        self.bookmarks_button = _button("Bookmarks", "Bookmarks")
        self.bookmarks_button.setObjectName("bookmarks_button")
        self.bookmarks_button.clicked.connect(self.bookmarks_asked)
        self.bookmarks = BookmarksPanel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.back)
        row.addWidget(self.forward)
        row.addSpacing(SPACE // 2)
        row.addWidget(self.how, 2)
        row.addSpacing(SPACE // 2)
        row.addWidget(self.klass, 1)
        row.addWidget(self.bookmarks_button)
        theme.changed.connect(self._recolour)
        self._recolour()

    @Slot()
    def _recolour(self) -> None:
        self.back.setIcon(icon("back", "muted"))
        self.forward.setIcon(icon("forward", "muted"))
        self.bookmarks_button.setIcon(icon("bookmark", "muted"))

    def offer_classes(self, class_names: Sequence[str], conditional: bool) -> None:
        """The classes of another run; they can be chosen where its decoder is told one."""
        self.klass.setVisible(conditional)
        self.klass.clear()
        self.klass.addItems(list(class_names))
        metrics = self.klass.fontMetrics()
        widest = max((metrics.horizontalAdvance(f"class {name}") for name in class_names), default=0)
        self.klass.setMaximumWidth(min(max(widest + ARROW_PX, CLASS_PX[1]), CLASS_PX[2]))

    def show_code(self, code: Code, class_names: Sequence[str], earlier: bool, later: bool) -> None:
        """Say what a code is; whether there are earlier and later ones."""
        label = code.label if code.of_image else None
        known = [] if label is None else list(class_names[label : label + 1])
        self.how.setText(" · ".join([*known, code.how]))
        # Beside the class that can be chosen a long name says the least, and an image is known by its number at last.
        short = [name for name in known if len(name) < len(code.how)]
        number = [] if short or code.index is None else [f"image {code.index}", str(code.index)]
        if known:
            self.how.briefer = (code.how, *short, *number) if self.klass.isVisibleTo(self) else ()
        else:
            # An image of no class: its part and number before a part of a word.
            alone = code.index is not None and code.how.endswith(f" image {code.index}")
            self.how.briefer = (code.how.replace(" image ", " "), *number) if alone else ()
        if code.y is not None:
            self.klass.setCurrentIndex(code.y)
        self.back.setEnabled(earlier)
        self.forward.setEnabled(later)
        self.bookmarks_button.setEnabled(True)

    def show_bookmarks(self, names: Collection[str]) -> None:
        """List the bookmarks."""
        self.bookmarks.show_names(names)
        self.bookmarks_button.setToolTip(verbatim(f"Bookmarks ({len(names)})" if names else "Bookmarks"))

    def open_bookmarks(self, proposal: str) -> None:
        """Open the list, with a name proposed for the current code."""
        self.bookmarks.open_below(self.bookmarks_button, proposal)

    @Slot()
    def _back(self) -> None:
        self.gone.emit(-1)

    @Slot()
    def _forward(self) -> None:
        self.gone.emit(1)


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(f"decoded_{text.lower()}")
    button.setToolTip(verbatim(tip))
    button.setAccessibleName(text)
    button.setEnabled(False)
    return button
