"""Why there is no sheet about what is current, in its place, and what to take instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, Signal, Slot
from PySide6.QtWidgets import QPushButton, QWidget

from latentexplorer.core.errors import LatentExplorerError
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.window.code_sheets.button import sheet_button
from latentexplorer.gui.window.code_sheets.sheet import CodeSheet, in_row

if TYPE_CHECKING:
    from latentexplorer.runs import Trained

WIDTH_PX = 380
TAKE = {"test": "Take a held-out image", "train": "Take a training image"}


class RefusalSheet(CodeSheet):
    """Says it where the sheet would stand; for one about an image it offers some.

    Parameters
    ----------
    title : str
        What somebody wanted.
    error : LatentExplorerError
        Why there is none.
    image : (part, index) or None
        One that would help.

    Signals
    -------
    again : ()
        What was wanted can be opened now: an image is current.
    """

    name = "refusal"
    again = Signal()

    def __init__(
        self,
        session: Session,
        title: str,
        error: LatentExplorerError,
        image: tuple[str, int] | None,
        parent: QWidget,
    ) -> None:
        super().__init__(session, title, parent)
        self._image = image
        self.said.setText(". ".join(filter(None, (error.what, error.todo))) + ".")
        self.rows.setContentsMargins(QMargins(SPACE * 2, SPACE * 3, SPACE * 2, SPACE * 2))
        self.rows.addWidget(self.said)
        self.setMinimumWidth(WIDTH_PX)
        close = sheet_button("Close", "refusal_close", "Leave everything as it is")
        close.clicked.connect(self.close)
        offered = self._instead(image[0]) if image is not None else []
        self.rows.addLayout(in_row(*offered, None, close))
        (offered[0] if offered else close).setFocus()

    def _instead(self, part: str) -> list[QPushButton]:
        """What another image can be taken by."""
        take = sheet_button(TAKE[part], "refusal_take", "Make the first one current, and open this for it")
        draw = sheet_button("Draw one…", "refusal_draw", "Draw with the mouse")
        choose = sheet_button("Open one…", "refusal_open", "Read a file")
        take.setProperty("role", "primary")
        for button, does in ((take, self._on_take), (draw, self._on_draw), (choose, self._on_open)):
            button.clicked.connect(does)
        return [take, draw, choose]

    @staticmethod
    def image_of(run: Trained) -> tuple[str, int] | None:
        """Part and index of an image of a run that has a code; None where there is none, or its images are gone."""
        if run.data is None or run.config.model.kind.separates:
            return None
        known = ((part, run.codes.get(part)) for part in TAKE)
        return next(
            ((part, int(codes.index[0])) for part, codes in known if codes is not None and len(codes.index)), None
        )

    @Slot()
    def _on_take(self) -> None:
        if self._image is not None:
            self._session.current.pick_image(*self._image)
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
