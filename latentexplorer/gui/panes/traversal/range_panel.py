"""What the sliders of the traversal span: chosen for all of them, and typed for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QPushButton, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.number_box import NumberLine, number_of
from latentexplorer.gui.widgets.range_choice import RangeChoice
from latentexplorer.views.ranges import LIMIT, number_text

if TYPE_CHECKING:
    from latentexplorer.latent.ranges import Choice, Span


class RangePanel(QFrame):
    """Opens below what was clicked.

    Signals
    -------
    chosen : ("auto", "codes", "prior" or (low, high))
        For all dimensions; typed ends are forgotten.
    typed : (dimension, (low, high))
    forgotten : (dimension)
        It goes by what all others do again.
    """

    chosen = Signal(object)
    typed = Signal(int, object)
    forgotten = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("traversal_range")
        self.setAccessibleName("Range of the sliders")
        self.dimension = -1
        self.choice = RangeChoice("traversal_range")
        self.choice.chosen.connect(self.chosen)
        self.title = caption("")
        self.ends: list[QLineEdit] = []
        for name, words in (("low", "Lowest value"), ("high", "Highest value")):
            field = NumberLine()
            field.setObjectName(f"traversal_{name}")
            field.setAccessibleName(words)
            field.setFixedWidth(72)
            field.returnPressed.connect(self._on_typed)
            self.ends.append(field)
        self.again = QPushButton("As the others")
        self.again.setObjectName("traversal_ends_reset")
        self.again.clicked.connect(self._on_again)
        self.problem = Label()
        self.problem.setProperty("role", "danger")
        self.to = caption("to")
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE * 3 // 2, SPACE * 3 // 2, SPACE * 3 // 2, SPACE * 3 // 2)
        grid.setSpacing(SPACE)
        grid.addWidget(caption("All span"), 0, 0)
        grid.addWidget(self.choice, 0, 1, 1, 4)
        for column, widget in enumerate((self.title, self.ends[0], self.to, self.ends[1], self.again)):
            grid.addWidget(widget, 1, column)
        grid.addWidget(self.problem, 2, 0, 1, 5)

    def open_below(
        self, widget: QWidget, choice: Choice, prior: bool, dimension: int = -1, span: Span | None = None
    ) -> None:
        """Show what is chosen for all, and the ends of one dimension where there is one."""
        self.dimension = dimension
        self.choice.show_choice(choice, prior)
        self.problem.hide()
        for part in (self.title, *self.ends, self.to, self.again):
            part.setVisible(span is not None)
        if span is not None:
            self.title.setText(f"z{dimension}")
            self.again.setEnabled(span.of == "given" and isinstance(choice, str))
            for field, end, name in zip(self.ends, (span.low, span.high), ("from", "to"), strict=True):
                field.setText(number_text(end, span.width / 10))
                field.setModified(False)
                field.setAccessibleName(f"Dimension {dimension}, {name}")
        self.adjustSize()
        left = 0 if span is not None else widget.width() - self.width()
        corner = widget.mapToGlobal(QPoint(left, widget.height() + 2))
        screen = widget.screen().availableGeometry()
        self.move(
            max(min(corner.x(), screen.right() - self.width()), screen.left()),
            max(min(corner.y(), screen.bottom() - self.height()), screen.top()),
        )
        self.show()
        if span is not None:
            self.ends[0].setFocus()
            self.ends[0].selectAll()

    @Slot()
    def _on_typed(self) -> None:
        ends = [number_of(field.text(), LIMIT) for field in self.ends]
        low, high = ends
        if low is None or high is None or not low < high:
            self.problem.setText("Write numbers" if None in ends else "The first number must be the smaller one")
            self.problem.show()
            self.adjustSize()
            return
        self.typed.emit(self.dimension, (low, high))
        self.hide()

    @Slot()
    def _on_again(self) -> None:
        self.forgotten.emit(self.dimension)
        self.hide()
