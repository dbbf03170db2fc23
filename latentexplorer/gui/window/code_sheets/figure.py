"""What a sheet shows, as a figure in a file: the same one that the command makes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.gui.window.export_dialog import ExportChoice, ExportDialog
from latentexplorer.gui.workers import found_tasks
from latentexplorer.views.asked_image import Asked
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from latentexplorer.gui.window.code_sheets.sheet import CodeSheet
    from latentexplorer.runs import Trained

Recipe = tuple[dict[str, object], Array | None]
"""Settings of the figure, and the pixels (H, W), bool, that are erased; None where there are none to be told."""
TIP = "Draw what the sheet shows into a PNG, SVG or PDF file; a search that was stopped is drawn to its end"
NOWHERE = "The image lies in no file, so no figure can name it: open it from a file"


class SheetFigure(QObject):
    """A button *Export…* and what it does.

    Parameters
    ----------
    kind : str
        The view.
    recipe : callable
        What the figure is told, asked when it is wanted.

    Attributes
    ----------
    run : Trained
        With its weights as they are seen in the sheet.
    """

    def __init__(
        self, session: Session, run: Trained, kind: str, recipe: Callable[[], Recipe | None], sheet: CodeSheet
    ) -> None:
        super().__init__(sheet)
        self.run = run
        self._session, self._kind, self._recipe, self._sheet = session, kind, recipe, sheet
        self._asked: Recipe | None = None
        self.button = sheet_button("Export…", f"{sheet.name}_export", TIP)
        self.button.clicked.connect(self._on_export)

    def allow(self, found: bool, named: bool) -> None:
        """Whether there is something to draw, and whether its image lies somewhere."""
        self.button.setEnabled(found and named)
        self.button.setToolTip(verbatim(TIP if named else NOWHERE))

    @Slot()
    def _on_export(self) -> None:
        # As it is seen now, whatever is chosen while a place for the file is sought.
        self._asked = self._recipe()
        if self._asked is None:
            return
        dialog = ExportDialog(self._kind, self.run.name, self._sheet)
        dialog.chosen.connect(self._write)
        dialog.open()

    @Slot(object)
    def _write(self, choice: ExportChoice) -> None:
        assert self._asked is not None
        settings, erased = self._asked
        work = partial(found_tasks.export, self.run, self._kind, settings, erased, choice.path, choice.dpi, choice.size)
        self._session.write(f"Exporting {choice.path.name}", work, choice.path)


def image_settings(code: Code, image: Asked) -> dict[str, object] | None:
    """How settings name the image of a sheet; None for one that lies nowhere."""
    if code.image is not None:
        return {"image": list(code.image.files)} if code.image.files else None
    return {"code": f"{code.part}:{code.index}"} if code.index is not None else None
