"""What can be done with a point of the map, or beside the points."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.widgets.picture_menu import code_menu
from latentexplorer.gui.widgets.pictures import to_qimage
from latentexplorer.views.code import Code


def point_menu(
    parent: QWidget,
    session: Session,
    code: Code | None,
    fit: Callable[[], object],
    similar: Callable[[], object],
    clear: Callable[[], object] | None,
    direction: Callable[[], object] | None = None,
) -> QMenu:
    """A menu for the code of a point; None: there is no point. It is gone when it closes.

    `clear` lets the selection go, `direction` makes a direction to it; None where nothing is selected.
    """
    if code is None:
        menu = QMenu(parent)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction("Show the whole map").triggered.connect(fit)
    else:
        original = session.current.original(code)
        menu = code_menu(parent, code, None if original is None else to_qimage(original), session)
        menu.addSeparator()
        menu.addAction("Show similar").triggered.connect(similar)
    if direction is not None:
        menu.addAction("Make a direction to the selection…").triggered.connect(direction)
    if clear is not None:
        menu.addAction("Clear selection").triggered.connect(clear)
    menu.setObjectName("map_menu")
    return menu
