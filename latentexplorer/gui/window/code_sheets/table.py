"""The table of the sheets: one entry each, by the action that opens it."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.window.code_sheets.kept_masks import KeptMasks

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.gui.window.code_sheets.sheet import CodeSheet

SHEETS = {
    "draw_image": "drawing:DrawingDialog",
    "watch_code": "watch:WatchDialog",
    "mend_image": "mend:MendDialog",
    "swap_class": "swap:SwapDialog",
}
"""Action of the window's table: module and class, imported when it is opened."""


class CodeSheets(QObject):
    """Opens sheets, and keeps what was erased of images while the window is open.

    Signals
    -------
    wanted : (str)
        An action of the window's table.
    """

    wanted = Signal(str)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._masks = KeptMasks()

    def open(self, action: str) -> None:
        """Open a sheet about what is current now, or one that says why there is none."""
        kind = _kind(action)
        sheet = self._window.findChild(kind) if kind.single else None
        if sheet is None or not (sheet.isVisible() or sheet.stays):
            try:
                sheet = kind.of_current(self._session, self._window, self._masks)
            except LatentExplorerError as error:
                sheet = self._refusal(action, kind, error)
            sheet.wanted.connect(self.wanted)
        sheet.show()
        sheet.raise_()
        sheet.activateWindow()

    def _refusal(self, action: str, kind: type[CodeSheet], error: LatentExplorerError) -> CodeSheet:
        """What stands in the place of a sheet that cannot be opened."""
        from latentexplorer.gui.window.code_sheets.refusal import RefusalSheet

        for before in self._window.findChildren(RefusalSheet):
            before.close()
        image = RefusalSheet.image_of(self._session.shown) if kind.of_image else None
        refusal = RefusalSheet(self._session, kind.title, error, image, self._window)
        refusal.again.connect(partial(self.open, action))
        return refusal


def _kind(action: str) -> type[CodeSheet]:
    module, name = SHEETS[action].split(":")
    kind: type[CodeSheet] = getattr(importlib.import_module(f"latentexplorer.gui.window.code_sheets.{module}"), name)
    return kind
