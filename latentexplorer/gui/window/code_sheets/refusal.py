"""Why there is no sheet about what is current, in its place, and what to take instead."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.gui.window.code_sheets.sheet import CodeSheet, in_row

WIDTH_PX = 380
INSTEAD = ("Take a held-out image", "Draw one…", "Open one…")


class RefusalSheet(CodeSheet):
    """Says it where the sheet would stand; for one about an image it offers some.

    Parameters
    ----------
    title : str
        What somebody wanted.
    error : LatentExplorerError
        Why there is none.
    takes : bool
        Whether another image would help.

    Signals
    -------
    again : ()
        What was wanted can be opened now: an image is current.
    """

    name = "refusal"
    again = Signal()

    def __init__(self, session: Session, title: str, error: LatentExplorerError, takes: bool, parent: QWidget) -> None:
        super().__init__(session, title, parent)
        self.said.setText(". ".join(filter(None, (error.what, error.todo))) + ".")
        self.rows.setContentsMargins(QMargins(SPACE * 2, SPACE * 3, SPACE * 2, SPACE * 2))
        self.rows.addWidget(self.said)
        self.setMinimumWidth(WIDTH_PX)
        take, draw, choose = (
            sheet_button(words, f"refusal_{name}", tip)
            for words, name, tip in zip(
                INSTEAD,
                ("take", "draw", "open"),
                ("Make the first one current, and open this for it", "Draw with the mouse", "Read a file"),
                strict=True,
            )
        )
        close = sheet_button("Close", "refusal_close", "Leave everything as it is")
        take.clicked.connect(self._on_take)
        draw.clicked.connect(self._on_draw)
        choose.clicked.connect(self._on_open)
        close.clicked.connect(self.close)
        offered = (take, draw, choose) if takes else ()
        if takes:
            take.setProperty("role", "primary")
        self.rows.addLayout(in_row(*offered, None, close))
        (take if takes else close).setFocus()

    @Slot()
    def _on_take(self) -> None:
        codes = self._session.shown.codes
        part = "test" if "test" in codes and len(codes["test"].index) else "train"
        self._session.current.pick_image(part, int(codes[part].index[0]))
        self.close()
        self.again.emit()

    @Slot()
    def _on_draw(self) -> None:
        self.close()
        self.wanted.emit("draw_image")

    @Slot()
    def _on_open(self) -> None:
        self.close()
        self.wanted.emit("explore_images")
