"""The same images through several runs: a row for each run, with its name and the error of every picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy

from latentexplorer.gui.style.theme import SPACE, caption_font, theme
from latentexplorer.gui.widgets.elided import shortened
from latentexplorer.gui.widgets.image_stacks import Stacks
from latentexplorer.gui.widgets.pictures import draw
from latentexplorer.gui.widgets.tiles import CodeOf, Tiles
from latentexplorer.views.compared import Entry, Result

LEAST_PX, MOST_PX = 40, 240
"""Width of a picture."""
LIKED_PX = 48
"""A height that is filled is not worth smaller ones."""
ACROSS = ((480, 4), (760, 6), (1100, 8))
MOST_ACROSS, MOST_IMAGES = 12, 30
"""How many images stand beside each other, by the width of the pane, and how many there are in all of its height."""
FILLED = 0.9
"""Part of the height that is enough: more of it is not worth another number of images beside each other."""
LABEL_SHARE = 0.28
LABEL_GAP_PX = 10
LAYER_GAP_PX = 5
GAP_PX = 6


class RunStacks(Stacks):
    """Stacks of an original and what each run makes of it, with a number below each of the latter.

    Attributes
    ----------
    errors : ndarray (runs, N)
    """

    def __init__(self) -> None:
        super().__init__(LEAST_PX, GAP_PX)
        self.errors: np.ndarray = np.zeros((0, 0))
        self._notes: tuple[str, ...] = ()
        self._bold = caption_font()
        self._bold.setBold(True)

    def set_runs(self, originals: np.ndarray, entries: Sequence[Entry], code_of: CodeOf) -> None:
        """Show what runs make of images."""
        self.errors = np.stack([entry.errors for entry in entries])
        self._notes = ("", *(f"rmse {entry.rmse:.3f}" for entry in entries))
        layers = [originals, *(entry.images for entry in entries)]
        self.set_stacks(layers, code_of, names=("original", *(entry.name for entry in entries)))

    # -- geometry -----------------------------------------------------------------------------------------------

    @property
    def _line_px(self) -> int:
        return QFontMetrics(caption_font()).height()

    @property
    def _left(self) -> float:
        metrics = QFontMetrics(caption_font())
        names, notes = (
            max((metrics.horizontalAdvance(text) for text in texts), default=0) for texts in (self.names, self._notes)
        )
        # A name may be shortened, a number may not.
        return max(min(names, self.width() * LABEL_SHARE), notes) + LABEL_GAP_PX

    def _picture_height(self) -> float:
        return Tiles._cell(self)[1]

    def _cell(self) -> tuple[float, float, float, float]:
        width, height, _, top = Tiles._cell(self)
        return width, self.height_of(height), self._left, top

    def height_of(self, picture_px: float) -> float:
        """Height of a stack whose pictures are so high."""
        return self.stack_px(picture_px, max(len(self.layers) - 1, 0))

    def stack_px(self, picture_px: float, runs: int) -> float:
        """The same of so many runs."""
        return picture_px + runs * (picture_px + self._line_px + LAYER_GAP_PX) + SPACE

    def _layers_in(self, whole: QRectF, caption_px: int) -> list[QRectF]:
        height, line_px = self._picture_height(), self._line_px
        downs = (layer * (height + LAYER_GAP_PX) + max(layer - 1, 0) * line_px for layer in range(len(self.layers)))
        return [QRectF(whole.left(), whole.top() + down, whole.width(), height) for down in downs]

    def fit(self, width: int, height: int) -> None:
        """Make the pictures as large as lets all of them be seen at once, where they can be."""
        count = len(self.images)
        if not count or not self.images.shape[2]:
            return
        ratio = self.images.shape[1] / self.images.shape[2]
        room = width - self._left + self.gap_px
        for cell in range(MOST_PX, LEAST_PX - 1, -2):
            columns = min(int(room // (cell + self.gap_px)), count)
            rows = -(-count // columns) if columns > 0 else count
            if columns > 0 and rows * (self.height_of(cell * ratio) + self.gap_px) <= height:
                break
        if cell != self.cell_px:
            self.cell_px = cell
            self._fit_height()
            self.update()

    # -- drawing ------------------------------------------------------------------------------------------------

    def _paint_stack(self, painter: QPainter, index: int, whole: QRectF, caption_px: int) -> None:
        best = self.errors[:, index].min() if len(self.errors) else 0.0
        for layer, place in enumerate(self._layers_in(whole, caption_px)):
            draw(painter, self.picture(index, layer), place)
            if layer == 0:
                continue
            error = self.errors[layer - 1, index]
            # The better one is told apart where the numbers are.
            painter.setFont(self._bold if f"{error:.3f}" == f"{best:.3f}" else caption_font())
            painter.setPen(theme.color("text" if f"{error:.3f}" == f"{best:.3f}" else "muted"))
            below = QRectF(place.left() - GAP_PX / 2, place.bottom(), place.width() + GAP_PX, self._line_px)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), f"{error:.3f}")
        painter.setFont(caption_font())

    def _paint_names(self, painter: QPainter, whole: QRectF, caption_px: int, room: int) -> None:
        places = self._layers_in(whole, caption_px)
        for layer, (name, note, place) in enumerate(zip(self.names, self._notes, places, strict=True)):
            lines = [text for text in (name, note) if text]
            top = place.center().y() - len(lines) * self._line_px / 2
            for line, text in enumerate(lines):
                painter.setPen(theme.color("muted" if line or layer == 0 else "text"))
                shown = shortened(text, painter.fontMetrics(), room)
                where = QRectF(0, top + line * self._line_px, room, self._line_px)
                painter.drawText(where, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown)

    def tip_at(self, index: int, result: Result) -> str:
        """What an image is, and what every run makes of it."""
        label = "" if result.labels is None else f", {result.class_names[int(result.labels[index])]}"
        what = {"test": "held-out", "train": "training"}[result.part]
        lines = [f"{what} image {int(result.index[index])}{label}"]
        lines += [f"{name} {error:.4f}" for name, error in zip(self.names[1:], self.errors[:, index], strict=True)]
        return "\n".join(lines)

    def index_at(self, position: QPointF) -> int:
        return -1 if position.x() < self._left else Tiles.index_at(self, position)


class RunPictures(QScrollArea):
    """`RunStacks` that fill their place, and scroll where there are too many."""

    def __init__(self) -> None:
        super().__init__()
        self.stacks = RunStacks()
        self.stacks.setObjectName("compare_pictures")
        self.stacks.setAccessibleName("The same images through several runs")
        self.stacks.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWidget(self.stacks)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._result: Result | None = None

    def show_result(self, result: Result, code_of: CodeOf) -> None:
        """Draw a comparison of images."""
        self._result = result
        self.stacks.set_runs(result.originals, [entry for entry in result.entries if not entry.why], code_of)
        self.stacks.set_tips(self._tip)
        self.fit()

    def count_for(self, room: QSize, runs: int) -> int:
        """How many images fill a place, square ones through so many runs: rather some more than a part left empty."""
        usual = next((count for most, count in ACROSS if room.width() < most), MOST_ACROSS)
        # As many across as there usually are, or nearly, as soon as rows of them fill the height; rather more of them.
        near = sorted(range(max(usual // 2, 2), 2 * usual), key=lambda across: (abs(across - usual), -across))
        best, filled = usual, 0.0
        for across in near:
            if across != usual and self._wide(room.width(), across) < LIKED_PX:
                continue
            row = self._row_px(room.width(), across, runs)
            rows = max(min(int(room.height() // row), MOST_IMAGES // across), 1)
            part = min(rows * row / max(room.height(), 1), 1.0)
            if part > filled:
                best, filled = rows * across, part
            if filled >= FILLED:
                break
        return max(best, self._low(room, runs))

    def _low(self, room: QSize, runs: int) -> int:
        """How many fill the width in a single row that is as high as the place."""
        least = self.stacks.stack_px(0.0, runs) + self.stacks.gap_px
        wide = max((room.height() - least) / (runs + 1), LEAST_PX)
        return min(int(room.width() * (1 - LABEL_SHARE) // (wide + self.stacks.gap_px)), MOST_IMAGES // 2)

    def _row_px(self, width: int, across: int, runs: int) -> float:
        """Height of a row of so many stacks beside each other."""
        return self.stacks.stack_px(self._wide(width, across), runs) + self.stacks.gap_px

    def _wide(self, width: int, across: int) -> float:
        """Width of a picture then."""
        return min(width * (1 - LABEL_SHARE / 2) / across - self.stacks.gap_px, MOST_PX)

    def _tip(self, index: int) -> str:
        return self.stacks.tip_at(index, self._result) if self._result is not None else ""

    def fit(self) -> None:
        """Give the pictures the size that the place allows."""
        self.stacks.fit(self.viewport().width(), self.viewport().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
