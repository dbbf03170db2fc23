"""Images that are chosen by their points on the map, and the file they can be written into."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from latentexplorer.core.paths import free, own_folder, slug
from latentexplorer.gui.panes.map.selection_line import SelectionLine
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.widgets.file_dialogs import ask_new_file
from latentexplorer.gui.workers import map_tasks
from latentexplorer.views.attribute_groups import positions_text
from latentexplorer.views.base import Array

if TYPE_CHECKING:
    from latentexplorer.views.map import Result

WRITTEN = "Codes (*.npz);;Table of positions (*.csv)"


class MapSelection(QObject):
    """Between the points of a map and the selected images of the session.

    Attributes
    ----------
    result : views.map.Result or None
        The map that is shown.
    """

    def __init__(self, session: Session, line: SelectionLine, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._line, self._window = session, line, parent
        self.result: Result | None = None
        line.gallery_asked.connect(session.selection.images_wanted)
        line.direction_asked.connect(self.make_direction)
        line.clear_asked.connect(self.clear)

    def tell(self) -> None:
        """Say how many are selected, where nothing cuts it."""
        on_map = None if self.result is None else self.points(self.result)
        shown, of = (int(on_map.sum()), len(on_map)) if on_map is not None else (0, 0)
        self._line.show_selected(self.count, shown, of, len(self._session.selection.new))

    @property
    def count(self) -> int:
        """How many images are selected, on the map or not."""
        return len(self._session.selection.images[1])

    @property
    def any(self) -> bool:
        """Whether anything is selected, new images too."""
        return bool(self.count or self._session.selection.new)

    def points(self, result: Result) -> Array | None:
        """Which points of a map are selected, (N,) bool; None where no image of its part is."""
        part, index = self._session.selection.images
        return np.isin(result.index, index) if len(index) and part == result.part else None

    @Slot(object, bool)
    def on_lassoed(self, rows: Array, more: bool) -> None:
        """Points have been drawn round."""
        if self.result is not None:
            self.select(self.result, rows, more)

    @Slot(int, bool)
    def on_name(self, group: int, more: bool) -> None:
        """The name of a class selects its images, or lets them go."""
        if self.result is not None and self.result.groups is not None:
            self.toggle(self.result, np.flatnonzero(self.result.groups == group), more)

    def select(self, result: Result, rows: Array, more: bool) -> None:
        """Select the images of points; `more`: on top of those that are."""
        index = result.index[rows]
        part, before = self._session.selection.images
        if more and part == result.part:
            index = np.concatenate([before, index])
        self._session.selection.select(result.part, index)

    def toggle(self, result: Result, rows: Array, more: bool) -> None:
        """Select the images of points, or let them go where they are what is selected; `more` as in `select`."""
        part, before = self._session.selection.images
        index = result.index[rows]
        if part != result.part or not np.isin(index, before).all():
            self.select(result, rows, more)
        elif more or len(before) == len(index):
            self._session.selection.select(part, np.setdiff1d(before, index))
        else:
            self.select(result, rows, more=False)

    def select_similar(self, result: Result, row: int) -> None:
        """Select the images whose codes are nearest to that of a point."""
        question = partial(map_tasks.nearest_codes, result.projection.codes, row)
        self._session.decoder.ask("map:similar", question, partial(self._on_similar, result))

    def _on_similar(self, result: Result, rows: Array) -> None:
        index = result.projection.index[rows]
        self._session.selection.select(result.part, index)
        self._session.message.emit("info", f"The {len(index)} images with the nearest codes are selected")

    @Slot()
    def make_direction(self) -> None:
        """Bring the place where a direction to the selected images is made."""
        part, index = self._session.selection.images
        if len(index):
            self._session.attributes.want(positions_text(part, index))

    @Slot()
    def clear(self) -> None:
        """Select nothing."""
        if self.any:
            self._session.selection.select(self._session.selection.images[0], [])

    @Slot()
    def export(self) -> None:
        """Ask for a file and write the selection into it."""
        proposed = free(own_folder() / f"{slug(self._session.shown.name)}-selection.npz")
        ask_new_file(
            self._window, "map_selection_dialog", "Export selection", proposed, self.write, WRITTEN, suffix="npz"
        )

    def write(self, path: Path) -> None:
        """Write the selection; the window says when it is done."""
        if path.suffix.lower() not in (".npz", ".csv"):
            # The dialog asked about the name as it was typed.
            path = free(path.with_name(f"{path.name}.npz"))
        part, index = self._session.selection.images
        work = partial(map_tasks.write_selection, self._session.shown, part, index, path)
        self._session.write(f"Writing {path.name}", work, path)
