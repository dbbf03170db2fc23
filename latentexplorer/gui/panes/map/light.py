"""What stands out on the map: what is searched and found, else what is selected; all else is faint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentexplorer.gui.panes.map.scatter import Scatter
from latentexplorer.gui.panes.map.search import MapSearch
from latentexplorer.gui.panes.map.search_field import SearchField
from latentexplorer.gui.panes.map.selection import MapSelection
from latentexplorer.gui.panes.map.selection_line import SelectionLine
from latentexplorer.gui.session.session import Session

if TYPE_CHECKING:
    from latentexplorer.views.map import Result


class MapLight(QObject):
    """The search above the map, the line of the selection on it, and the points that both light.

    Attributes
    ----------
    chosen, search : MapSelection, MapSearch
        From `bind` on.

    Signals
    -------
    changed : ()
        Other points stand out.
    """

    changed = Signal()

    def __init__(self, plot: Scatter, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot, self._pane = plot, parent
        self._result: Result | None = None
        self.field, self.line = SearchField(), SelectionLine(plot)
        self.field.closed.connect(plot.setFocus)
        self.field.select_asked.connect(self._select_found)
        plot.escaped.connect(self._on_escape)

    def add_to(self, column: QVBoxLayout) -> None:
        """Stand above the plot, and the plot itself."""
        column.addWidget(self.field)
        column.addWidget(self._plot, 1)

    def bind(self, session: Session) -> None:
        """Listen to the session."""
        self.chosen = MapSelection(session, self.line, self._pane)
        self.search = MapSearch(session, self.field, self)
        self.search.changed.connect(self.redraw)
        self._plot.lassoed.connect(self.chosen.on_lassoed)
        self._plot.name_clicked.connect(self.chosen.on_name)
        session.selection.images_changed.connect(self.on_selection)

    def show(self, result: Result | None) -> None:
        """The map that is shown, or none."""
        self._result = self.chosen.result = result
        self.search.show(result)
        self.on_selection()

    @property
    def settings(self) -> dict[str, object]:
        """What is searched for, as a setting of the figure; nothing where nothing is."""
        return {"where": self.field.text} if self.search.found is not None else {}

    @Slot()
    def on_selection(self) -> None:
        """Other images are selected."""
        self.chosen.tell()
        self.redraw()

    @Slot()
    def redraw(self) -> None:
        """Light what is found or selected."""
        if self._result is not None:
            found = self.search.found
            self._plot.cloud.selected = self.chosen.points(self._result) if found is None else found
            self._plot.redraw()
        self.changed.emit()

    @Slot()
    def _select_found(self) -> None:
        """What is found becomes the selection, and is searched for no longer."""
        if self._result is not None and self.search.found is not None:
            self.chosen.select(self._result, np.flatnonzero(self.search.found), more=False)
            self.field.close_search()

    @Slot()
    def _on_escape(self) -> None:
        """The search goes before the selection does."""
        if self.field.text:
            self.field.close_search()
        else:
            self.chosen.clear()
