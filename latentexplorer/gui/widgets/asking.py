"""Asks for a word or a number, in a dialog that is wide enough for what stands in it."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog, QWidget

from latentexplorer.gui.style.plain_text import verbatim

WIDE_PX = 380


def asking(parent: QWidget, name: str, title: str, label: str) -> QInputDialog:
    """A dialog to be filled in and opened; it is gone when it is closed.

    Qt makes it as wide as its buttons: longer names, and its own title, would be cut.
    """
    dialog = QInputDialog(parent)
    dialog.setObjectName(name)
    dialog.setWindowTitle(title)
    dialog.setLabelText(verbatim(label))
    dialog.finished.connect(dialog.deleteLater)
    # As high as what stands in it, once that is known.
    dialog.resize(WIDE_PX, 1)
    return dialog
