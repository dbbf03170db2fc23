"""Styles in rows, classes in columns: what the gallery draws of a class grid."""

from __future__ import annotations

import numpy as np

from latentexplorer.gui.session.current_code import CurrentCode
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.widgets.picture_table import TableArea
from latentexplorer.views.class_grid import Result
from latentexplorer.views.code import Code

LEAST_PX = 30


class ClassTable(TableArea):
    """Draws a class grid; each picture stands for a style with a class."""

    def __init__(self) -> None:
        super().__init__("gallery_classes_table", LEAST_PX)
        self.table.setAccessibleName("Styles in every class")
        self.table.set_tips(self._tip)
        self._result: Result | None = None
        self._current: CurrentCode | None = None

    def serve(self, session: Session) -> None:
        """Tell the session what is chosen in the menu of a picture."""
        self._current = session.current
        self.table.serve(session)

    def show_result(self, result: Result) -> None:
        """Draw a class grid."""
        self._result = result
        names = result.styles if len(result.styles) > 1 else ()
        self.table.set_table(result.images, result.class_names, names, self.code_of)
        self.arrange()

    def code_of(self, index: int) -> Code | None:
        """The code of a picture: a style with a class; that of an image, where the class is its own."""
        result, current = self._result, self._current
        if result is None or current is None:
            return None
        row, column = divmod(index, len(result.classes))
        y, z = int(result.classes[column]), result.codes[row]
        if result.index is not None:
            known = current.code_of(result.part, int(result.index[row]))
            if known is not None and np.array_equal(known.z, z):
                return known if known.y == y else known.with_class(y)
        if current.code is not None and np.array_equal(current.code.z, z):
            return current.code if current.code.y == y else current.code.with_class(y)
        return Code(z, y, how=f"{result.styles[row]} as {result.class_names[column]}")

    def mark(self, code: Code | None) -> None:
        """Frame the picture of the current code."""
        result, at = self._result, -1
        if result is not None and code is not None and code.z.shape == result.codes.shape[1:]:
            rows = np.flatnonzero((result.codes == code.z).all(1))
            columns = np.flatnonzero(result.classes == code.y)
            if len(rows) and len(columns):
                at = int(rows[0]) * len(result.classes) + int(columns[0])
        self.table.set_current(at)

    def _tip(self, index: int) -> str:
        result = self._result
        if result is None or not len(result.classes):
            return ""
        row, column = divmod(index, len(result.classes))
        return f"{result.class_names[column]} · {result.styles[row]}"
