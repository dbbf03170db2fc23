"""The list of keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from latentexplorer.gui.style.plain_text import Label, Markup
from latentexplorer.gui.style.theme import SPACE


class ShortcutsDialog(QDialog):
    """What is done by which keys, in two columns: one below the other they are higher than a small screen.

    Qt's own message box would break the lines, and cut them on a screen that is narrow.

    Parameters
    ----------
    keys : sequence of (str, str)
        What is done, and the keys.
    """

    def __init__(self, keys: Sequence[tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts_dialog")
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        half = -(-len(keys) // 2)
        cells = Markup("<td style='padding: 1px 24px 1px 0'>{}</td><td style='padding: 1px 24px 1px 0'>{}</td>")
        pairs = zip_longest(keys[:half], keys[half:], fillvalue=("", ""))
        both = (Markup("<tr>{}{}</tr>").format(cells.format(*left), cells.format(*right)) for left, right in pairs)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        outer.setSpacing(2 * SPACE)
        outer.addWidget(Label(Markup("<table>{}</table>").format(Markup("").join(both))))
        outer.addWidget(buttons)
