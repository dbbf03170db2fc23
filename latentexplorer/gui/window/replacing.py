"""Asks before a file that is there is written over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from latentexplorer.gui.style.plain_text import Question, verbatim
from latentexplorer.views.base import count_text

NAMED = 5
"""So many of the files are named."""


def ask_to_replace(
    there: Sequence[Path], parent: QWidget, replace: Callable[[], object], rename: Callable[[], object]
) -> None:
    """Ask what becomes of files that are there; one of two is called, or neither. Another name is what Enter takes."""
    one = len(there) == 1
    what = f"{there[0].name} is there already" if one else f"{count_text(len(there), 'file')} are there already"
    names = "" if one else ", ".join(path.name for path in there[:NAMED]) + ", …" * (len(there) > NAMED) + "\n"
    box = Question(QMessageBox.Icon.Question, what, what, parent)
    box.setInformativeText(verbatim(f"{names}in {there[0].parent}"))
    box.setObjectName("replace_question")
    other = box.addButton("Use another name" if one else "Use other names", QMessageBox.ButtonRole.AcceptRole)
    other.setObjectName("other_name")
    over = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
    over.setObjectName("replace_file")
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(other)
    other.clicked.connect(rename)
    over.clicked.connect(replace)
    box.finished.connect(box.deleteLater)
    box.open()
