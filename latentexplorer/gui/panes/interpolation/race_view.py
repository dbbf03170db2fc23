"""Three strips between two codes, one below the other, each with its lengths above and its steps below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from latentexplorer.core.counting import amount_text
from latentexplorer.gui.style.plain_text import Label, verbatim
from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import ElidedLabel
from latentexplorer.gui.widgets.guide_link import GuideLink
from latentexplorer.gui.widgets.tiles import ImageStrip
from latentexplorer.views.base import Array
from latentexplorer.views.fading import Fading
from latentexplorer.views.path_race import NAMES, Strip, three

BARS_PX, GAP_PX, ROWS_PX = 6, 2, 4
SAID_PX = 160
"""Width of what is said of a strip in one line."""
LEAST_PX = 18
"""Height of the pictures of a strip: with the bars that of the line beside them, and all three in a low pane."""
MEANING = (
    "In pixels (rmse): the sum of root mean squared changes of the image from step to step, on [0, 1]. In code units: "
    "the length in the latent space. Bars: the change in each step, on one scale for the three ways"
)


class StepBars(QWidget):
    """The size of each step as a bar, all strips on one scale; together as wide as the pictures of a strip."""

    def __init__(self, strip: ImageStrip) -> None:
        super().__init__()
        self._strip = strip
        self.steps: Array = np.zeros(0)
        self.top = 0.0
        self.setFixedHeight(BARS_PX)
        theme.changed.connect(self.update)

    def show_steps(self, steps: Array, top: float) -> None:
        """Show steps (n,), the largest of all strips as high as there is room."""
        self.steps, self.top = steps, top
        self.setAccessibleDescription(f"Steps from {amount_text(steps.min(), 2)} to {amount_text(steps.max(), 2)}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.top > 0 or not len(self._strip):
            return
        painter = QPainter(self)
        wide = self._strip.rect_of(len(self._strip) - 1).right() / len(self.steps)
        for at, step in enumerate(self.steps):
            tall = max(float(step) / self.top * self.height(), 1.0)
            painter.fillRect(QRectF(at * wide, self.height() - tall, max(wide - 1, 1), tall), theme.color("accent"))
        painter.end()


class Ways(QWidget):
    """The three, one below the other, of exactly equal heights: their pictures line up."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setSpacing(ROWS_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.rows.setContentsMargins(0, 0, 0, (event.size().height() + ROWS_PX) % len(NAMES))
        self.resized.emit()


