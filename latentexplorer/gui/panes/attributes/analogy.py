"""A is to B as C is to ?: the step between the two anchors, taken from the current code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from latentexplorer.gui.style.captions import caption
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.workers import decoding
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.runs import Trained

LEAST_PX, MOST_PX = 48, 240
"""Side of a picture."""
TIPS = {
    "A": "Anchor A: drop any picture here",
    "B": "Anchor B: drop any picture here",
    "C": "The current code: drop any picture here to make it current",
    "?": "C + (B - A), decoded: click to make it the current code",
}


class Analogy(QWidget):
    """Four pictures in a row; the last one is decoded.

    Attributes
    ----------
    views : dict "A", "B", "C", "?" -> ImageView
    code : Code or None
        C + (B - A).
    run : Trained or None
        What decodes it.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._taken: Code | None = None
        """The answer that was taken: current, and not C."""
        self._third: Code | None = None
        self.run: Trained | None = None
        self.code: Code | None = None
        self.views = {
            which: ImageView(f"analogy_{name}") for which, name in zip("ABC?", ("a", "b", "c", "d"), strict=True)
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(caption("A is to B as C is to ?"))
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        column.addLayout(row)
        self._between: list[QWidget] = []
        for which, words in zip("ABC?", ("", ":", "::", ":"), strict=True):
            view = self.views[which]
            view.setAccessibleName(f"Analogy, {'answer' if which == '?' else which}")
            view.placeholder = which
            view.setToolTip(verbatim(TIPS[which]))
            view.serve(session)
            if words:
                self._between.append(caption(words))
                row.addWidget(self._between[-1])
            row.addWidget(view)
            if which != "?":
                view.accept_codes()
                view.code_dropped.connect(partial(self._on_dropped, which))
        row.addStretch(1)
        self.views["?"].picked.connect(self._on_answer_picked)
        self.fit(0)

    def fit(self, width_px: int) -> None:
        """Let the four fill a width, within what can be made out and is large enough."""
        words = sum(label.sizeHint().width() + 2 * SPACE for label in self._between)
        side = min(max((width_px - words) // len(self.views), LEAST_PX), MOST_PX)
        for view in self.views.values():
            view.setFixedSize(side, side)

    def _on_dropped(self, which: str, code: Code) -> None:
        if which == "C":
            self._session.current.set(code, what="choosing C of an analogy")
        elif self.run is not None and code.z.size != self.run.code_dim:
            self._session.message.emit("warning", "That code belongs to another model: it has another size")
        else:
            self._session.selection.set_anchor(which, code)

    def follow(self, code: Code | None) -> None:
        """Another code is current: it is C, unless it is the answer itself."""
        # Also when it is told once more: the pane was out of sight, or the weights are newer.
        if code is None or self._taken is None or not np.array_equal(code.z, self._taken.z):
            self._third, self._taken = code, None
        self.show_codes()

    @Slot()
    def show_codes(self) -> None:
        """Draw the three that are given, and ask for the fourth."""
        session, run = self._session, self.run
        if run is None:
            return
        anchors = session.selection.anchors
        given = {"A": anchors["A"], "B": anchors["B"], "C": self._third}
        for which, code in given.items():
            if code is not None and code.z.size != run.code_dim:
                given[which] = None
        for which, code in given.items():
            self._draw(which, code)
        first, second, third = given.values()
        self.code = None
        if first is not None and second is not None and third is not None:
            z = third.z + (second.z - first.z)
            self.code = Code(np.asarray(z, np.float32), third.y, how="an analogy: C + (B - A)")
        self._draw("?", self.code)

    def _draw(self, which: str, code: Code | None) -> None:
        view, run = self.views[which], self.run
        original = None if code is None or which == "?" else self._session.current.original(code)
        if code is None or run is None or (original is not None and not run.config.model.kind.separates):
            view.code = code
            view.set_image(original, code)
            return
        view.code = code
        question = partial(decoding.decode_as, run, code.z[None], self._session.current.class_for(code.y))
        self._session.decoder.ask(f"analogy_{which}", question, partial(self._on_decoded, which, code))

    def _on_decoded(self, which: str, code: Code, images: Array) -> None:
        if self.views[which].code is code:
            self.views[which].set_image(images[0], code)

    @Slot()
    def _on_answer_picked(self) -> None:
        if self.code is not None:
            self._taken = self.code
            self._session.current.set(self.code, what="taking the answer of an analogy")
