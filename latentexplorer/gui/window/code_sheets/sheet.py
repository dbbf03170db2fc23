"""What every window about the code of one image is: it stands beside the panes, which go on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDialog, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from latentexplorer.core.errors import NotApplicableError
from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.views.asked_image import Asked, asked_of_code
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from latentexplorer.gui.window.code_sheets.kept_masks import KeptMasks


class CodeSheet(QDialog):
    """A window that is about the run that is shown, and closes when another is opened.

    Attributes
    ----------
    name : str
        What its parts are called by: "mend" is the first word of `mend_dialog`.
    about, guide : str
        Its first line, and the page of the guide behind it; "" of none.
    lines : int
        So many lines have room in `said`: nothing moves when more is said.
    title : str
        What it is called where there is no image yet.
    of_image : bool
        Whether it is about the image of the current code, and so about none where that has none.
    single, stays : bool
        Whether there is one at most; whether a closed one is there again, as it was, when it is opened once more.
    rows : QVBoxLayout
        Its parts from top to bottom.

    Signals
    -------
    wanted : (str)
        An action of the window's table.
    """

    name, title, about, guide = "", "", "", ""
    lines = 1
    of_image = single = stays = False
    wanted = Signal(str)

    def __init__(self, session: Session, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._run = session, session.shown
        self.setObjectName(f"{self.name}_dialog")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, not self.stays)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        self.rows.setSpacing(SPACE)
        if self.about:
            head = QHBoxLayout()
            head.addWidget(caption(self.about), 1)
            head.addWidget(GuideLink(self.guide))
            self.rows.addLayout(head)
        session.run_changed.connect(self._on_other_run)
        self.finished.connect(self._end)

    @cached_property
    def said(self) -> Label:
        """What is being done, or was found: a line for its rows."""
        said = Label()
        said.setObjectName(f"{self.name}_said")
        said.setWordWrap(True)
        said.setMinimumHeight(self.lines * said.fontMetrics().lineSpacing())
        said.setAlignment(Qt.AlignmentFlag.AlignTop)
        return said

    @classmethod
    def of_current(cls, session: Session, parent: QWidget, masks: KeptMasks) -> Self:
        """A sheet about what is current now.

        Raises
        ------
        LatentExplorerError
            Saying why there is none.
        """
        raise NotImplementedError

    @Slot()
    def _on_other_run(self) -> None:
        # Its images may have another shape.
        self.close()
        self.deleteLater()

    @Slot()
    def _end(self) -> None:
        """It is closed: nobody waits any more for what is worked out for it."""


def current_image(session: Session) -> tuple[Code, Asked]:
    """The current code and the image that it belongs to.

    Raises
    ------
    NotApplicableError
        Where it is the code of no image.
    DataError
    """
    code = session.current.code
    if code is None:
        raise NotApplicableError("No code is chosen", "Choose an image in the map or the gallery")
    return code, asked_of_code(session.shown, code)


def in_row(*parts: QWidget | None, gap: int = SPACE) -> QHBoxLayout:
    """Widgets side by side, fields with their names before them; None: what follows stands at the right."""
    line = QHBoxLayout()
    line.setSpacing(gap)
    for part in parts:
        if part is None:
            line.addStretch()
            continue
        if isinstance(part, (QComboBox, QAbstractSpinBox)):
            line.addWidget(caption(part.accessibleName()))
        line.addWidget(part)
    return line


def in_column(*parts: QWidget | QLayout) -> QVBoxLayout:
    """A picture, which takes the room that there is, and close below it what belongs to it."""
    column = QVBoxLayout()
    column.setSpacing(SPACE // 2)
    for at, part in enumerate(parts):
        if isinstance(part, QLayout):
            column.addLayout(part)
        else:
            column.addWidget(part, 1 if at == 0 else 0)
    return column
