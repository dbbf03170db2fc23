"""The two ends of a path: pictures that others are dropped on."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from latentexplorer.gui.panes.interpolation.path_strip import PathView
from latentexplorer.gui.panes.interpolation.race_view import RaceView
from latentexplorer.gui.style.plain_text import verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.image_view import ImageView
from latentexplorer.gui.workers import decoding
from latentexplorer.views.base import Array
from latentexplorer.views.code import Code, caption_of

if TYPE_CHECKING:
    from latentexplorer.gui.session.session import Session
    from latentexplorer.runs import Trained

LEAST_PX, MOST_PX = 44, 200
MOST_SHARE = 0.28
"""Part of the width that each picture may take."""
GAP_PX = SPACE * 3 // 2
CAPTION_GAP_PX = 2


class AnchorBar(QWidget):
    """A at the left, B at the right, what belongs to both between them, and what they are below.

    Attributes
    ----------
    views, captions : dict "A", "B" -> ImageView, ElidedLabel
    middle : QVBoxLayout
    """

    def __init__(self) -> None:
        super().__init__()
        self.views = {which: ImageView(f"anchor_{which.lower()}") for which in "AB"}
        self.captions = {which: ElidedLabel() for which in "AB"}
        self._shape = (1, 1)
        for which, view in self.views.items():
            view.setAccessibleName(f"Anchor {which}")
            view.placeholder = which
            view.setToolTip(verbatim(f"Anchor {which}: drop any picture here; click to make it the current code"))
            view.accept_codes()
            view.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
            self.captions[which].setFont(caption_font())
            self.captions[which].setProperty("role", "caption")
        self.captions["B"].setAlignment(Qt.AlignmentFlag.AlignRight)
        self.middle = QVBoxLayout()
        self.middle.setSpacing(SPACE // 2)
        across = QHBoxLayout()
        across.setSpacing(GAP_PX)
        across.addWidget(self.views["A"])
        across.addLayout(self.middle, 1)
        across.addWidget(self.views["B"])
        below = QHBoxLayout()
        below.addWidget(self.captions["A"], 1)
        below.addWidget(self.captions["B"], 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(CAPTION_GAP_PX)
        rows.addLayout(across, 1)
        rows.addLayout(below)

    def set_slim(self, slim: bool) -> None:
        """Leave the pictures of the ends away, which stand at the ends of each way of a race, too."""
        for part in (*self.views.values(), *self.captions.values()):
            part.setVisible(not slim)

    def show_codes(self, session: Session, run: Trained, class_of: Callable[[Code], int | None]) -> None:
        """The session's anchors: their images, or what a run makes of their codes."""
        for which, view in self.views.items():
            code = session.selection.anchors[which]
            if code is not None and code.z.size != run.code_dim:
                code = None
            self.captions[which].setText("" if code is None else f"{which} · {caption_of(run, code)}")
            original = session.current.original(code) if not run.config.model.kind.separates else None
            view.code = code
            if code is None or original is not None:
                view.set_image(original, code)
            else:
                question = partial(decoding.decode_as, run, code.z[None], class_of(code))
                session.decoder.ask(f"interpolation_{which}", question, partial(self._on_decoded, view, code))

    def _on_decoded(self, view: ImageView, code: Code, images: Array) -> None:
        if view.code is code:
            view.set_image(images[0], code)

    def set_shape(self, height: int, width: int) -> None:
        """The shape of the pictures, so that they stand flush with the edges."""
        self._shape = (height, width)
        self._fit()

    def height_for(self, width: int) -> int:
        """Height at which the pictures are as wide as they may be."""
        height, across = self._shape
        tall = math.ceil(max(self._room(width), LEAST_PX) * height / across)
        return max(tall, self.middle.minimumSize().height()) + self._below()

    def least_height(self) -> int:
        """Height that it needs."""
        picture = 0 if self.views["A"].isHidden() else LEAST_PX
        return max(picture, self.middle.minimumSize().height()) + self._below()

    def _below(self) -> int:
        if self.captions["A"].isHidden():
            return 0
        return self.captions["A"].sizeHint().height() + CAPTION_GAP_PX

    def _room(self, width: int) -> float:
        """Width that each picture may take."""
        beside = (width - self.middle.minimumSize().width()) / 2 - GAP_PX
        return min(width * MOST_SHARE, beside, MOST_PX * self._shape[1] / self._shape[0])

    def _fit(self) -> None:
        height, across = self._shape
        wide = min((self.height() - self._below()) * across / height, self._room(self.width()))
        for view in self.views.values():
            view.setFixedWidth(round(max(wide, LEAST_PX)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class Stage(QWidget):
    """A path above its two ends: it takes the height its width asks for, the ends take what is left and useful.

    Signals
    -------
    slimmed : (bool)
        Whether a race has no room for its three ways beside all that stands at the ends.
    """

    slimmed = Signal(bool)

    def __init__(self, path: PathView, ends: AnchorBar) -> None:
        super().__init__()
        self._slim = False
        self._least = 0
        self._path: PathView | RaceView = path
        self._ends = ends
        for widget in (path, ends):
            widget.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, self._path.minimumSizeHint().height() + SPACE + self._ends.least_height())

    def keep(self, path: PathView | RaceView) -> None:
        """A view that may stand here later: it goes when the window goes."""
        path.hide()
        path.setParent(self)

    def stand(self, path: PathView | RaceView) -> None:
        """Another view of the path, in the place of the one that stands there."""
        shown = not self._path.isHidden()
        self._path.hide()
        self._path = path
        self.show_path(shown)

    def show_path(self, shown: bool) -> None:
        """Whether there is a path."""
        self._path.setVisible(shown)
        self.refit()

    def refit(self) -> None:
        """Something else stands here: the pane is as high as that needs, and what there is is shared out."""
        self.updateGeometry()
        self.arrange()

    def arrange(self) -> None:
        """Share the height out; without a path all of it is for the ends."""
        width, height = self.width(), self.height()
        self._set_slim(self._is_low())
        if self._path.isHidden():
            self._ends.setGeometry(self.rect())
            return
        if isinstance(self._path, RaceView):
            self._path.leave(self._beside_words())
        if self._slim:
            # The line that is left has room beside what is said of the ways.
            wide = self._ends.minimumSizeHint().width()
            self._path.setGeometry(self.rect())
            self._path.place()
            self._ends.setGeometry(width - wide, 0, wide, self._ends.least_height())
            self._ends.raise_()
            return
        room = max(height - SPACE - self._ends.least_height(), 1)
        tall = min(self._path.wrap(width, room), room)
        self._path.setGeometry(0, 0, width, tall)
        self._path.place()
        below = min(height - tall - SPACE, self._ends.height_for(width))
        self._ends.setGeometry(0, tall + SPACE, width, max(below, 1))

    def _beside_words(self) -> QSize:
        """What the ends take of a race's first line."""
        if not self._slim:
            return QSize(0, 0)
        return QSize(self._ends.minimumSizeHint().width() + SPACE, self._ends.least_height())

    def _is_low(self) -> bool:
        """Whether a race would have to be scrolled; what the ends need is what they needed when they were whole."""
        if self._path.isHidden() or not isinstance(self._path, RaceView):
            return False
        if not self._slim:
            self._least = self._ends.least_height()
        return self.height() < self._path.whole_height + SPACE + self._least

    def _set_slim(self, slim: bool) -> None:
        if slim != self._slim:
            self._slim = slim
            self._ends.set_slim(slim)
            self.slimmed.emit(slim)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            # What the ends ask for with less, or more, in them is known only now.
            self.arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()