class RaceView(QWidget):
    """Stands where the strip of a path does.

    Attributes
    ----------
    strips, bars, captions : dict of str to widgets, by the names of the ways
    stop : QToolButton
        Seen while the geodesic is looked for.

    Signals
    -------
    picked : (str, int)
        A picture of a way was clicked.
    """

    picked = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("path_race")
        self.fading: Fading | None = None
        self.words = ElidedLabel()
        self.words.setFont(caption_font())
        self.words.setObjectName("race_words")
        self.stop = QToolButton()
        self.stop.setText("Stop")
        self.stop.setObjectName("race_stop")
        self.stop.setAccessibleName("Stop shortening the geodesic")
        self.stop.setProperty("role", "link")
        self.stop.setFont(caption_font())
        self.stop.hide()
        self._head = QWidget()
        self._line = head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(SPACE)
        head.addWidget(self.words, 1)
        head.addWidget(self.stop)
        head.addWidget(GuideLink("path-race"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ROWS_PX)
        column.addWidget(self._head)
        # In a low pane they are scrolled: no window grows out of its screen for them.
        self._ways = ways = Ways()
        ways.resized.connect(self._fit_captions)
        ways.setMinimumHeight(len(NAMES) * (LEAST_PX + BARS_PX + GAP_PX + ROWS_PX) - ROWS_PX)
        area = QScrollArea()
        area.setObjectName("race_area")
        area.setAccessibleName("The three ways")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(ways)
        area.viewport().setAutoFillBackground(False)
        ways.setAutoFillBackground(False)
        column.addWidget(area, 1)
        self.strips: dict[str, ImageStrip] = {}
        self.bars: dict[str, StepBars] = {}
        self.captions: dict[str, Label] = {}
        self._said: dict[str, str] = {}
        for name in NAMES:
            strip, said = ImageStrip(gap_px=GAP_PX), Label()
            bars = StepBars(strip)
            strip.setObjectName(f"race_{name}")
            strip.setAccessibleName(f"Images of the {name} way")
            strip.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
            bars.setAccessibleName(f"Steps of the {name} way")
            said.setFont(caption_font())
            said.setProperty("role", "caption")
            said.setAlignment(Qt.AlignmentFlag.AlignTop)
            said.setFixedWidth(SAID_PX)
            said.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
            self.strips[name], self.bars[name], self.captions[name] = strip, bars, said
            seen = QVBoxLayout()
            seen.setSpacing(GAP_PX)
            seen.addWidget(strip, 1)
            seen.addWidget(bars)
            row = QHBoxLayout()
            row.setSpacing(SPACE)
            row.addWidget(said)
            row.addLayout(seen, 1)
            ways.rows.addLayout(row, 1)
        self.hide()

    def show_strips(self, strips: Sequence[Strip]) -> None:
        """Show three ways."""
        top = max(float(strip.way.steps.max()) for strip in strips)
        for strip in strips:
            self.strips[strip.name].set_images(strip.images)
            self.bars[strip.name].show_steps(strip.way.steps, top)
            pixels, codes, steps = strip.lengths
            self._said[strip.name] = f"{three(strip.way.length)} rmse"
            self.captions[strip.name].setToolTip(verbatim(f"{pixels}, {codes}, {steps}. {MEANING}"))
        self._fit_captions()
        self.place()

    @Slot()
    def _fit_captions(self) -> None:
        """What is said of a strip stands in two lines where its pictures are larger for it and as high as these."""
        strip, metrics = self.strips[NAMES[0]], self.captions[NAMES[0]].fontMetrics()
        parts = [part for name in NAMES for part in (name, self._said.get(name, ""))]
        narrow = max(map(metrics.horizontalAdvance, parts)) + GAP_PX
        row = (self._ways.height() + ROWS_PX) // len(NAMES) - ROWS_PX
        one, two = (min(self._cell(self._ways.width(), said), row - BARS_PX - GAP_PX) for said in (SAID_PX, narrow))
        apart = len(strip) > 0 and two > one and row >= 2 * metrics.height()
        for name, caption in self.captions.items():
            caption.setFixedWidth(narrow if apart else SAID_PX)
            caption.setText(("\n" if apart else " · ").join(filter(None, (name, self._said.get(name, "")))))

    def _cell(self, width: int, said: int) -> float:
        """Height of a picture of a strip that fills the width beside what is said."""
        strip = self.strips[NAMES[0]]
        count, (height, across) = max(len(strip), 1), strip.images.shape[1:3]
        return float((width - said - SPACE - GAP_PX * (count - 1)) / count * height / max(across, 1))

    def say(self, words: str, running: bool, brief: str = "") -> None:
        """What the race came to, or how far it is; more briefly where there is little room."""
        self.words.briefer = (brief,) if brief else ()
        self.words.setText(words)
        self.stop.setVisible(running)

    def show_fading(self, fading: Fading | None) -> None:
        """How boldly each picture is shown, (3, S); None: all alike."""
        self.fading = fading
        for at, name in enumerate(NAMES):
            self.strips[name].set_strength(None if fading is None else fading.strength[at])

    def odd_words(self, name: str, index: int) -> str:
        """How odd the code of a picture is; "" where that is not known."""
        if self.fading is None or self.fading.share.shape[1] <= index:
            return ""
        return self.fading.at(NAMES.index(name)).words(index)

    def forget(self) -> None:
        """Show nothing of another run, or of other ends."""
        self.show_fading(None)
        for name in NAMES:
            self.strips[name].set_images(np.zeros((0, 1, 1, 1), np.float32))
            self.bars[name].top = 0.0
            self.bars[name].update()
        self._said = {}
        self._fit_captions()

    # -- as a path view stands on a stage ------------------------------------------------------------------------------

    def leave(self, right: QSize) -> None:
        """Leave some room at the right of what is said, for what others have to stand there."""
        self._line.setContentsMargins(0, 0, right.width(), 0)
        self._head.setMinimumHeight(right.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.stop.sizeHint().height() + ROWS_PX + LEAST_PX + BARS_PX + GAP_PX)

    @property
    def whole_height(self) -> int:
        """At which nothing of the three ways has to be scrolled."""
        return self._around() + len(NAMES) * LEAST_PX + ROWS_PX

    def wrap(self, width: int, room: int) -> int:
        """The height at which the strips fill the width, at most that of the room."""
        return min(self._around() + len(NAMES) * (int(self._cell(width, SAID_PX)) + 1), room)

    def place(self) -> None:
        """Bars are as wide as the pictures above them, which have other places now."""
        for bars in self.bars.values():
            bars.update()

    def _around(self) -> int:
        """Height of all but the pictures."""
        return self.stop.sizeHint().height() + len(NAMES) * (BARS_PX + GAP_PX + ROWS_PX)
