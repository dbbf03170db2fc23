"""A row for each principal axis around a code: its name and share, a slider, and a strip of pictures."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from latentexplorer.gui.session.session import Session
from latentexplorer.gui.style.plain_text import Label
from latentexplorer.gui.style.theme import SPACE, caption_font
from latentexplorer.gui.widgets.choice import Choice
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.slider import ValueSlider
from latentexplorer.gui.widgets.tiles import CodeOf, ImageStrip
from latentexplorer.views.base import Array
from latentexplorer.views.fading import Fading
from latentexplorer.views.local_axes import KINDS, TITLES, USUAL
from latentexplorer.views.ranges import brief

KIND_PX, CONTROLS_PX = 150, 150
STRIP_PX, MOST_STRIP_PX = 40, 96
"""Height of a strip: where there is more room its pictures fill the width, and so many rows stay in sight."""
IN_SIGHT = 3
BESIDE_PX, BESIDE_SHARE = 26, 0.7
"""Width of a picture from which on, and as a part of one below its slider, strips stand beside their sliders: there are
twice as many rows in sight."""
SLIDER_SHARE = 0.3
"""Of the width, for a slider beside its strip."""
QWIDGETSIZE_MAX = 16777215


class AxisRows(QWidget):
    """What the rows go along, in a sentence, and the rows.

    Attributes
    ----------
    kind : Choice
        Dimensions, codes nearby, decoder's metric.
    strips, sliders : list of widgets, one an axis

    Signals
    -------
    moved : (int, float, bool)
        An axis, a place in standard deviations, and whether it only passes there.
    """

    moved = Signal(int, float, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("axis_rows")
        self.kind = Choice("traversal_axes", "Axes")
        self.kind.addItem("dimensions", "dims")
        for name in KINDS:
            self.kind.addItem(TITLES[name], name)
        self.kind.setToolTip("What the rows go along")
        self.kind.setFixedWidth(KIND_PX)
        self.sentence = _line()
        self.sentence.setObjectName("axes_sentence")
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.kind)
        head.addWidget(self.sentence, 1)
        head.addWidget(GuideLink("local-axes"))
        self._inside = QWidget()
        self._rows = QVBoxLayout(self._inside)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE)
        self._rows.addStretch()
        area = QScrollArea()
        area.setWidget(self._inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName("Axes")
        area.installEventFilter(self)
        self._area = area
        self.refusal = Label()
        self.refusal.setObjectName("axes_refusal")
        self.refusal.setProperty("role", "empty")
        self.refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.refusal.setWordWrap(True)
        self.refusal.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE)
        outer.addLayout(head)
        outer.addWidget(area, 1)
        outer.addWidget(self.refusal, 1)
        self._session: Session | None = None
        self._made: list[QWidget] = []
        self._lines: list[QBoxLayout] = []
        self.names: list[ElidedLabel] = []
        self.sliders: list[ValueSlider] = []
        self.strips: list[ImageStrip] = []
        self._fading: dict[int, Fading] = {}
        self.hide()

    def serve(self, session: Session) -> None:
        """Tell the session what is chosen in the context menus."""
        self._session = session

    def refuse(self, why: str) -> None:
        """Say in place of the rows why there are none; "": there are some."""
        self.refusal.setText(why)
        self.refusal.setVisible(bool(why))
        self._area.setVisible(not why)
        if why:
            self.sentence.setText("")

    def set_axes(self, names: list[str]) -> None:
        """Rows for as many axes."""
        while len(self._made) < len(names):
            self._add()
        for at, row in enumerate(self._made):
            row.setVisible(at < len(names))
        for label, name in zip(self.names, names, strict=False):
            label.setText(name)
            label.briefer = (name.split(" of the ")[0],)

    def _add(self) -> None:
        at = len(self._made)
        name, strip = _line(), ImageStrip(gap_px=2)
        slider = ValueSlider("", *USUAL, 0.0, f"axis_slider_{at}")
        slider.label.hide()
        slider.slider.setAccessibleName(f"Axis {at + 1}")
        slider.slider.setToolTip("Double-click to go back to the code")
        slider.number.setAccessibleName(f"Axis {at + 1}, standard deviations")
        slider.moved.connect(partial(self._on_moved, at, True))
        slider.settled.connect(partial(self._on_moved, at, False))
        strip.setObjectName(f"axis_strip_{at}")
        strip.setAccessibleName(f"Images along axis {at + 1}")
        strip.setFixedHeight(STRIP_PX)
        strip.picked.connect(partial(self._on_picked, at))
        strip.set_tips(partial(self._tip, at))
        if self._session is not None:
            strip.serve(self._session)
        row = QWidget()
        above = QHBoxLayout()
        above.setSpacing(SPACE)
        above.addWidget(name, 1)
        above.addWidget(slider, 2)
        line = QBoxLayout(QBoxLayout.Direction.TopToBottom, row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addLayout(above)
        line.addWidget(strip)
        self._rows.insertWidget(at, row)
        self._lines.append(line)
        self._made.append(row)
        self.names.append(name)
        self.sliders.append(slider)
        self.strips.append(strip)

    def show_images(self, at: int, images: Array, code_of: CodeOf) -> None:
        """The pictures of an axis."""
        self.strips[at].set_images(images, code_of)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Let the pictures be as large as fills the width, with the scroll bar's room left, or as the height allows.

        Where they are as large beside their sliders, or nearly so, they stand there.
        """
        strip = next((strip for strip in self.strips if len(strip)), None)
        if strip is None:
            return
        room, count = self._area.contentsRect(), len(strip)
        height, across = strip.images.shape[1:3]
        wide = room.width() - self._area.verticalScrollBar().sizeHint().width() - strip.gap_px * (count - 1)
        around = self.sliders[0].sizeHint().height() + SPACE
        most = min(room.height() // IN_SIGHT - around, MOST_STRIP_PX)
        tall = max(min(int(wide / count * height / across), most), STRIP_PX)
        name_px = max(label.fontMetrics().horizontalAdvance(label.briefer[-1]) for label in self.names if label.briefer)
        slider_px = max(round(room.width() * SLIDER_SHARE), CONTROLS_PX)
        side = (wide - name_px - slider_px - 2 * SPACE) / count
        low = max(min(int(side * height / across), room.height() // IN_SIGHT - SPACE, MOST_STRIP_PX), 1)
        beside = side >= BESIDE_PX and low >= BESIDE_SHARE * tall
        for line, label, slider, one in zip(self._lines, self.names, self.sliders, self.strips, strict=True):
            line.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
            line.setSpacing(SPACE if beside else 0)
            line.setStretch(1, int(beside))
            for part, least, width in ((label, 0, name_px), (slider, CONTROLS_PX, slider_px)):
                part.setMinimumWidth(width if beside else least)
                part.setMaximumWidth(width if beside else QWIDGETSIZE_MAX)
            one.setFixedHeight(low if beside else tall)

    def show_fading(self, at: int, fading: Fading | None) -> None:
        """How boldly each picture of an axis is shown, (S,); None: all alike."""
        self.strips[at].set_strength(None if fading is None else fading.strength)
        self._fading.pop(at, None)
        if fading is not None:
            self._fading[at] = fading

    def _tip(self, at: int, cell: int) -> str:
        """Where a picture lies on its axis, and how odd its code is where that is known."""
        where = f"{brief(float(np.linspace(*USUAL, len(self.strips[at]))[cell]))} sd along axis {at + 1}"
        fading = self._fading.get(at)
        odd = "" if fading is None or cell >= fading.near.size else fading.words(cell)
        return f"{where}\n{odd}".strip()

    def show_place(self, place: Array) -> None:
        """Where the current code lies along each axis, in standard deviations."""
        for at, value in zip(range(len(self.sliders)), place, strict=False):
            if self.sliders[at].value != float(value):
                self.sliders[at].set_value(float(value))
            self._mark(at, float(value))

    def _mark(self, at: int, value: float) -> None:
        values = np.linspace(*USUAL, max(len(self.strips[at]), 2))
        nearest = int(np.abs(values - value).argmin())
        self.strips[at].set_current(nearest if abs(values[nearest] - value) < 1e-3 else -1)

    def _on_moved(self, at: int, passing: bool, value: float) -> None:
        self.moved.emit(at, value, passing)

    def _on_picked(self, at: int, cell: int) -> None:
        self.moved.emit(at, float(np.linspace(*USUAL, len(self.strips[at]))[cell]), False)


def _line() -> ElidedLabel:
    """A small line of words that takes what room there is."""
    line = ElidedLabel()
    line.setFont(caption_font())
    line.setProperty("role", "caption")
    return line
