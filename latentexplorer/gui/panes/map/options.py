"""How the map is laid out: a small sheet of numbers, each explained where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QSpinBox, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, title_font

TSNE, UMAP, PCA, DIMS = "tsne", "umap", "pca", "dims"
ALL_CODES = 100_000
SLOW = (TSNE, UMAP)
"""Methods that take seconds: worked out on request."""


@dataclass(frozen=True)
class Option:
    """A number that can be set, and for which methods it counts."""

    key: str
    label: str
    why: str
    low: int
    high: int
    value: int
    methods: tuple[str, ...]


OPTIONS = (
    Option("x", "Across", "The latent dimension from left to right", 0, 0, 0, (DIMS,)),
    Option("y", "Up", "The latent dimension from bottom to top", 0, 0, 1, (DIMS,)),
    Option(
        "perplexity",
        "Perplexity",
        "How many neighbours each point minds: few show small groups, many the whole",
        2,
        500,
        30,
        SLOW,
    ),
    Option("steps", "Iterations", "Steps in which the points find their places", 50, 20_000, 600, (TSNE,)),
    Option(
        "slow_limit",
        "Sample",
        "Codes at most, evenly over the classes; time grows with them",
        5,
        ALL_CODES,
        5_000,
        SLOW,
    ),
    Option("limit", "At most", "Codes shown, evenly over the classes", 1, 1_000_000, ALL_CODES, (PCA, DIMS)),
    Option("seed", "Seed", "Same seed, same map", 0, 2**31 - 1, 0, (TSNE, UMAP, PCA, DIMS)),
)


class MapOptions(QFrame):
    """Opens under a button and closes by a click beside it.

    Signals
    -------
    changed : ()
        A value was changed.
    asked : ()
        The map is to be laid out again.
    """

    changed = Signal()
    asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("map_options")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE * 2, SPACE * 3 // 2, SPACE * 2, SPACE * 3 // 2)
        grid.setHorizontalSpacing(SPACE * 3 // 2)
        grid.setVerticalSpacing(SPACE // 2)
        title = Label("Layout of the map")
        title.setFont(title_font())
        grid.addWidget(title, 0, 0, 1, 2)
        self.fields: dict[str, QSpinBox] = {}
        self._rows: list[tuple[Option, tuple[QWidget, ...]]] = []
        for row, option in enumerate(OPTIONS):
            label, why, field = Label(option.label), caption(option.why), QSpinBox()
            why.setWordWrap(True)
            why.setFixedWidth(280)
            why.setContentsMargins(0, 0, 0, SPACE // 2)
            field.setObjectName(f"map_{option.key}")
            field.setAccessibleName(option.label)
            field.setToolTip(verbatim(option.why))
            field.setRange(option.low, option.high)
            field.setValue(option.value)
            field.setKeyboardTracking(False)
            field.setGroupSeparatorShown(True)
            field.setFixedWidth(96)
            field.valueChanged.connect(self.changed)
            label.setBuddy(field)
            grid.addWidget(label, 2 * row + 1, 0)
            grid.addWidget(field, 2 * row + 1, 1, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(why, 2 * row + 2, 0, 1, 2)
            self.fields[option.key] = field
            self._rows.append((option, (label, field, why)))
        self.go = QPushButton("Lay out again")
        self.go.setObjectName("map_lay_out")
        self.go.setProperty("role", "primary")
        self.go.clicked.connect(self._on_go)
        grid.addWidget(self.go, 2 * len(OPTIONS) + 2, 0, 1, 2)

    def set_method(self, method: str) -> None:
        """Show what counts for a method."""
        for option, widgets in self._rows:
            for widget in widgets:
                widget.setVisible(method in option.methods)
        self.go.setVisible(method in SLOW)
        self.adjustSize()

    def set_dimensions(self, count: int) -> None:
        """A code of another size: the first two dimensions are shown."""
        for at, key in enumerate(("x", "y")):
            field = self.fields[key]
            field.blockSignals(True)
            field.setRange(0, count - 1)
            field.setValue(min(at, count - 1))
            field.blockSignals(False)

    def value(self, key: str) -> int:
        """A number as it stands."""
        return self.fields[key].value()

    def set_value(self, key: str, value: int) -> None:
        """Set a number without a word."""
        field = self.fields[key]
        field.blockSignals(True)
        field.setValue(value)
        field.blockSignals(False)

    def open_at(self, button: QWidget) -> None:
        """Open above or below a button, on the screen."""
        self.adjustSize()
        screen = button.screen().availableGeometry()
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), -self.height() - 4))
        if corner.y() < screen.top():
            corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + 4))
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self.width())))
        self.move(corner)
        self.show()
        next(widgets[1] for _, widgets in self._rows if widgets[1].isVisible()).setFocus()

    @Slot()
    def _on_go(self) -> None:
        self.close()
        self.asked.emit()
